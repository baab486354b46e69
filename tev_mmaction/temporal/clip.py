"""Clips and pairs of clips: their source frames, and ρ, the relation of the two clips.

This module uses only numpy, no videos and no tensors, so it can be tested without either.
"""

from dataclasses import astuple, dataclass
from enum import IntEnum
from numbers import Integral
from typing import Dict, Tuple, Union

import numpy as np

from .base import LabelledClips

FORWARD, BACKWARD = 1, -1
_SPEED_BITS, _SHIFT_BITS = 15, 31
_MAX_SPEED = (1 << _SPEED_BITS) - 1
_MAX_SHIFT = (1 << (_SHIFT_BITS - 1)) - 1
_ARROWS = {FORWARD: '→', BACKWARD: '←'}


class ClipOrder(IntEnum):
    """The three classes of the overlap/order task (Sec. 3.2 of the paper).

    The values are the class labels of :class:`tev_mmaction.models.OrderHead`. "Before" and
    "after" refer to source time, not to playback: reversing a clip does not change the order.
    """

    BEFORE = 0
    AFTER = 1
    OVERLAPPING = 2


@dataclass(frozen=True)
class ClipSpec:
    """A clip τ(x): the frames of its video, in playback order.

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
    def name(self) -> str:
        """str: Speed and direction, for captions."""
        return f'{self.speed}× {_ARROWS[self.direction]}'

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
class RelativeTransform:
    """ρ(p, q), five numbers, the label of Eq. 1. The position of the pair is not one of them.

    Args:
        speed_p (int): Speed of clip p in source frames per step, in [1, 32767].
        direction_p (int): ``+1`` or ``-1``.
        speed_q (int): Speed of clip q.
        direction_q (int): ``+1`` or ``-1``.
        shift (int): Δ = s_q − s_p in source frames; its absolute value is below 2^30.

    Raises:
        ValueError: If one of the five is outside its range.
    """

    speed_p: int
    direction_p: int
    speed_q: int
    direction_q: int
    shift: int

    def __post_init__(self):
        if not all(isinstance(number, Integral) for number in astuple(self)):
            raise ValueError(f'all five numbers must be whole, got {astuple(self)}')
        for name in ('speed_p', 'speed_q'):
            if not 1 <= getattr(self, name) <= _MAX_SPEED:
                raise ValueError(f'{name} must be in [1, {_MAX_SPEED}], got {getattr(self, name)}')
        for name in ('direction_p', 'direction_q'):
            if getattr(self, name) not in (1, -1):
                raise ValueError(f'{name} must be +1 or -1, got {getattr(self, name)}')
        if abs(self.shift) > _MAX_SHIFT:
            raise ValueError(f'|shift| must be at most {_MAX_SHIFT}, got {self.shift}')

    @property
    def id(self) -> int:
        """int: Equal iff the five numbers are (they are packed side by side); fits an int64."""
        packed = self.shift + _MAX_SHIFT
        for speed in (self.speed_p, self.speed_q):
            packed = packed << _SPEED_BITS | int(speed)
        for direction in (self.direction_p, self.direction_q):
            packed = packed << 1 | (direction > 0)
        return int(packed)

    def swapped(self) -> 'RelativeTransform':
        """RelativeTransform: ρ(q, p) = (v_q, d_q, v_p, d_p, −Δ)."""
        return RelativeTransform(
            self.speed_q, self.direction_q, self.speed_p, self.direction_p, -self.shift
        )


class ClipPair(LabelledClips):
    """Two clips (p, q) of one video, and the labels that follow from them.

    Args:
        p (ClipSpec): First clip.
        q (ClipSpec): Second clip.
    """

    __slots__ = ()
    clips: Tuple[ClipSpec, ClipSpec]

    def __new__(cls, p: ClipSpec, q: ClipSpec):
        """Two fields, as in a tuple: the clips, and the labels that follow from them."""
        relative = _relative(p, q)
        labels: Dict[str, Union[int, Tuple[int, ...]]] = dict(
            relative_id=relative.id,
            swapped_id=relative.swapped().id,
            shift=relative.shift,
            speeds=(p.speed, q.speed),
            directions=(p.direction, q.direction),
            order=int(_order(p, q)),
        )
        return super().__new__(cls, (p, q), labels)

    def __getnewargs__(self):
        return self.clips

    def __hash__(self):
        return hash(self.clips)

    def __repr__(self):
        return f'{type(self).__name__}(p={self.p}, q={self.q})'

    @property
    def p(self) -> ClipSpec:
        """ClipSpec: First clip."""
        return self.clips[0]

    @property
    def q(self) -> ClipSpec:
        """ClipSpec: Second clip."""
        return self.clips[1]

    @property
    def relative(self) -> RelativeTransform:
        """RelativeTransform: ρ(p, q) = (v_p, d_p, v_q, d_q, s_q − s_p)."""
        return _relative(self.p, self.q)

    @property
    def order(self) -> ClipOrder:
        """ClipOrder: Whether p lies entirely before q, entirely after it, or overlaps it."""
        return _order(self.p, self.q)

    def swapped(self) -> 'ClipPair':
        """ClipPair: The pair (q, p), whose relative transformation is ρ(q, p)."""
        return ClipPair(self.q, self.p)


def _relative(p: ClipSpec, q: ClipSpec) -> RelativeTransform:
    return RelativeTransform(p.speed, p.direction, q.speed, q.direction, q.start - p.start)


def _order(p: ClipSpec, q: ClipSpec) -> ClipOrder:
    return order_of(q.start - p.start, p.extent, q.extent)


def clip_extent(clip_len: int, speed: int) -> int:
    """Source frames that a clip of ``clip_len`` frames covers at ``speed``, v(T−1)+1.

    Args:
        clip_len: Frames T of the clip.
        speed: Source frames v from one frame of the clip to the next.
    """
    return speed * (clip_len - 1) + 1


def order_of(shift: int, extent_p: int, extent_q: int) -> ClipOrder:
    """Order class of two clips, ``shift`` = s_q − s_p source frames apart."""
    if shift >= extent_p:
        return ClipOrder.BEFORE
    if -shift >= extent_q:
        return ClipOrder.AFTER
    return ClipOrder.OVERLAPPING
