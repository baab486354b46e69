"""Folds of labelled videos: stratified by class, and videos of one source in one fold."""

import warnings
from typing import List, Optional, Tuple

import numpy as np
from mmengine.logging import print_log
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold


def folds_of(
    labels: np.ndarray, groups: Optional[np.ndarray], folds: int
) -> List[Tuple[np.ndarray, np.ndarray]]:
    """Divide videos into folds; the division is always the same.

    Args:
        labels (np.ndarray): Shape (N,), int64.
        groups (np.ndarray, optional): Shape (N,), the source of each video; None: all differ.
        folds (int): Number of folds, at least 2; lowered, with a message, to the size of the
            largest class in videos, or in groups.

    Returns:
        list[tuple[np.ndarray, np.ndarray]]: For every fold, the positions of the videos to fit, and
        of those to test.

    Raises:
        ValueError: If fewer than two classes have two videos (with groups: videos of two groups):
            a fold could leave a single class to fit.
    """
    what = 'videos' if groups is None else 'groups'
    units = labels if groups is None else _once_a_group(labels, groups)
    second, largest = np.sort(np.append(np.unique(units, return_counts=True)[1], [0, 0]))[-2:]
    if second < 2:
        raise ValueError(f'fewer than two classes have two {what}')
    most = largest if groups is None else min(largest, len(np.unique(groups)))
    if most < folds:
        print_log(f'{most} instead of {folds} folds: no class has more {what}', 'current')
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    splitter = kind(int(min(folds, most)), shuffle=True, random_state=0)
    with warnings.catch_warnings():
        # Classes that are smaller than the number of folds are expected.
        warnings.filterwarnings('ignore', message='The least populated class')
        found = [(fit, test) for fit, test in splitter.split(labels, labels, groups) if len(test)]
    if any(len(np.unique(labels[fit])) < 2 for fit, _ in found):
        raise ValueError('without the groups of one fold, a single class is left to fit')
    return found


def _once_a_group(labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Labels, once for each group of a class."""
    pairs = {(label, group) for label, group in zip(labels.tolist(), groups.tolist())}
    return np.array([label for label, _ in sorted(pairs)])
