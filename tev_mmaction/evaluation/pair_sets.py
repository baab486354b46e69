"""Features of pairs of clips, and the regression targets of the pairs."""

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from torch import Tensor

from .features import FeatureSet, standardise
from .recording_metric import check_own_video

TARGETS = ('shift', 'speed', 'direction')


@dataclass(frozen=True)  # mmengine turns named tuples into plain tuples
class PairedVideo:
    """A video with P pairs of clips.

    Args:
        sample_idx (int): Its identity.
        filename (str): Its name.
        clips (np.ndarray): Shape (P, 2, 4), int64: start, speed, direction, length of p and q.
        size (tuple[int, int]): Height and width in pixels.
        features (np.ndarray): Shape (P, 2, D), float32.
        vectors (np.ndarray, optional): ψ, shape (P, E), float32.
    """

    sample_idx: int
    filename: str
    clips: np.ndarray
    size: Tuple[int, int]
    features: np.ndarray
    vectors: Optional[np.ndarray]


@dataclass(frozen=True)
class PairSet:
    """The N pairs of several videos.

    Args:
        videos (np.ndarray): Shape (N,), number of the video of each pair.
        clips (np.ndarray): Shape (N, 2, 4), as in :class:`PairedVideo`.
        features (np.ndarray): Shape (N, 2, D), float64, standardised.
        vectors (np.ndarray): Shape (N, E): ψ, or both features (E = 2D).
    """

    videos: np.ndarray
    clips: np.ndarray
    features: np.ndarray
    vectors: np.ndarray

    def targets(self, names: Sequence[str]) -> Dict[str, np.ndarray]:
        """The regression targets of the pairs.

        Args:
            names (Sequence[str]): Some of :data:`TARGETS`.

        Returns:
            dict[str, np.ndarray]: By name, shape (N,), float64: ``shift``, Δ = s_q − s_p in source
            frames; ``speed``, log2(v_q / v_p); ``direction``, d_p d_q, ±1.
        """
        starts, speeds, directions, _ = np.moveaxis(self.clips, -1, 0).astype(np.float64)
        values = dict(
            shift=starts[:, 1] - starts[:, 0],
            speed=np.log2(speeds[:, 1] / speeds[:, 0]),
            direction=directions.prod(axis=1),
        )
        return {name: values[name] for name in names}


