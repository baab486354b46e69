"""A study: rows that are trained and tested with several seeds, read from a file of studies/."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

from mmengine.config import Config

from tev_mmaction.evaluation import EvaluationRecord, MetricRecord

ROOT = Path(__file__).resolve().parents[2]
_SEED = '{seed}'
_RUN = 'run://'


class Study:
    """What is to be run, and what is to be told of it.

    Args:
        path (Path): File of ``studies/``, which has

            - ``prepare``: commands that make the data, and what each ``makes`` last;
            - ``data_root`` of all datasets, and ``seeds``;
            - ``rows``: the config to ``train``, and ``options`` that change it, by dotted names; or
              ``weights='STUDY/ROW'``, to test those of another study's run, or
              ``weights='tev://NAME'``, a network of the package; or neither, for random weights.
              ``load_from`` begins a training with such weights. A row that the tests do not suit,
              as it takes other inputs or has no weights, has ``configs`` of its own, by the tests
              that it is for, and may have its own ``data_root``; with ``random_init=True``, random
              weights are tested there. ``test_options`` change all its tests. What seeds cannot
              change is run once. What is done is kept, so a row that is changed needs another
              name;
            - ``tests``: configs, ``options`` that change them, and the ``rows`` that they are for,
              all by default;
            - ``figures``: which result of which metric of which test;
            - ``matrices``: tests and rows of which the similarity matrix is drawn;
            - ``bars``: groups of figures that are drawn as bars, a title and the figures' names;
            - ``lines``: figures that are drawn over numbers ``x``, a ``title``, the ``xlabel``, and
              ``series``: by name, the row and the figure at each number.

            ``{seed}`` in options of rows and tests is the seed of the run. ``run://STUDY/ROW`` is
            the last checkpoint of that row with this seed.
        work_dir (Path): Folder of all studies' runs.

    Raises:
        ValueError: If the file names rows or tests that it does not have, or options of a row that
            is not trained.
    """

    def __init__(self, path: Path, work_dir: Path):
        cfg = Config.fromfile(path)
        self.name = Path(path).stem
        self.title: str = cfg.title
        self.prepare: List[dict] = cfg.get('prepare', [])
        self.data_root: str = cfg.data_root
        self.seeds: Sequence[int] = cfg.seeds
        self.rows: Dict[str, dict] = cfg.rows
        self.tests: Dict[str, dict] = cfg.tests
        self.figures: Dict[str, dict] = cfg.figures
        self.matrices: Sequence[dict] = cfg.get('matrices', ())
        self.bars: Sequence[dict] = cfg.get('bars', ())
        self.lines: Sequence[dict] = cfg.get('lines', ())
        self.folder = Path(work_dir)
        named = [row for test in self.tests.values() for row in test.get('rows', ())]
        named += [matrix['row'] for matrix in self.matrices]
        points = [
            point for group in self.lines for points in group['series'].values() for point in points
        ]
        named += [row for row, _ in points]
        for row in named:
            if row not in self.rows:
                raise ValueError(f'{path} names the row {row!r}, but has {list(self.rows)}')
        for row, settings in self.rows.items():
            for test in settings.get('configs', ()):
                if test not in self.tests:
                    raise ValueError(f'{path}: {row!r} has a config for {test!r}, which is no test')
            if 'options' in settings and 'train' not in settings:
                raise ValueError(f'{path}: options of the row {row!r}, which is not trained')
        for asked in (*self.figures.values(), *self.matrices):
            if asked['test'] not in self.tests:
                raise ValueError(f'{path} has no test {asked["test"]!r}')
        drawn = [name for group in self.bars for name in group['figures']]
        for name in (*drawn, *(figure for _, figure in points)):
            if name not in self.figures:
                raise ValueError(f'{path} has no figure {name!r}')

    def runs(self) -> Iterator['Run']:
        """All runs; every row with the first seed, then with the second."""
        for seed in self.seeds:
            for row in self.rows:
                if seed in self.seeds_of(row):
                    yield Run(self, row, seed)

    def seeds_of(self, row: str) -> List[int]:
        """Seeds of a row: one where there is nothing to draw."""
        seeds = list(self.seeds)
        settings = self.rows[row]
        if 'weights' in settings:
            fixed = '://' in settings['weights']  # else, another study's, of each seed
        else:  # hand-made features have configs of their own
            has_weights = 'train' in settings or settings.get('random_init')
            fixed = 'configs' in settings and not has_weights
        if not fixed:
            return seeds
        tests = Run(self, row, seeds[0]).tests()
        drawn = any(_SEED in str(self.tests[test].get('options')) for test in tests)
        return seeds if drawn else seeds[:1]


@dataclass(frozen=True)
class Run:
    """One row with one seed.

    Args:
        study (Study): Its study.
        row (str): Name of the row.
        seed (int): Seed of the run.
    """

    study: Study
    row: str
    seed: int

    def __str__(self) -> str:
        return f'{self.study.name} {self.row} seed {self.seed}'

    @property
    def folder(self) -> Path:
        """Path: Work directory of its training; those of its tests lie below."""
        return self.study.folder / self.study.name / self.row / f'seed{self.seed}'

    @property
    def settings(self) -> dict:
        """dict: What the study says of the row."""
        return self.study.rows[self.row]

    @property
    def checkpoint(self) -> Optional[str]:
        """str: What is tested, a path or an address, None for random weights."""
        if 'weights' in self.settings:
            return self._last_of(self.settings['weights'])
        if 'train' not in self.settings:
            return None
        cfg = Config.fromfile(ROOT / self.settings['train'])
        cfg.merge_from_dict(self.settings.get('options', {}))
        return str(self.folder / f'epoch_{cfg.train_cfg.max_epochs}.pth')

    def tests(self) -> List[str]:
        """Names of its tests."""
        tests = self.study.tests.items()
        if 'configs' in self.settings:
            return [name for name, _ in tests if name in self.settings['configs']]
        return [name for name, test in tests if self.row in test.get('rows', [self.row])]

    def training(self) -> Optional[List[str]]:
        """Arguments of ``tools/train.py``, None where nothing is trained."""
        if 'train' not in self.settings:
            return None
        options = [f'train_dataloader.dataset.data_root={self.study.data_root}']
        if 'val_dataloader' in Config.fromfile(ROOT / self.settings['train']):
            options.append(f'val_dataloader.dataset.data_root={self.study.data_root}')
        if 'load_from' in self.settings:
            options.append(f'load_from={self._last_of(self.settings["load_from"])}')
        options += self._options(self.settings.get('options', {}))
        return [
            *('tools/train.py', self.settings['train'], '--work-dir', str(self.folder)),
            *('--seed', str(self.seed), '--cfg-options', *options),
        ]

    def testing(self, test: str) -> List[str]:
        """Arguments of ``tools/test.py``."""
        weights = self.checkpoint
        data_root = self.settings.get('data_root', self.study.data_root)
        options = [f'test_dataloader.dataset.data_root={data_root}']
        own = self.settings.get('configs', {})
        config = own.get(test, self.study.tests[test]['config'])
        tested = [] if weights is None else [weights]
        if weights is None and (not own or self.settings.get('random_init')):
            tested = ['--random-init']
            options.append(f'randomness.seed={self.seed}')
        options += self._options(self.study.tests[test].get('options', {}))
        options += self._options(self.settings.get('test_options', {}))
        return [
            *('tools/test.py', config, *tested),
            *('--work-dir', str(self.folder / test), '--cfg-options', *options),
        ]

    def evaluations(self, test: str) -> List[MetricRecord]:
        """What the newest test of these weights said, metric by metric; empty without a test."""
        found = sorted((ROOT / self.folder / test).glob('*/evaluation_test.json'))
        if not found:
            return []
        try:
            weights = self.checkpoint
        except ValueError:  # of a run that is gone
            return []
        if weights is not None and '://' not in weights:
            path = ROOT / weights
            if not path.exists() or path.stat().st_mtime > found[-1].stat().st_mtime:
                return []
        record = EvaluationRecord.read(found[-1])
        return record.evaluations if record.loaded_from == weights else []

    def record(self) -> dict:
        """See :func:`read_record`."""
        return read_record(self.folder)

    def sources(self) -> List['Run']:
        """Runs of this study that its training begins with."""
        names = [str(value) for value in self.settings.get('options', {}).values()]
        names = [name.removeprefix(_RUN) for name in names if name.startswith(_RUN)]
        names.append(self.settings.get('load_from', ''))
        studies_and_rows = [name.partition('/')[::2] for name in names]
        return [
            Run(self.study, row, self.seed)
            for study, row in studies_and_rows
            if study == self.study.name and row in self.study.rows
        ]

    def _options(self, options: dict) -> List[str]:
        """Options of a row or a test, as ``--cfg-options`` has them."""
        said = []
        for key, value in options.items():
            if str(value).startswith(_RUN):
                value = self._last_of(value.removeprefix(_RUN))
            said.append(f'{key}={value}'.replace(_SEED, str(self.seed)))
        return said

    def _last_of(self, name: str) -> str:
        """Last checkpoint of the run with this seed of ``STUDY/ROW``; an address as it is.

        Raises:
            ValueError: If that run has no checkpoint, or its training was not finished.
        """
        if '://' in name:
            return name
        folder = self.study.folder / name / f'seed{self.seed}'
        pointer = ROOT / folder / 'last_checkpoint'
        trainings = [done for done in read_record(folder)['commands'] if is_training(done)]
        if not pointer.exists() or not trainings or trainings[-1]['seconds'] is None:
            raise ValueError(
                f'{folder} has no finished training: run the study {name.split("/")[0]} first'
            )
        return str(folder / Path(pointer.read_text()).name)


def read_record(folder: Path) -> dict:
    """Commits and commands of a run: :func:`run.noted` writes them."""
    path = ROOT / folder / 'run.json'
    return json.loads(path.read_text()) if path.exists() else dict(commands=[], commits=[])


def is_training(command: dict) -> bool:
    """Whether a command of a record is a training."""
    return ' tools/train.py ' in command['command']
