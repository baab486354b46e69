"""Confusion matrices and figures of every class, as tables and CSV."""

import csv
import io
from pathlib import Path
from typing import Any, Dict, Iterable, List, Sequence

import numpy as np

from ..evaluation import MetricRecord, class_names, confusion_matrix
from ..files import write_file
from ..visualization import draw_confusion_matrix, save_picture

_HEAD = ('class', 'videos', 'right', 'accuracy', 'precision', 'most often taken for', 'times')


def class_rows(record: MetricRecord) -> List[Dict[str, Any]]:
    """What a classifier does with each class.

    Args:
        record (MetricRecord): A record with the detail ``per_class``.

    Returns:
        list[dict]: For every class with videos: ``name``, ``videos``, the number that are
        ``right``, ``accuracy``, ``precision`` (share of the predictions of this class that are
        right; None if there are none, or the record is of an earlier version), and
        ``taken_for``, the name of the class that it is most often taken for (None: none), with
        ``times``.
    """
    rows = record.details['per_class']
    names = class_names(record, 1 + max(max(r['label'], r['taken_for'] or 0) for r in rows))
    predicted: Sequence[int] = [0] * len(names)
    if 'confusion' in record.details:
        predicted = confusion_matrix(record).sum(axis=0).tolist()
    return [
        dict(
            name=names[row['label']],
            videos=row['queries'],
            right=row['right'],
            accuracy=row['accuracy'],
            precision=row['right'] / predicted[row['label']] if predicted[row['label']] else None,
            taken_for=None if row['taken_for'] is None else names[row['taken_for']],
            times=row['times'],
        )
        for row in rows
    ]


def classes_csv(record: MetricRecord) -> str:
    """The table of :func:`class_rows` as CSV.

    Args:
        record (MetricRecord): A record with the detail ``per_class``.
    """
    return _csv([_HEAD, *(row.values() for row in class_rows(record))])


def matrix_csv(matrix: np.ndarray, names: Sequence[str]) -> str:
    """A confusion matrix as CSV: a row per true class, a column per predicted class.

    Args:
        matrix (np.ndarray): Shape (C, C), counts.
        names (Sequence[str]): Names of the C classes.
    """
    rows = ([name, *counts] for name, counts in zip(names, matrix.tolist()))
    return _csv([['true \\ predicted', *names], *rows])


def save_class_tables(record: MetricRecord, picture: Path) -> List[Path]:
    """Write the confusion matrix as a picture and as CSV, and the table of the classes.

    Args:
        record (MetricRecord): A record with the details ``per_class`` and ``confusion``.
        picture (Path): Picture to write. The other files are beside it: the same name with the
            ending ``.csv``, and with ``_classes.csv``.

    Returns:
        list[Path]: The three files.

    Raises:
        OSError: If a file cannot be written.
    """
    matrix = confusion_matrix(record)
    names = class_names(record, len(matrix))
    counts = picture.with_suffix('.csv')
    classes = picture.with_name(f'{picture.stem}_classes.csv')
    save_picture(draw_confusion_matrix(matrix, names, record.metric), str(picture), dpi=110)
    write_file(counts, matrix_csv(matrix, names))
    write_file(classes, classes_csv(record))
    return [picture, counts, classes]


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator='\n').writerows(rows)
    return out.getvalue()
