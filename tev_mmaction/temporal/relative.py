"""The relative transformation of a clip pair, the label of the equivariance loss (Eq. 1)."""

from dataclasses import astuple, dataclass
from numbers import Integral

_SPEED_BITS, _SHIFT_BITS = 15, 31
_MAX_SPEED = (1 << _SPEED_BITS) - 1
_MAX_SHIFT = (1 << (_SHIFT_BITS - 1)) - 1


@dataclass(frozen=True)
class RelativeTransform:
    """ρ(p, q), five numbers. Where in its video the pair lies is not among them.

    Args:
        speed_p (int): Speed of clip p in source frames a step, in [1, 32767].
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
