"""Reads what the work directory of a training run contains: config, device, speed."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import List, Optional, Tuple

from mmengine.config import Config

from .history import read_history

_ENDS = 1 << 16  # bytes of a log's beginning that hold the environment, and of its end
_STAMP = re.compile(r'^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) ', re.MULTILINE)


@dataclass(frozen=True)
class TrainingRun:
    """A run of ``tools/train.py``.

    Args:
        config (Config): Of its latest start.
        config_name (str): File name of that config.
        rows (list[tuple[int, dict]]): What was logged, by iteration.
        seed (str): That was drawn with, as the log has it; ``'?'`` where it has none.
        device (str): In words.
        processes (int): Of the latest start.
        seconds (float, optional): That the run took, all starts together; None without logs.
        starts (int): How often it was started or resumed.
    """

    config: Config
    config_name: str
    rows: List[Tuple[int, dict]]
    seed: str
    device: str
    processes: int
    seconds: Optional[float]
    starts: int

    def protocol(self) -> List[Tuple[str, str]]:
        """What was trained, on what and how, for a reader."""
        cfg = self.config
        loader = cfg.train_dataloader
        dataset = loader.dataset
        batch = loader.get('batch_size', 1)
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
            (
                'batch',
                f'{batch} videos'
                + (
                    f' on each of {self.processes} processes, {batch * self.processes} in all'
                    if self.processes > 1
                    else ''
                ),
            ),
            ('optimiser', in_words(cfg.optim_wrapper.optimizer)),
            ('length', self.length()),
            ('seed', self.seed),
        ]
        return said

    def length(self) -> str:
        """Epochs and iterations that were logged, and those that were planned."""
        iteration, row = self.rows[-1]
        planned = self.config.get('train_cfg') or {}
        if 'max_epochs' in planned:
            return (
                f'{row.get("epoch", "?")} of {planned["max_epochs"]} epochs, {iteration} iterations'
            )
        return f'{iteration} of {planned.get("max_iters", "?")} iterations'

    def speed(self) -> List[Tuple[str, str]]:
        """How fast it ran, as far as that was logged."""
        said = [('device', self.device)]
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
        if self.seconds is not None:
            starts = '' if self.starts == 1 else f', in {self.starts} starts'
            said.append(('wall time', f'{_duration(self.seconds)}{starts}'))
        return said


def in_words(cfg: dict) -> str:
    """A config's type and plain values, as a reader has them."""
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
        FileNotFoundError: If it holds no log of a training run.
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
    logs = [log for folder in folders for log in sorted(folder.glob('*.log'))[:1]]
    begin, _ = _ends(logs[-1]) if logs else ('', '')
    dumped = folders[-1] / 'vis_data' / 'config.py'
    names = [p.name for p in work_dir.glob('*.py') if p.read_bytes() == dumped.read_bytes()]
    return TrainingRun(
        config=Config.fromfile(dumped),
        config_name=names[0] if names else str(dumped),
        rows=rows,
        seed=_found(r'^ +seed: (\d+)$', begin) or '?',
        device=_device(begin),
        processes=int(_found(r'^ +GPU number: (\d+)$', begin) or 1),
        seconds=sum(map(_seconds, logs)) if logs else None,
        starts=len(folders),
    )


def _ends(log: Path) -> Tuple[str, str]:
    """Beginning and end of a log, which can be long."""
    with log.open('rb') as file:
        begin = file.read(_ENDS)
        file.seek(max(0, log.stat().st_size - _ENDS))
        return begin.decode(errors='replace'), file.read().decode(errors='replace')


def _seconds(log: Path) -> float:
    """From the first line of a log to the last."""
    begin, end = _ends(log)
    stamps = [*_STAMP.findall(begin)[:1], *_STAMP.findall(end)[-1:]]
    times = [datetime.strptime(stamp, '%Y/%m/%d %H:%M:%S') for stamp in stamps]
    return (times[-1] - times[0]).total_seconds() if times else 0.0


def _device(log: str) -> str:
    """As mmengine's survey of the system has it."""
    if not _found(r'^ +CUDA available: (True)$', log):
        return 'CPU' if 'CUDA available: False' in log else 'unknown: the log does not say'
    found = re.findall(r'^ +GPU [\d,]+: (.+)$', log, re.MULTILINE)
    return 'CUDA: ' + ', '.join(found) if found else 'CUDA'


def _found(pattern: str, text: str) -> Optional[str]:
    match = re.search(pattern, text, re.MULTILINE)
    return match and match[1]


def _duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f'{hours} h {minutes} min' if hours else f'{minutes} min {rest} s'
