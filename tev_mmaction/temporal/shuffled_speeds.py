"""Clips of different speeds and directions in shuffled order."""

from typing import Dict, Sequence, Set

import numpy as np

from .base import ClipSampler, LabelledClips, Labels, as_tuple, is_whole
from .clip import BACKWARD, FORWARD, ClipSpec, clip_extent
from .shuffled import MAX_CLIPS, orders_of


class ShuffledSpeedsSampler(ClipSampler):
    """One clip for each of several velocities, in shuffled order.

    The task of Cho, Kim, Chang & Hwang, *Self-Supervised Visual Learning by Variable Playback
    Speeds Prediction of a Video*, IEEE Access 2021: to sort clips by their playback speed, where
    clips that are played backwards have negative speeds. Starts are uniform over the places that
    fit, and independent of each other, so the position in the video does not give the speed away.

    Labels: ``permutation``, the number of the order, see :func:`orders_of`: clip i has the
    ``order[i]``-th of the increasing velocities; ``speeds`` and ``directions``, see
    :class:`ClipTargets`. Videos share nothing: set ``group_size=1``.

    Args:
        clip_len (int): Frames T of a clip, ≥ 2.
        velocities (Sequence[int]): Two to six signed speeds, increasing, without 0; the sign is
            the direction. Defaults to ``(-2, -1, 1, 2)``.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = ShuffledSpeedsSampler(clip_len=16)
        >>> placed = sampler.place(None, num_frames=64, rng=np.random.default_rng(0))
        >>> [clip.name for clip in placed.clips], placed.labels['permutation']
        (['2× →', '1× ←', '2× ←', '1× →'], 20)
    """

    def __init__(self, clip_len: int, velocities: Sequence[int] = (-2, -1, 1, 2)):
        super().__init__(clip_len)
        velocities = as_tuple(velocities)
        whole = all(is_whole(abs(velocity), 1) for velocity in velocities)
        increasing = all(a < b for a, b in zip(velocities, velocities[1:]))
        if not (whole and increasing and 2 <= len(velocities) <= MAX_CLIPS):
            raise ValueError(
                f'velocities={velocities}: give two to {MAX_CLIPS} whole numbers other than 0 in '
                'increasing order, for example velocities=(-2, -1, 1, 2)'
            )
        self.velocities = velocities
        self._orders = orders_of(len(velocities))

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that can be used."""
        return clip_extent(self.clip_len, max(map(abs, self.velocities)))

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        number = int(rng.integers(len(self._orders)))
        clips = []
        for velocity in (self.velocities[place] for place in self._orders[number]):
            start = int(rng.integers(num_frames - clip_extent(self.clip_len, abs(velocity)) + 1))
            direction = FORWARD if velocity > 0 else BACKWARD
            clips.append(ClipSpec(start, abs(velocity), direction, self.clip_len))
        labels: Labels = dict(
            permutation=number,
            speeds=tuple(clip.speed for clip in clips),
            directions=tuple(clip.direction for clip in clips),
        )
        return LabelledClips(clips, labels)

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: permutation, speeds, directions."""
        if num_frames < self.min_frames:
            return dict(permutation=set(), speeds=set(), directions=set())
        return dict(
            permutation=set(range(len(self._orders))),
            speeds=set(map(abs, self.velocities)),
            directions={FORWARD if velocity > 0 else BACKWARD for velocity in self.velocities},
        )
