"""Clips and pairs of clips: which source frames they hold and how the two are related.

Pure numpy; nothing here knows of videos or of tensors, so it can be tested without either.
"""

from dataclasses import astuple, dataclass
from enum import IntEnum
from numbers import Integral
from typing import Tuple

import numpy as np

from .base import Labels
from .relative import RelativeTransform

FORWARD, BACKWARD = 1, -1


class ClipOrder(IntEnum):
    """The three classes of the overlap/order task (Sec. 3.2 of the paper).

    The values are the class labels of :class:`tev_mmaction.models.OrderHead`. "Before" and
    "after" speak of source time, not of playback: reversing a clip does not change the order.
    """

    BEFORE = 0
    AFTER = 1
    OVERLAPPING = 2


@dataclass(frozen=True)
class ClipSpec:
    """A clip τ(x): which frames of its video it shows, in which order.

    Args:
        start (int): First source frame that the clip covers, ≥ 0.
        speed (int): Step between neighbouring frames in source frames, ≥ 1.
        direction (int): ``+1`` played forwards, ``-1`` played backwards.
        length (int): Number of frames T of the clip, ≥ 2.

    Raises:
        ValueError: If one of the four is outside its range.

    Example:
        >>> ClipSpec(start=10, speed=2, direction=-1, length=4).frame_indices()
        array([16, 14, 12, 10])
    """

    start: int
    speed: int
    direction: int
    length: int

    def __post_init__(self):
        if not all(isinstance(number, Integral) for number in astuple(self)):
            raise ValueError(f'all four numbers must be whole, got {astuple(self)}')
        if self.start < 0:
            raise ValueError(f'start must be >= 0, got {self.start}')
        if self.speed < 1:
            raise ValueError(f'speed must be >= 1, got {self.speed}')
        if self.direction not in (FORWARD, BACKWARD):
            raise ValueError(f'direction must be +1 or -1, got {self.direction}')
        if self.length < 2:
            raise ValueError(f'length must be >= 2 frames, got {self.length}')

    @property
    def extent(self) -> int:
        """int: Source frames from the first to the last one shown, v(T−1)+1."""
        return clip_extent(self.length, self.speed)

    @property
    def interval(self) -> Tuple[int, int]:
        """tuple[int, int]: Half-open range [start, start + extent) of source frames."""
        return self.start, self.start + self.extent

    def frame_indices(self) -> np.ndarray:
        """Source frame indices in the order of playback.

        Returns:
            np.ndarray: Shape (T,), int64; descending for a clip that is played backwards.
        """
        return (self.start + self.speed * np.arange(self.length))[:: self.direction]


@dataclass(frozen=True)
class ClipPair:
    """Two clips (p, q) of one video."""

    p: ClipSpec
    q: ClipSpec

    @property
    def relative(self) -> RelativeTransform:
        """RelativeTransform: ρ(p, q) = (v_p, d_p, v_q, d_q, s_q − s_p)."""
        return RelativeTransform(
            self.p.speed,
            self.p.direction,
            self.q.speed,
            self.q.direction,
            self.q.start - self.p.start,
        )

    @property
    def clips(self) -> Tuple[ClipSpec, ClipSpec]:
        """tuple[ClipSpec, ClipSpec]: (p, q)."""
        return self.p, self.q

    @property
    def labels(self) -> Labels:
        """dict: What the heads are to tell of the pair, see :class:`ClipTargets`."""
        return dict(
            relative_id=self.relative.id,
            swapped_id=self.relative.swapped().id,
            speeds=(self.p.speed, self.q.speed),
            directions=(self.p.direction, self.q.direction),
            order=int(self.order),
        )

    @property
    def order(self) -> ClipOrder:
        """ClipOrder: Whether p lies entirely before q, entirely after it, or overlaps it."""
        return order_of(self.q.start - self.p.start, self.p.extent, self.q.extent)

    def swapped(self) -> 'ClipPair':
        """ClipPair: The pair (q, p), whose relative transformation is ρ(q, p)."""
        return ClipPair(self.q, self.p)


def clip_extent(clip_len: int, speed: int) -> int:
    """Source frames that a clip of ``clip_len`` frames covers at ``speed``, v(T−1)+1."""
    return speed * (clip_len - 1) + 1


def order_of(shift: int, extent_p: int, extent_q: int) -> ClipOrder:
    """Order class of two clips, ``shift`` = s_q − s_p source frames apart."""
    if shift >= extent_p:
        return ClipOrder.BEFORE
    if -shift >= extent_q:
        return ClipOrder.AFTER
    return ClipOrder.OVERLAPPING
