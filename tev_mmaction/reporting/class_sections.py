"""Parts of the report about classes: what is confused, and a map of the features."""

import base64
from typing import Any, Dict, Iterable, List

from ..evaluation import Evaluation, MetricRecord, class_names, confusion_matrix
from ..visualization import as_pixels, draw_confusion_matrix, draw_feature_map
from .class_tables import class_rows, classes_csv, matrix_csv
from .figures import METRICS
from .pages import picture_uri

_MOST_ROWS = 30
_DPI = 90
_MOST_MAPS = 3
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
            parts[record.metric] = dict(_table(record), title=title, **_matrix(record, title))
    return dict(parts=list(parts.values())) if parts else {}


def _table(record: MetricRecord) -> Dict[str, Any]:
    rows = sorted(class_rows(record), key=lambda row: row['accuracy'])
    return dict(
        head=_HEAD,
        rows=[
            [
                row['name'],
                f'{row["accuracy"]:.1%}',
                f'{row["right"]} of {row["videos"]}',
                '–' if row['precision'] is None else f'{row["precision"]:.1%}',
                f'{row["taken_for"]} ({row["times"]} times)' if row['times'] else '–',
            ]
            for row in rows[:_MOST_ROWS]
        ],
        classes=len(rows),
    )


def _matrix(record: MetricRecord, title: str) -> Dict[str, Any]:
    """Picture and files; records of earlier versions have no counts for a matrix."""
    files = {f'classes_{record.metric}.csv': _file(classes_csv(record))}
    if not record.details.get('confusion'):
        return dict(picture='', files=files)
    matrix = confusion_matrix(record)
    names = class_names(record, len(matrix))
    files[f'confusion_{record.metric}.csv'] = _file(matrix_csv(matrix, names))
    picture = picture_uri(as_pixels(draw_confusion_matrix(matrix, names), _DPI), 'PNG')
    return dict(picture=picture, alt=f'confusion matrix: {title}', files=files)


def maps(evaluations: Iterable[Evaluation]) -> Dict[str, Any]:
    """A map of the features of every evaluation, up to three.

    Args:
        evaluations (Iterable[Evaluation]): In the order of the report.

    Returns:
        dict: ``pictures``, for the template; empty without features.
    """
    pictures: List[Dict[str, str]] = []
    for name, _, record in evaluations:
        kept = record.details.get('map')
        if kept and len(pictures) < _MOST_MAPS:
            names = class_names(record, 1 + max(kept['labels']))
            alt = f'map of the features of {len(kept["labels"])} videos of {name}'
            source = picture_uri(as_pixels(draw_feature_map(kept, names, name), _DPI), 'PNG')
            pictures.append(dict(source=source, alt=alt))
    return dict(pictures=pictures) if pictures else {}


def _file(text: str) -> str:
    return 'data:text/csv;base64,' + base64.b64encode(text.encode('utf-8', 'replace')).decode()
