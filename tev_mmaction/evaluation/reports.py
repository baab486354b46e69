"""Reports of tests and validations, as EvaluationReportHook writes them: found, read, compared."""

import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

# What two records must have in common for their figures to be compared.
_SAME = ('metric', 'protocol', 'settings', 'lists', 'counts')


class Evaluation(NamedTuple):
    """One metric's record, the report that it is from, and what the evaluated model is called."""

    name: str
    report: Dict[str, Any]
    record: Dict[str, Any]


def read_report(work_dir: Path) -> dict:
    """The newest report of a test in a work directory, or the report that the path itself names.

    Raises:
        ValueError: If there is none.
    """
    path = Path(work_dir)
    if not path.is_file():
        reports = sorted(path.glob('*/evaluation_test.json'))
        if not reports:
            raise ValueError(
                f'no */evaluation_test.json below {work_dir}: it should be the work directory of '
                '`python tools/test.py` with a config of configs/retrieval, configs/linear or '
                'configs/equivariance'
            )
        path = reports[-1]
    try:
        report = json.loads(path.read_text())
        report['evaluations']
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f'{path} is not a report of tools/test.py ({error})') from error
    return report


def find_reports(folder: Path) -> List[Tuple[str, Path]]:
    """The newest test and the latest validation of every run in a folder or below it.

    Args:
        folder (Path): Work directory, or a folder of such.

    Returns:
        list[tuple[str, Path]]: What to call them, and their files.
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
    """When a run began, by the name of its folder, and the iteration of a validation."""
    iteration = path.stem.removeprefix('evaluation_iter')
    return path.parent.name, int(iteration) if iteration.isdigit() else -1


def check_comparable(names: Sequence[str], reports: Sequence[dict]) -> None:
    """Refuse reports that differ in anything but the weights.

    Raises:
        ValueError: If they do, naming what differs.
    """
    first = reports[0]
    for name, report in zip(names[1:], reports[1:]):
        if len(report['evaluations']) != len(first['evaluations']):
            raise ValueError(
                f'{names[0]} and {name} have not the same metrics: {_metrics(first)} and '
                f'{_metrics(report)}'
            )
        for mine, other in zip(first['evaluations'], report['evaluations']):
            found = _difference(first, mine, report, other)
            if found:
                raise ValueError(f'{names[0]} and {name} differ in {found}')


def _metrics(report: dict) -> str:
    return ', '.join(evaluation['metric'] for evaluation in report['evaluations']) or 'none'


def comparable_groups(evaluations: Sequence[Evaluation]) -> List[List[Evaluation]]:
    """Sort what was measured alike together, so that nothing else stands side by side.

    Raises:
        ValueError: If two that were measured alike have the same name.
    """
    groups: List[List[Evaluation]] = []
    for evaluation in evaluations:
        for group in groups:
            first = group[0]
            if not _difference(first.report, first.record, evaluation.report, evaluation.record):
                break
        else:
            groups.append(group := [])
        if evaluation.name in [other.name for other in group]:
            raise ValueError(
                f'two results of {evaluation.record["metric"]} are called {evaluation.name!r}: '
                'give them names of their own'
            )
        group.append(evaluation)
    return groups


def _difference(first: dict, mine: dict, report: dict, other: dict) -> Optional[str]:
    """What two records, each given after its report, differ in but for the weights."""
    if report['pipeline'] != first['pipeline']:
        return 'their pipelines'
    for key in _SAME:
        one, two = (without_dimensions(record[key]) for record in (mine, other))
        if one != two:
            return f'{key}: {one} and {two}'
    return None


def without_dimensions(value: Any) -> Any:
    """Counts, but for those of the feature dimensions, which may differ as backbones do."""
    if not isinstance(value, dict):
        return value
    return {k: v for k, v in value.items() if not k.endswith('dimensions')}
