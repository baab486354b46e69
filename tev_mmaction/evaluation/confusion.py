"""Which classes are recognised, and which are confused."""

from collections import Counter
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from .records import MetricRecord


def mean_over_classes(right: np.ndarray, labels: np.ndarray) -> float:
    """Accuracy of each class among labels (N,), averaged over the classes."""
    return float(np.mean([right[labels == label].mean() for label in np.unique(labels)]))


def class_details(predicted: np.ndarray, labels: np.ndarray) -> Dict[str, Any]:
    """What a classifier does with each class, as details of a record.

    Args:
        predicted (np.ndarray): Predicted classes (N,), int64.
        labels (np.ndarray): True classes (N,), int64.

    Returns:
        dict: ``per_class``, see :func:`tally_classes`, and ``confusion``: a triple of true class,
        predicted class and number of queries for every pair of classes that occurs.
    """
    pairs, counts = np.unique(np.stack([labels, predicted], axis=1), axis=0, return_counts=True)
    confusion = [[*pair, count] for pair, count in zip(pairs.tolist(), counts.tolist())]
    return dict(per_class=tally_classes(predicted, labels), confusion=confusion)


def tally_classes(predicted: np.ndarray, labels: np.ndarray) -> List[Dict[str, Any]]:
    """Classification results for the queries of every class.

    Args:
        predicted (np.ndarray): Predicted classes (N,), int64.
        labels (np.ndarray): True classes (N,), int64.

    Returns:
        list[dict]: For every class among labels, in order: ``label``, the number of ``queries``,
        the number of them that are ``right``, and ``accuracy``. ``taken_for`` is the wrong class
        that was predicted most often (the smallest one in a tie), and ``times`` its count (None
        and 0 if there is none).
    """
    classes = []
    for label in np.unique(labels).tolist():
        named = predicted[labels == label]
        others = Counter(sorted(named[named != label].tolist())).most_common(1)
        right = int((named == label).sum())
        taken_for, times = others[0] if others else (None, 0)
        classes.append(
            dict(
                label=label,
                queries=len(named),
                right=right,
                accuracy=right / len(named),
                taken_for=taken_for,
                times=times,
            )
        )
    return classes


def class_names(record: MetricRecord, least: int = 0) -> List[str]:
    """Names of the classes of a record; unknown ones are numbered.

    Args:
        record (MetricRecord): The record.
        least (int): Number of names, at least. Defaults to 0.
    """
    named: Optional[Sequence] = record.protocol.get('classes') or record.details.get('classes')
    names = [str(name) for name in named or ()]
    return names + [f'class {number}' for number in range(len(names), least)]


def confusion_matrix(record: MetricRecord) -> np.ndarray:
    """Counts of queries, by true class (row) and predicted class (column).

    Args:
        record (MetricRecord): A record with the detail ``confusion``.

    Returns:
        np.ndarray: Shape (C, C), int64.
    """
    triples = np.array(record.details['confusion'], np.int64)
    size = max(len(class_names(record)), int(triples[:, :2].max()) + 1)
    matrix = np.zeros((size, size), np.int64)
    matrix[triples[:, 0], triples[:, 1]] = triples[:, 2]
    return matrix
