"""Draws relative transformations and places them in videos."""

from itertools import product
from typing import Dict, List, Sequence, Set, Tuple

import numpy as np

from .base import ClipSampler, LabelledClips, checked_directions, checked_speeds, is_whole
from .clip import (
    BACKWARD,
    FORWARD,
    ClipOrder,
    ClipPair,
    ClipSpec,
    RelativeTransform,
    clip_extent,
)

_ORDERS = tuple(ClipOrder)


class RelativeTransformSampler(ClipSampler):
    """Draws ρ for a group of videos, then places it in each of them.

    There are two steps because the videos of a group share only ρ: ``sample`` is
    called once with the length of the shortest video, ``place`` once for each video.

    Speeds and directions are uniform over the values that fit. The paper's text does not state how
    shifts are drawn. Here, the starts of both clips are uniform over the positions that fit, and
    their difference is the shift. With ``balance_order``, the order class is drawn first,
    uniformly, so that each class has a third of the pairs if all three fit.

    Args:
        clip_len (int): Frames T of a clip, ≥ 2.
        speeds (Sequence[int]): Playback speeds, increasing, ≥ 1. Defaults to ``(1, 2, 4, 8)``.
        directions (Sequence[int]): ``(1, -1)``, or one of the two. Defaults to ``(1, -1)``.
        balance_order (bool): Draw the three order classes with equal frequency. Defaults to False.
        shifted (bool): With False, both clips start at the same frame, Δ = 0: a group of
            transformations without shifts, for ablations. Defaults to True.
        num_views (int): Number of views of each pair, in the order p, q, p, q, ...; views differ
            only in their spatial augmentation. Not in the paper; for
            :class:`tev_mmaction.models.DistinctivenessHead` in addition to Eq. 1. Defaults to 1.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = RelativeTransformSampler(clip_len=16)
        >>> rng = np.random.default_rng(0)
        >>> relative = sampler.sample(num_frames=120, rng=rng)
        >>> pair = sampler.place(relative, num_frames=300, rng=rng)
        >>> pair.relative == relative
        True
    """

    def __init__(
        self,
        clip_len: int,
        speeds: Sequence[int] = (1, 2, 4, 8),
        directions: Sequence[int] = (FORWARD, BACKWARD),
        balance_order: bool = False,
        shifted: bool = True,
        num_views: int = 1,
    ):
        super().__init__(clip_len)
        self.speeds = checked_speeds(speeds)
        self.directions = checked_directions(directions)
        if balance_order and not shifted:
            raise ValueError('balance_order=True needs shifted=True: clips with one start overlap')
        self.balance_order = balance_order
        self.shifted = shifted
        if not is_whole(num_views, 1):
            raise ValueError(f'num_views={num_views}: give a whole number, at least 1')
        self.num_views = num_views

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that a pair can be drawn from."""
        return clip_extent(self.clip_len, self.speeds[0])

    def required_frames(self, relative: RelativeTransform) -> int:
        """Frames of the shortest video that ``relative`` can be placed in."""
        extent_p, extent_q = self._extents(relative)
        return max(extent_p, relative.shift + extent_q) - min(0, relative.shift)

    def sample(self, num_frames: int, rng: np.random.Generator) -> RelativeTransform:
        """Draw a relative transformation that fits a video.

        Args:
            num_frames (int): Length of the shortest video of the group.
            rng (np.random.Generator): Source of randomness.

        Returns:
            RelativeTransform: ρ with ``required_frames(ρ) <= num_frames``.

        Raises:
            ValueError: If ``num_frames < self.min_frames``.
        """
        self._check_length(num_frames)
        orders = _ORDERS
        if self.balance_order:
            feasible = [o for o in _ORDERS if self._speed_pairs(num_frames, (o,))]
            orders = (feasible[rng.integers(len(feasible))],)
        pairs = self._speed_pairs(num_frames, orders)
        speed_p, speed_q = pairs[rng.integers(len(pairs))]
        direction_p, direction_q = rng.choice(self.directions, size=2)
        shift = self._sample_shift(speed_p, speed_q, num_frames, orders, rng)
        return RelativeTransform(speed_p, int(direction_p), speed_q, int(direction_q), shift)

    def place(
        self, relative: RelativeTransform, num_frames: int, rng: np.random.Generator
    ) -> LabelledClips:
        """Place a relative transformation in a video, uniformly over the positions that fit.

        Args:
            relative (RelativeTransform): What ``sample`` returned.
            num_frames (int): Length of this video.
            rng (np.random.Generator): Source of randomness.

        Returns:
            LabelledClips: A :class:`ClipPair` with ``pair.relative == relative`` and no frame
            outside [0, ``num_frames``); with ``num_views`` above 1, its clips are repeated, and
            the labels include ``draws``.

        Raises:
            ValueError: If the video is too short for ``relative``.
        """
        pair = self.place_pair(relative, num_frames, rng)
        return pair if self.num_views == 1 else self._views(pair)

    def place_pair(
        self, relative: RelativeTransform, num_frames: int, rng: np.random.Generator
    ) -> ClipPair:
        """Both clips of a video, each once, whatever ``num_views`` is.

        Args:
            relative: What ``sample`` returned.
            num_frames: Length of this video.
            rng: Source of randomness.

        Raises:
            ValueError: If the video is too short for ``relative``.
        """
        slack = num_frames - self.required_frames(relative)
        if slack < 0:
            raise ValueError(
                f'a video of {num_frames} frames is too short for {relative}, '
                f'which needs {self.required_frames(relative)}'
            )
        start_p = max(0, -relative.shift) + int(rng.integers(slack + 1))
        return ClipPair(
            ClipSpec(start_p, relative.speed_p, relative.direction_p, self.clip_len),
            ClipSpec(
                start_p + relative.shift, relative.speed_q, relative.direction_q, self.clip_len
            ),
        )

    def _views(self, pair: ClipPair) -> LabelledClips:
        """The clips of a pair, repeated; clips with the same frames have the same draw."""
        clips = pair.clips * self.num_views
        labels = dict(
            pair.labels,
            speeds=tuple(clip.speed for clip in clips),
            directions=tuple(clip.direction for clip in clips),
            draws=tuple(clips.index(clip) for clip in clips),
        )
        return LabelledClips(clips, labels)

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: speeds, directions, order."""
        pairs = self._speed_pairs(num_frames, _ORDERS)
        orders = _ORDERS if self.shifted else (ClipOrder.OVERLAPPING,)
        return dict(
            speeds={speed for pair in pairs for speed in pair},
            directions=set(self.directions) if pairs else set(),
            order={int(order) for order in orders if self._speed_pairs(num_frames, (order,))},
        )

    def _extents(self, relative: RelativeTransform) -> Tuple[int, int]:
        return (
            clip_extent(self.clip_len, relative.speed_p),
            clip_extent(self.clip_len, relative.speed_q),
        )

    def _speed_pairs(self, num_frames: int, orders: Sequence[ClipOrder]) -> List[Tuple[int, int]]:
        """Speed pairs with which at least one of ``orders`` fits into ``num_frames``."""
        fitting = []
        for pair in product(self.speeds, self.speeds):
            extents = [clip_extent(self.clip_len, v) for v in pair]
            needed = max(extents) if ClipOrder.OVERLAPPING in orders else sum(extents)
            if needed <= num_frames:
                fitting.append(pair)
        return fitting

    def _sample_shift(
        self,
        speed_p: int,
        speed_q: int,
        num_frames: int,
        orders: Sequence[ClipOrder],
        rng: np.random.Generator,
    ) -> int:
        """Difference of two uniform starts, given that the order class is one of ``orders``.

        Exact, without rejection: a shift Δ is drawn with probability proportional to the number
        of places (s_p, s_q = s_p + Δ) that have it.
        """
        extent_p, extent_q = (clip_extent(self.clip_len, v) for v in (speed_p, speed_q))
        last_p, last_q = num_frames - extent_p, num_frames - extent_q
        shifts = np.arange(-last_p, last_q + 1)
        places = np.minimum(last_p, last_q - shifts) - np.maximum(0, -shifts) + 1
        before, after = shifts >= extent_p, -shifts >= extent_q
        allowed = np.zeros(shifts.shape, dtype=bool)
        for order, mask in zip(_ORDERS, (before, after, ~(before | after))):
            if order in orders:
                allowed |= mask
        if not self.shifted:
            allowed &= shifts == 0
        cumulative = np.cumsum(places * allowed)
        draw = rng.integers(cumulative[-1])
        return int(shifts[np.searchsorted(cumulative, draw, side='right')])
