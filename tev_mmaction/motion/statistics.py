"""Motion in a video, described by fourteen numbers per flow field of dense optical flow.

The statistics are targets of :class:`tev_mmaction.models.MotionHead`. They are computed once per
video (``tools/data/motion_tracks.py``), because the flow of a fast clip must be measured between
source frames: objects move too far from one frame of such a clip to the next.
"""

from typing import Iterable, List, NamedTuple, Sequence

import cv2
import numpy as np

from .flow import flow_between

SIDE = 48  # pixels; flow is computed on squares of this size
STEP = 2  # source frames between the two frames of a pair, and from one pair to the next
BINS = 8  # of 45 degrees, from right through down
# Columns of a track by name. Lengths are in sides of the frame per source frame,
# x to the right and y down, angles clockwise.
GROUPS = dict(
    directions=slice(0, 8),  # shares of the motion in each direction
    mass=slice(8, 9),  # log(1 + amount of motion)
    velocity=slice(9, 11),  # mean vector, weighted by magnitude
    rotation=slice(11, 12),  # about the centre of the motion, in radians
    expansion=slice(12, 13),  # from that centre, growth of lengths
    turning=slice(13, 14),  # sine of the angle between successive velocities: curvature of the path
)
WIDTH = 14
_SIGNED = slice(9, 14)  # columns that change sign when time runs backwards
# Motion summed over the frame below this value counts as none: the level of noise.
_STILL = 0.25


class Track(NamedTuple):
    """Statistics over the length of a video.

    Args:
        rows (np.ndarray): Shape (R, 14), float32; row r describes the flow from frame ``STEP * r``
            to frame ``STEP * (r + 1)``.
        num_frames (int): Length of the video.
    """

    rows: np.ndarray
    num_frames: int

    def of_clip(self, frame_indices: Sequence[int], parts: int, mirrored: bool) -> np.ndarray:
        """Statistics of a clip, in playback order.

        Args:
            frame_indices (Sequence[int]): Source frames of the clip, ascending or descending.
            parts (int): Number of parts of equal duration.
            mirrored (bool): Whether the clip is mirrored left to right.

        Returns:
            np.ndarray: Shape (parts, 14), float32, the mean over each part.
        """
        first, last = sorted((int(frame_indices[0]), int(frame_indices[-1])))
        middles = STEP * (np.arange(len(self.rows)) + 0.5)
        edges = np.linspace(first, last, parts + 1)
        means = []
        for low, high in zip(edges, edges[1:]):
            inside = (middles >= low) & (middles < high)
            if not inside.any():  # a part shorter than a pair
                inside[np.abs(middles - (low + high) / 2).argmin()] = True
            means.append(self.rows[inside].mean(axis=0))
        values = np.array(means, np.float32)
        if frame_indices[0] > frame_indices[-1]:
            values = reverse(values)[::-1]
        return mirror(values) if mirrored else values


def reverse(rows: np.ndarray) -> np.ndarray:
    """Rows (..., 14) of the same motion played backwards; the order of rows does not change.

    Args:
        rows: Shape (..., 14), from :func:`measure`.
    """
    out = rows.copy()
    out[..., :BINS] = np.roll(rows[..., :BINS], BINS // 2, axis=-1)
    out[..., _SIGNED] *= -1
    return out


def mirror(rows: np.ndarray) -> np.ndarray:
    """Rows (..., 14) of the same motion in frames mirrored left to right.

    Args:
        rows: Shape (..., 14), from :func:`measure`.
    """
    out = rows.copy()
    out[..., :BINS] = rows[..., (BINS // 2 - 1 - np.arange(BINS)) % BINS]
    for name in ('rotation', 'turning'):
        out[..., GROUPS[name]] *= -1
    out[..., GROUPS['velocity'].start] *= -1
    return out


def measure(frames: Iterable[np.ndarray]) -> Track:
    """Statistics of a video.

    Args:
        frames (Iterable[np.ndarray]): All frames in order, uint8, RGB (H, W, 3).

    Raises:
        ValueError: If there are fewer than three frames.
    """
    count, previous, rows = 0, None, []
    for count, frame in enumerate(frames, 1):
        if (count - 1) % STEP == 0:
            grey = cv2.resize(
                cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), (SIDE, SIDE), interpolation=cv2.INTER_AREA
            )
            if previous is not None:
                rows.append(_describe(flow_between(previous, grey).astype(np.float64)))
            previous = grey
    if not rows:
        raise ValueError(f'a video of {count} frames has no motion to measure: 3 are needed')
    values = np.array(rows)
    values[:, GROUPS['turning']] = _turning(values[:, GROUPS['velocity']])[:, None]
    return Track(values.astype(np.float32), count)


def _describe(flow: np.ndarray) -> List[float]:
    """A row without ``turning``, from a flow in pixels per step."""
    u, v = flow[..., 0] / (SIDE * STEP), flow[..., 1] / (SIDE * STEP)
    size = np.hypot(u, v)
    angle = np.arctan2(v, u) % (2 * np.pi)
    shares, _ = np.histogram(angle, BINS, (0, 2 * np.pi), weights=size)
    total = size.sum()
    weights = size / (total + _STILL)
    y, x = np.mgrid[: flow.shape[0], : flow.shape[1]] / SIDE
    velocity = np.array([(weights * u).sum(), (weights * v).sum()])
    share = weights.sum() + 1e-6  # 1 if there is more motion than noise
    x, y = x - (weights * x).sum() / share, y - (weights * y).sum() / share
    u, v = u - velocity[0] / share, v - velocity[1] / share
    inertia = (weights * (x**2 + y**2)).sum() + 1e-4
    rotation = (weights * (x * v - y * u)).sum() / inertia
    expansion = (weights * (x * u + y * v)).sum() / inertia
    return [*(shares / (total + _STILL)), np.log1p(total), *velocity, rotation, expansion, 0.0]


def _turning(velocity: np.ndarray) -> np.ndarray:
    """Sines (R,) of the angles between successive velocities (R, 2), the last one repeated."""
    now, then = velocity[:-1], velocity[1:]
    cross = now[:, 0] * then[:, 1] - now[:, 1] * then[:, 0]
    lengths = np.hypot(*now.T) * np.hypot(*then.T)
    sines = cross / (lengths + 1e-5)
    return np.append(sines, sines[-1:] if len(sines) else [0.0])
