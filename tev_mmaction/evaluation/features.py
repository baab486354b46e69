"""Features of the videos of a gallery and of queries: checked, standardised, L2-normalised."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Iterator, List, Optional, Tuple

import numpy as np

_CHUNK = 16384  # rows processed in float64 at a time
# Values below this share of the usual size are rounding errors.
_CONSTANT = 1e-6


@dataclass(frozen=True)
class FeatureSet:
    """One feature per video.

    Args:
        features (np.ndarray): Shape (N, D), float32.
        labels (np.ndarray): Shape (N,), int64.
        names (list[str]): N file names.
        groups (np.ndarray, optional): Shape (N,), the source that each video shares with others;
            None if unknown.
    """

    features: np.ndarray
    labels: np.ndarray
    names: List[str]
    groups: Optional[np.ndarray] = None

    def __len__(self) -> int:
        return len(self.names)


def check_features(
    gallery: FeatureSet, queries: FeatureSet, num_classes: Optional[int] = None
) -> None:
    """Refuse features that would make a figure meaningless.

    Args:
        gallery (FeatureSet): Training videos.
        queries (FeatureSet): Test videos.
        num_classes (int, optional): Number of classes, if known.

    Raises:
        ValueError: If a set is empty, a file occurs twice or in both sets, a label is outside
            the classes, or features are NaN, infinite or all zero. The message names the files.
    """
    for what, part in (('gallery', gallery), ('query', queries)):
        if not len(part):
            raise ValueError(f'there is no {what} video: nothing can be evaluated')
        highest = np.inf if num_classes is None else num_classes - 1
        _refuse(
            _where((part.labels < 0) | (part.labels > highest), part.names),
            f'{what} videos have a label that is not within 0 to {highest}',
            'mend the list, or the class names of the dataset',
        )
        norms = np.concatenate([np.linalg.norm(rows, axis=1) for rows in _chunks(part.features)])
        _refuse(
            _where(~np.isfinite(norms), part.names),
            f'{what} videos have NaN or infinite features',
            'the weights have diverged, or mixed precision overflows',
        )
        _refuse(
            _where(norms == 0, part.names),
            f'{what} videos have an all-zero feature, which has no direction',
            'the backbone is dead, or its weights are not loaded',
        )
    _refuse(
        [name for name, count in Counter(gallery.names + queries.names).items() if count > 1],
        'videos are listed twice, or both as gallery and as query, and would find themselves',
        'remove them from one of the lists',
    )


def _where(bad: np.ndarray, names: List[str]) -> List[str]:
    return [names[i] for i in np.flatnonzero(bad)]


def _refuse(names: List[str], what: str, remedy: str) -> None:
    if names:
        raise ValueError(f'{len(names)} {what}: {", ".join(names[:5])}; {remedy}')


def _chunks(features: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(features), _CHUNK):
        yield features[start : start + _CHUNK].astype(np.float64)


def standardise(
    gallery: FeatureSet, queries: FeatureSet, how: str
) -> Tuple[FeatureSet, FeatureSet, int]:
    """Shift and scale every dimension; by default with statistics of the training features.

    Args:
        gallery (FeatureSet): Training videos.
        queries (FeatureSet): Test videos, of the same width.
        how (str): See :attr:`EvaluationProtocol.standardisation`.

    Returns:
        tuple[FeatureSet, FeatureSet, int]: Both sets, standardised, and the number of dimensions
        that are constant over the gallery. With ``'gallery'``, these are zero afterwards: their
        values in the queries cannot be scaled, and training could not have used them.

    Raises:
        ValueError: If all dimensions are constant, or if the widths differ.
    """
    if gallery.features.shape[1] != queries.features.shape[1]:
        raise ValueError(
            f'gallery features have {gallery.features.shape[1]} dimensions, query features '
            f'{queries.features.shape[1]}'
        )
    mean, std = _statistics(gallery.features)
    constant = std <= _CONSTANT * np.hypot(mean, std)
    if constant.all():
        raise ValueError(
            f'all {len(gallery)} gallery videos have the same feature: the backbone has collapsed, '
            'or its input is constant'
        )
    scale = np.where(constant, 0.0, 1.0 / np.where(constant, 1.0, std))
    if how != 'gallery':
        scale = np.ones_like(scale)
    shift = query_shift = np.zeros_like(mean) if how == 'none' else mean
    if how == 'own_mean':
        query_shift = _statistics(queries.features)[0]
    return (
        _transformed(gallery, lambda rows: (rows - shift) * scale),
        _transformed(queries, lambda rows: (rows - query_shift) * scale),
        int(constant.sum()),
    )


def _statistics(features: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Mean and (population) standard deviation of every dimension, in float64."""
    mean = sum(rows.sum(axis=0) for rows in _chunks(features)) / len(features)
    variance = sum(((rows - mean) ** 2).sum(axis=0) for rows in _chunks(features)) / len(features)
    return mean, np.sqrt(variance)


def _transformed(part: FeatureSet, transform) -> FeatureSet:
    features = np.empty_like(part.features)
    for index, rows in enumerate(_chunks(part.features)):
        start = index * _CHUNK
        features[start : start + len(rows)] = transform(rows)
    return replace(part, features=features)


def l2_normalise(part: FeatureSet) -> FeatureSet:
    """Scale every feature to unit length, for cosine similarity.

    Args:
        part: Features (N, D) to normalise.

    Raises:
        ValueError: If a feature is zero up to rounding, for example because it equals the
            subtracted mean.
    """
    norms = np.concatenate([np.linalg.norm(rows, axis=1) for rows in _chunks(part.features)])
    _refuse(
        _where(norms <= _CONSTANT * norms.max(), part.names),
        'videos have a feature that equals the mean of all but for rounding, and so no direction',
        'evaluate more videos, or with protocol.standardisation="none"',
    )
    return _transformed(part, lambda rows: rows / np.linalg.norm(rows, axis=1, keepdims=True))
