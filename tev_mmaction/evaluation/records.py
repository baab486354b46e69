"""The records of tests and validations, ``evaluation_*.json``: fields, writing and reading."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

from mmengine.fileio import dump

from ..files import write_file

SCHEMA = 1
# Backbones without weights to train, such as HandMadeFlow.
_HAND_MADE = 'HandMade'


@dataclass
class MetricRecord:
    """The figures of one metric, and all that they depend on. Every value is valid JSON.

    In a file, the details are beside the other fields.

    Attributes:
        metric (str): Name of the class.
        protocol (dict): How videos became features.
        lists (dict): The lists of videos, by purpose.
        counts (dict): Numbers of videos, pairs, dimensions.
        results (dict[str, float]): The figures.
        chance (dict[str, float]): Chance levels, for figures that have one.
        settings (dict): Arguments of the metric that figures depend on.
        warnings (list[str]): Warnings for readers of the figures.
        details (dict): Further entries of the class: ``short_videos``, ``per_class`` and
            ``confusion`` of features, ``examples`` and ``map`` of retrieval, ``pairs`` of
            opposites, ``fits`` and ``matrix`` of equivariance.
    """

    metric: str
    protocol: Dict[str, Any]
    lists: Dict[str, Optional[str]]
    counts: Dict[str, int]
    results: Dict[str, float]
    chance: Dict[str, float]
    settings: Dict[str, Any] = field(default_factory=dict)
    warnings: List[str] = field(default_factory=list)
    details: Dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict:
        """The record as it is stored in a file."""
        values = asdict(self)
        details = values.pop('details')
        return {**values, **details}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> 'MetricRecord':
        """Create a record from the result of :meth:`to_dict`; unknown keys are details.

        Args:
            values: Result of :meth:`to_dict`.

        Raises:
            KeyError, TypeError: If the values are not those of a record.
        """
        known = {f.name for f in fields(cls)} - {'details'}
        details = {key: value for key, value in values.items() if key not in known}
        return cls(**{key: values[key] for key in known & values.keys()}, details=details)


@dataclass
class EvaluationRecord:
    """One test or validation: its metrics, and the evaluated weights.

    Attributes:
        evaluations (list[MetricRecord]): Records of all metrics that keep one.
        pipeline (list[str]): The transforms, as printed.
        when (str): ``'test'``, ``'val'``, or ``'iter<N>'`` in a training.
        loaded_from (str | None): The checkpoint; None for random weights.
        backbone (str): Class of the backbone.
        fingerprint (str): Fingerprint of its weights, see
            :func:`tev_mmaction.models.fingerprint.fingerprint`.
        config (str | None): Name of the config file.
        model (dict): The config's ``model``.
        tev_mmaction (str): Version of this package.
        commit (str | None): Commit of the checkout, if it ran from one.
        schema (int): Schema of the file. Older files than schema 1 do not name it, but have the
            same keys.
    """

    evaluations: List[MetricRecord]
    pipeline: List[str]
    when: str
    loaded_from: Optional[str]
    backbone: str
    fingerprint: str
    config: Optional[str]
    model: Dict[str, Any]
    tev_mmaction: str
    commit: Optional[str] = None
    schema: int = SCHEMA

    @property
    def matrices(self) -> List[dict]:
        """list[dict]: Similarity matrices, see :class:`EquivarianceMetric`."""
        kept = [record.details.get('matrix') for record in self.evaluations]
        return [matrix for matrix in kept if matrix]

    @property
    def has_random_weights(self) -> bool:
        """bool: Whether this is a test of a network that was not trained."""
        return (
            self.loaded_from is None
            and not self.when.startswith('iter')
            and not self.backbone.startswith(_HAND_MADE)
        )

    @property
    def origin(self) -> str:
        """str: Where the weights come from, for a reader."""
        if self.when != 'test':
            return f'in training, {self.when}'
        if self.has_random_weights:
            return 'random weights'
        return self.loaded_from or 'hand-made, without weights'

    def write(self, path: Union[str, Path]) -> None:
        """Write the file atomically.

        Args:
            path: File to write.
        """
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        values['evaluations'] = [record.to_dict() for record in self.evaluations]
        write_file(path, dump(values, file_format='json', indent=1))

    @classmethod
    def read(cls, path: Union[str, Path]) -> 'EvaluationRecord':
        """Read a file.

        Args:
            path: File written by :meth:`write`.

        Raises:
            ValueError: If it is not a record, or has a later schema.
        """
        try:
            values = dict(json.loads(Path(path).read_text()))
            schema = values.setdefault('schema', 0)
            if schema > SCHEMA:
                raise ValueError(f'of schema {schema}; this version reads up to {SCHEMA}')
            values['evaluations'] = [MetricRecord.from_dict(each) for each in values['evaluations']]
            return cls(**values)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f'{path} is not a record of tools/test.py ({error})') from error


def read_record(work_dir: Path) -> EvaluationRecord:
    """The record of the newest test in a work directory, or of a file.

    Args:
        work_dir: Work directory of ``tools/test.py``, or a file.

    Raises:
        ValueError: If there is none.
    """
    path = Path(work_dir)
    if not path.is_file():
        records = sorted(path.glob('*/evaluation_test.json'))
        if not records:
            raise ValueError(
                f'no */evaluation_test.json below {work_dir}: it should be the work directory of '
                '`python tools/test.py` with a config of configs/retrieval, configs/linear or '
                'configs/studies'
            )
        path = records[-1]
    return EvaluationRecord.read(path)


def find_records(folder: Path) -> List[Tuple[str, Path]]:
    """The newest test and the latest validation of every run in a folder or below it.

    Args:
        folder (Path): A work directory, or a folder of work directories.

    Returns:
        list[tuple[str, Path]]: Names and files.
    """
    newest = {}
    for path in sorted(Path(folder).glob('**/evaluation_*.json'), key=_when):
        kind = 'test' if path.stem == 'evaluation_test' else 'validation'
        newest[path.parent.parent, kind] = path
    found = []
    for (work_dir, kind), path in newest.items():
        name = Path(folder).resolve().name
        if work_dir != Path(folder):
            name = work_dir.relative_to(folder).as_posix()
        if kind == 'validation':
            iteration = path.stem.removeprefix('evaluation_iter')
            name += f', iteration {iteration}' if iteration.isdigit() else ', validation'
        found.append((name, path))
    return sorted(found)


def _when(path: Path) -> Tuple[str, int]:
    """Start of a run, from the name of its folder, and iteration of a validation."""
    iteration = path.stem.removeprefix('evaluation_iter')
    return path.parent.name, int(iteration) if iteration.isdigit() else -1