def read_sample(inputs: Tensor, metainfo: dict, output: Any) -> PairedVideo:
    """Pairs and features of a sample.

    Args:
        inputs (Tensor): Shape (2P, C, T, H, W).
        metainfo (dict): Metainfo from :class:`ClipPairDataset`.
        output (dict | Tensor): ``clip_features`` (2P, D) and optionally ``relative_vectors``
            (P, E); or only the features.

    Raises:
        ValueError: If the sample does not contain pairs or replaces another sample, or if the
            output has no features or features that are not finite.
    """
    clips = metainfo.get('clips', ())
    fields = ('start', 'speed', 'direction', 'length')
    if not clips or len(clips) % 2 or not all(hasattr(c, f) for c in clips for f in fields):
        raise ValueError(
            f'{metainfo.get("filename", "a sample")} does not contain pairs of clips: evaluate on '
            "a ClipPairDataset with clip_sampler=dict(type='IndependentPairsSampler', ...), "
            'group_size=1 and test_mode=True'
        )
    filename = metainfo['filename']
    check_own_video(metainfo)
    vectors = None
    if isinstance(output, dict):
        vectors, output = output.get('relative_vectors'), output.get('clip_features')
    if not isinstance(output, Tensor) or output.ndim != 2 or len(output) != len(clips):
        what = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise ValueError(
            f'{filename}: expected features ({len(clips)}, D) of as many clips, got {what}. Use '
            'TimeEquivariantRecognizer, or a recognizer of MMAction2 with '
            "cls_head=dict(type='FeatureHead', average_clips=None)"
        )
    features = _numbers(output, filename).reshape(len(clips) // 2, 2, -1)
    return PairedVideo(
        metainfo['sample_idx'],
        filename,
        np.array([[getattr(c, f) for f in fields] for c in clips], np.int64).reshape(-1, 2, 4),
        (inputs.size(-2), inputs.size(-1)),
        features,
        None if vectors is None else _numbers(vectors, filename),
    )


def _numbers(values: Tensor, filename: str) -> np.ndarray:
    numbers = values.detach().float().cpu().numpy()
    if not np.isfinite(numbers).all():
        raise ValueError(
            f'{filename}: NaN or infinite features; the weights have diverged, or mixed precision '
            'overflows'
        )
    return numbers


def part_videos(
    videos: Sequence[PairedVideo], test_share: float
) -> Tuple[List[PairedVideo], List[PairedVideo]]:
    """Split videos into a fitting and a test part; the split depends only on the list.

    Args:
        videos (Sequence[PairedVideo]): In the order of the list.
        test_share (float): Share of the videos to test on.

    Raises:
        ValueError: If there are fewer than three: two to choose a penalty and one to test.
    """
    if len(videos) < 3:
        raise ValueError(
            f'pairs of {len(videos)} video(s): fitting on some and testing on others needs at '
            'least three videos, and some dozens for a meaningful figure'
        )
    number = min(max(round(test_share * len(videos)), 1), len(videos) - 2)
    order = np.random.default_rng(0).permutation(len(videos)).tolist()
    return [videos[i] for i in order[number:]], [videos[i] for i in order[:number]]


def pair_sets(
    fit: Sequence[PairedVideo], test: Sequence[PairedVideo]
) -> Tuple[PairSet, PairSet, int]:
    """Pairs of both parts, standardised over the clips (for ψ: the pairs) of the fitting part.

    Returns:
        tuple[PairSet, PairSet, int]: Both parts, and the number of feature dimensions that are
        constant over the fitting part; these are zero.

    Raises:
        ValueError: If the features of all clips are identical.
    """
    parts = (fit, test)
    features, constant = _standardised(
        [np.concatenate([video.features for video in part]) for part in parts]
    )
    vectors = [pairs.reshape(len(pairs), -1) for pairs in features]
    if all(video.vectors is not None for part in parts for video in part):
        vectors, _ = _standardised(
            [np.concatenate([video.vectors for video in part]) for part in parts]
        )
    fitted, tested = (
        PairSet(
            np.repeat(np.arange(len(part)), [len(video.clips) for video in part]),
            np.concatenate([video.clips for video in part]),
            features[number],
            vectors[number],
        )
        for number, part in enumerate(parts)
    )
    return fitted, tested, constant


def _standardised(parts: Sequence[np.ndarray]) -> Tuple[List[np.ndarray], int]:
    """Standardise the fitting part and the test part (N, ..., D) in float64."""
    rows = [part.reshape(-1, part.shape[-1]) for part in parts]
    fit, test = (FeatureSet(row, np.zeros(len(row), np.int64), [''] * len(row)) for row in rows)
    try:
        *sets, constant = standardise(fit, test, 'gallery')
    except ValueError as error:
        raise ValueError(
            f'all {len(rows[0])} rows to fit have the same features: the backbone has collapsed, '
            'or its input is constant'
        ) from error
    return [
        rows.features.reshape(part.shape).astype(np.float64) for rows, part in zip(sets, parts)
    ], constant


def similarity_matrix(pairs: PairSet, size: int) -> dict:
    """Cosine similarities between pairs, ordered by shift; valid JSON.

    Args:
        pairs (PairSet): N pairs.
        size (int): Maximum number of pairs M, evenly spaced in order of shift.

    Returns:
        dict: ``similarity`` (M lists of M numbers) and, for each of the M pairs, ``shifts``,
        ``speeds`` (log2 of the ratio), ``directions`` (+1 same, -1 opposite) and ``videos``.
    """
    targets = pairs.targets(TARGETS)
    order = np.lexsort([targets['direction'], targets['speed'], targets['shift']])
    taken = order[np.linspace(0, len(order) - 1, min(size, len(order))).round().astype(int)]
    vectors = pairs.vectors[taken]
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(norms > 0, norms, 1)
    return dict(
        similarity=(unit @ unit.T).round(4).tolist(),
        shifts=targets['shift'][taken].astype(int).tolist(),
        speeds=targets['speed'][taken].round(4).tolist(),
        directions=targets['direction'][taken].astype(int).tolist(),
        videos=pairs.videos[taken].tolist(),
    )
