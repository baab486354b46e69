"""Clips that are drawn independently of each other and of other videos."""

from typing import Dict, List, Sequence, Set, Tuple, Union

import numpy as np

from .base import ClipSampler, LabelledClips, checked_directions, checked_speeds, is_whole
from .clip import BACKWARD, FORWARD, ClipSpec, clip_extent


class IndependentClipSampler(ClipSampler):
    """Several temporal draws per video, each with several clips.

    Speed, direction and start of a draw are uniform over the values that fit. The clips of a draw
    differ only in their spatial augmentation. Videos share nothing: set ``group_size=1``, unless
    groups share spatial draws.

    Labels: ``speeds``, ``directions``, ``draws``, see :class:`ClipTargets`. If two draws happen
    to be equal, their clips have the same number in ``draws``.

    Args:
        clip_len (int): Frames T of a clip, ≥ 2.
        speeds (Sequence[int]): Playback speeds, increasing, ≥ 1. Defaults to ``(1, 2, 4, 8)``.
        directions (Sequence[int]): ``(1, -1)``, or one of the two. Defaults to ``(1, -1)``.
        num_draws (int): Temporal draws per video, ≥ 1. Defaults to 2.
        num_views (int): Clips per draw, ≥ 1. Defaults to 1.
        distinct_speeds (bool): Speeds of a video are drawn without replacement. Defaults to False.
        draws_per_speed (int): Successive draws that have the same drawn speed; divides
            ``num_draws``. Defaults to 1.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = IndependentClipSampler(clip_len=4, num_draws=2, num_views=2)
        >>> placed = sampler.place(None, num_frames=60, rng=np.random.default_rng(0))
        >>> placed.labels['draws']
        (0, 0, 1, 1)
    """

    def __init__(
        self,
        clip_len: int,
        speeds: Sequence[int] = (1, 2, 4, 8),
        directions: Sequence[int] = (FORWARD, BACKWARD),
        num_draws: int = 2,
        num_views: int = 1,
        distinct_speeds: bool = False,
        draws_per_speed: int = 1,
    ):
        super().__init__(clip_len)
        self.speeds = checked_speeds(speeds)
        self.directions = checked_directions(directions)
        for name, value in dict(num_draws=num_draws, num_views=num_views).items():
            if not is_whole(value, 1):
                raise ValueError(f'{name}={value}: give a whole number, at least 1')
        if not is_whole(draws_per_speed, 1) or num_draws % draws_per_speed:
            raise ValueError(
                f'draws_per_speed={draws_per_speed}: give a whole number that divides '
                f'num_draws={num_draws}'
            )
        self._num_speeds = num_draws // draws_per_speed
        if distinct_speeds and self._num_speeds > len(self.speeds):
            raise ValueError(
                f'num_draws={num_draws} of distinct_speeds need {self._num_speeds} speeds, but '
                f'speeds={self.speeds}'
            )
        self.num_draws = num_draws
        self.num_views = num_views
        self.distinct_speeds = distinct_speeds
        self.draws_per_speed = draws_per_speed

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that can be used."""
        slowest = self._num_speeds - 1 if self.distinct_speeds else 0
        return clip_extent(self.clip_len, self.speeds[slowest])

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        fitting = self._fitting(num_frames)
        speeds = rng.choice(fitting, size=self._num_speeds, replace=not self.distinct_speeds)
        draws = []
        for speed in speeds.repeat(self.draws_per_speed).tolist():
            direction = int(rng.choice(self.directions))
            last = num_frames - clip_extent(self.clip_len, speed)
            draws.append(ClipSpec(int(rng.integers(last + 1)), speed, direction, self.clip_len))
        clips = [draw for draw in draws for _ in range(self.num_views)]
        labels: Dict[str, Union[int, Tuple[int, ...]]] = dict(
            speeds=tuple(clip.speed for clip in clips),
            directions=tuple(clip.direction for clip in clips),
            draws=tuple(draws.index(clip) for clip in clips),
        )
        return LabelledClips(clips, labels)

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: speeds, directions."""
        if num_frames < self.min_frames:
            return dict(speeds=set(), directions=set())
        return dict(speeds=set(self._fitting(num_frames)), directions=set(self.directions))

    def _fitting(self, num_frames: int) -> List[int]:
        return [v for v in self.speeds if clip_extent(self.clip_len, v) <= num_frames]
