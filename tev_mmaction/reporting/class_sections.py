"""Parts of the report about classes: what is confused, and a map of the features."""

import base64
from typing import Any, Dict, Iterable, List, Sequence

import numpy as np

from ..evaluation import Evaluation, MetricRecord, class_names, confusion_matrix
from ..listing import cut
from ..visualization.feature_map import project
from .class_tables import class_rows, classes_csv, matrix_csv
from .confusion_maps import confusion_map
from .figures import METRICS

_MOST_ROWS = 30
_MOST_CLASSES = 500  # of a matrix on the page, which stays below 20 MB
_MOST_MAPS = 3
_MOST_KINDS = 18  # of points: six colours, three shapes
_HEAD = ('class', 'accuracy', 'right', 'precision', 'most often taken for')


def classes(evaluations: Iterable[Evaluation]) -> Dict[str, Any]:
    """What each kind of classifier does with the classes, for the first evaluation that has it.

    Args:
        evaluations (Iterable[Evaluation]): In the order of the report.

    Returns:
        dict: ``parts``, for the template; empty without predictions.
    """
    parts: Dict[str, Dict[str, Any]] = {}
    for evaluation in evaluations:
        record = evaluation.record
        if record.metric not in parts and record.details.get('per_class'):
            title = f'{METRICS.get(record.metric, record.metric)}, {evaluation.name}'
            parts[record.metric] = dict(_table(record), title=title, **_matrix(record))
    return dict(parts=list(parts.values())) if parts else {}


def _table(record: MetricRecord) -> Dict[str, Any]:
    rows = sorted(class_rows(record), key=lambda row: row['accuracy'])
    return dict(
        head=_HEAD,
        rows=[
            [
                cut(row['name'], 60),
                f'{row["accuracy"]:.1%}',
                f'{row["right"]}\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}{row["videos"]}',
                '–' if row['precision'] is None else f'{row["precision"]:.1%}',
                f'{cut(row["taken_for"], 60)} ({row["times"]}×)' if row['times'] else '–',
            ]
            for row in rows[:_MOST_ROWS]
        ],
        classes=len(rows),
    )


def _matrix(record: MetricRecord) -> Dict[str, Any]:
    """Map and files; records of earlier versions have no counts for a matrix."""
    files = {f'classes_{record.metric}.csv': _file(classes_csv(record))}
    if not record.details.get('confusion'):
        return dict(map=None, files=files)
    matrix = confusion_matrix(record)
    names = class_names(record, len(matrix))
    if len(matrix) <= _MOST_CLASSES:
        files[f'confusion_{record.metric}.csv'] = _file(matrix_csv(matrix, names))
    return dict(map=confusion_map(matrix, names), files=files)


def maps(evaluations: Iterable[Evaluation]) -> Dict[str, Any]:
    """A map of the features of every evaluation, up to three.

    Args:
        evaluations (Iterable[Evaluation]): In the order of the report.

    Returns:
        dict: ``maps``, for the template; empty without features.
    """
    shown: List[Dict[str, Any]] = []
    for name, _, record in evaluations:
        kept = record.details.get('map')
        if kept and len(shown) < _MOST_MAPS:
            shown.append(_map(kept, class_names(record, 1 + max(kept['labels'])), name))
    return dict(maps=shown) if shown else {}


def _map(kept: Dict[str, Any], names: Sequence[str], title: str) -> Dict[str, Any]:
    """Values of the macro ``scatter`` in ``plots.html``: places in percent, by class."""
    points, how = project(kept)
    low, high = points.min(axis=0), points.max(axis=0)
    places = 2 + 96 * (points - low) / np.maximum(high - low, 1e-12)
    present = sorted(set(kept['labels']))
    return dict(
        title=f'{title}, {how}',
        videos=len(points),
        points=[
            (present.index(label), round(float(x), 1), round(100 - float(y), 1))
            for label, (x, y) in zip(kept['labels'], places)
        ],
        # More classes than there are colours and shapes have no legend.
        names=[cut(names[label], 32) for label in present] if len(present) <= _MOST_KINDS else [],
    )


def _file(text: str) -> str:
    return 'data:text/csv;base64,' + base64.b64encode(text.encode('utf-8', 'replace')).decode()
