"""Reads what the work directory of a training run contains: config, device, speed."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import List, Optional, Tuple

from mmengine.config import Config

from ..engine.run_history import RunStart, read_run_history
from .history import read_history

_UNKNOWN = 'not recorded'


@dataclass(frozen=True)
class TrainingRun:
    """A run of ``tools/train.py``.

    Args:
        config (Config): Config of its latest start.
        config_name (str): File name of that config.
        rows (list[tuple[int, dict]]): Logged values by iteration.
        start (RunStart, optional): Record of the latest start; None for a training by an older
            version.
        seconds (float, optional): Duration of the run over all starts; None if one of them was not
            recorded.
        starts (int): Number of times it was started or resumed.
    """

    config: Config
    config_name: str
    rows: List[Tuple[int, dict]]
    start: Optional[RunStart]
    seconds: Optional[float]
    starts: int

    def protocol(self) -> List[Tuple[str, str]]:
        """Model, data and settings of the training, for a reader."""
        cfg = self.config
        loader = cfg.train_dataloader
        dataset = loader.dataset
        said = [
            ('config', self.config_name),
            ('model', cfg.model.type),
            ('backbone', in_words(cfg.model.backbone)),
        ]
        heads = cfg.model.get('heads') or {}
        if heads:
            tasks = [
                f'{name} × {head.get("loss_weight", 1.0):g}'
                for name, head in heads.items()
                if head is not None
            ]
            said.append(('tasks × weight', ', '.join(tasks)))
        if 'clip_sampler' in dataset:
            sampler = dict(dataset.clip_sampler)
            sampler.setdefault('type', 'RelativeTransformSampler')
            said.append(('clips', in_words(sampler)))
        videos = dataset.get('ann_file') or dataset.get('data_root') or dataset.get('type')
        said += [
            ('videos', str(videos)),
            ('batch', self._batch(loader.get('batch_size', 1))),
            ('optimiser', in_words(cfg.optim_wrapper.optimizer)),
            ('length', self.length()),
            ('seed', str(self.start.seed) if self.start else _UNKNOWN),
            ('software', _software(self.start) if self.start else _UNKNOWN),
        ]
        return said

    def _batch(self, videos: int) -> str:
        if self.start is None:
            return f'{videos} videos a process, number of processes {_UNKNOWN}'
        processes = self.start.processes
        if processes == 1:
            return f'{videos} videos'
        return f'{videos} videos on each of {processes} processes, {videos * processes} in all'

    def length(self) -> str:
        """Logged and planned epochs and iterations."""
        iteration, row = self.rows[-1]
        planned = self.config.get('train_cfg') or {}
        if 'max_epochs' in planned:
            return (
                f'{row.get("epoch", "?")} of {planned["max_epochs"]} epochs, {iteration} iterations'
            )
        return f'{iteration} of {planned.get("max_iters", "?")} iterations'

    def speed(self) -> List[Tuple[str, str]]:
        """Speed of the run, as far as it was logged."""
        said = [('device', ', '.join(self.start.devices) if self.start else _UNKNOWN)]
        for name, unit, label in (
            ('time', 's', 'an iteration'),
            ('data_time', 's', 'of it, waiting for data'),
            ('clips_per_s', '', 'clips a second'),
        ):
            values = [row[name] for _, row in self.rows if name in row]
            if values:
                said.append((label, f'{median(values):.3g} {unit}'.strip()))
        memory = [row['memory'] for _, row in self.rows if 'memory' in row]
        if memory:
            said.append(('most GPU memory', f'{max(memory) / 1024:.1f} GiB'))
        said.append(('iterations', str(self.rows[-1][0])))
        took = _UNKNOWN if self.seconds is None else _duration(self.seconds)
        starts = '' if self.starts == 1 else f', in {self.starts} starts'
        said.append(('wall time', f'{took}{starts}'))
        return said


def in_words(cfg: dict) -> str:
    """Type and plain values of a config, in readable form."""
    values = [
        f'{key} {_plain(value)}'
        for key, value in cfg.items()
        if key != 'type' and not isinstance(value, dict) and value is not None
    ]
    return ', '.join([str(cfg.get('type')), *values])


def _plain(value) -> str:
    if isinstance(value, (list, tuple)):
        return '(' + ', '.join(map(_plain, value)) + ')'
    return f'{value:g}' if isinstance(value, float) else str(value)


def read_training_run(work_dir: Path) -> TrainingRun:
    """Read a work directory of ``tools/train.py``.

    Args:
        work_dir: Work directory of ``tools/train.py``.

    Raises:
        FileNotFoundError: If it contains no log of a training run.
        ValueError: If the record of a start cannot be read.
    """
    work_dir = Path(work_dir)
    rows = read_history(str(work_dir))
    folders = [
        log.parents[1]
        for log in sorted(work_dir.glob('*/vis_data/scalars.json'))
        if '"loss"' in log.read_text()
    ]
    if not rows:
        raise FileNotFoundError(f'the logs below {work_dir} are not those of a training run')
    histories = [read_run_history(folder) for folder in folders]
    known = [history for history in histories if history is not None]
    latest = histories[-1]
    dumped = folders[-1] / 'vis_data' / 'config.py'
    names = [p.name for p in work_dir.glob('*.py') if p.read_bytes() == dumped.read_bytes()]
    return TrainingRun(
        config=Config.fromfile(dumped),
        config_name=names[0] if names else str(dumped),
        rows=rows,
        start=None if latest is None else latest.start,
        seconds=sum(h.seconds for h in known) if len(known) == len(folders) else None,
        starts=len(folders),
    )


def _software(start: RunStart) -> str:
    versions = ', '.join(f'{name} {start.versions[name]}' for name in sorted(start.versions))
    return f'{versions}, commit {start.commit}' if start.commit else versions


def _duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f'{hours} h {minutes} min' if hours else f'{minutes} min {rest} s'
