"""Where a clip moves and how it looks there, in 27 small numbers: the targets of STS.

Wang, Jiao, Bao, He, Liu & Liu, *Self-supervised Spatio-temporal Representation Learning for Videos
by Predicting Motion and Appearance Statistics*, CVPR 2019, Sec. 3. The frame is divided into blocks
in three ways. A block is told by its number, from 1.
"""

from functools import lru_cache
from typing import List, Tuple

import numpy as np

from .flow import flow_of_clip

NUM_MOTION, NUM_APPEARANCE = 14, 13
_BLOCKS = (16, 4, 8)  # of the three patterns
_BINS = 8  # of 45 degrees
_LEVELS = 256


@lru_cache(maxsize=8)
def block_patterns(height: int, width: int) -> Tuple[np.ndarray, ...]:
    """The block of every pixel: a 4x4 grid, four rings, eight triangles that meet in the middle.

    Args:
        height: Height H of the frame.
        width: Width W of the frame.

    Returns:
        tuple[np.ndarray, ...]: Three maps (H, W), int64, with the numbers of blocks from 0: row by
        row; from the middle to the border; quadrant by quadrant, row by row.
    """
    y, x = (np.arange(size) + 0.5 for size in (height, width))
    y, x = np.broadcast_arrays((y / height)[:, None], (x / width)[None])
    down, right = abs(y - 0.5), abs(x - 0.5)
    grid = 4 * (4 * y).astype(int) + (4 * x).astype(int)
    rings = (8 * np.maximum(down, right)).astype(int)
    second = (down > right) ^ (x > 0.5)
    triangles = 2 * (2 * (y > 0.5) + (x > 0.5)) + second
    return grid, rings, triangles


def clip_statistics(frames: np.ndarray) -> np.ndarray:
    """Motion and appearance statistics of a clip.

    Args:
        frames (np.ndarray): Shape (T, H, W, 3), RGB, uint8; T ≥ 2.

    Returns:
        np.ndarray: Shape (27,), int64, the 14 numbers of :func:`motion_statistics` and the 13 of
        :func:`appearance_statistics`.
    """
    return np.concatenate([motion_statistics(flow_of_clip(frames)), appearance_statistics(frames)])


def motion_statistics(flow: np.ndarray) -> np.ndarray:
    """Where the motion boundaries of a clip are strongest, and which way they point.

    A motion boundary is the gradient of u or of v, the flow to the right or down. Gradients are
    summed over the clip.

    Args:
        flow (np.ndarray): Shape (T - 1, H, W, 2), in pixels, x first.

    Returns:
        np.ndarray: Shape (14,), int64. For each pattern, four numbers: the block where the gradient
        of u is largest on average, the direction that dominates in it (1 … 8, bins of 45 degrees
        around 0, 45, …), and both for v. Then the number of the flow field with the strongest
        gradient of u, and of v.
    """
    along = np.stack(np.gradient(flow, axis=(2, 1)))  # (x and y, T - 1, H, W, u and v)
    total = along.sum(axis=1)
    size, angle = np.hypot(*total), np.arctan2(total[1], total[0])
    labels: List[int] = []
    for blocks, count in zip(block_patterns(*flow.shape[1:3]), _BLOCKS):
        area = np.bincount(blocks.ravel(), minlength=count)
        for component in range(2):
            mass = np.bincount(blocks.ravel(), size[..., component].ravel(), count)
            block = int((mass / area).argmax())
            inside = blocks == block
            labels += [block, _direction(size[inside, component], angle[inside, component])]
    per_field = np.hypot(*along).sum(axis=(1, 2))
    return np.array([*labels, *per_field.argmax(axis=0)]) + 1


def _direction(size: np.ndarray, angle: np.ndarray) -> int:
    """The bin with most of the size; each is shared by the two bins next to its angle."""
    place = angle / (2 * np.pi / _BINS) % _BINS
    low = np.floor(place).astype(int)
    share = place - low
    first = np.bincount(low % _BINS, size * (1 - share), _BINS)
    return int((first + np.bincount((low + 1) % _BINS, size * share, _BINS)).argmax())


def appearance_statistics(frames: np.ndarray) -> np.ndarray:
    """Where the colours of a clip change most and least over time, and what they are.

    The diversity of a block is measured by the intersection over union of the histograms of all
    frames (256 levels), averaged over the three channels.

    Args:
        frames (np.ndarray): Shape (T, H, W, 3), RGB, uint8.

    Returns:
        np.ndarray: Shape (13,), int64. For each pattern, four numbers: the block with the smallest
        intersection over union, the colour that dominates in it, and both for the block with the
        largest one. Then the colour that dominates in the clip. The eight colours are those of the
        released code: 1 … 4 for blue, 5 … 8 without, of which + 2 is red and + 1 green.
    """
    red, green, blue = (frames[..., channel] >= _LEVELS // 2 for channel in range(3))
    colours = 4 * ~blue + 2 * red + green
    labels: List[int] = []
    for blocks, count in zip(block_patterns(*frames.shape[1:3]), _BLOCKS):
        overlap = _overlap(frames, blocks, count)
        for block in (int(overlap.argmin()), int(overlap.argmax())):
            labels += [block, _dominant(colours[:, blocks == block])]
    return np.array([*labels, _dominant(colours)]) + 1


def _overlap(frames: np.ndarray, blocks: np.ndarray, count: int) -> np.ndarray:
    """Intersection over union of the histograms of all frames, (count,), a mean over channels."""
    places = _LEVELS * blocks
    histograms = np.stack(
        [
            [
                np.bincount((places + frame[..., channel]).ravel(), minlength=count * _LEVELS)
                for channel in range(3)
            ]
            for frame in frames
        ]
    ).reshape(len(frames), 3, count, _LEVELS)
    shares = histograms.min(axis=0).sum(axis=2) / histograms.max(axis=0).sum(axis=2)
    return shares.mean(axis=0)


def _dominant(colours: np.ndarray) -> int:
    return int(np.bincount(colours.ravel(), minlength=8).argmax())
