"""Consecutive clips of a video in the order of time."""

from typing import Dict, List, Set

import numpy as np

from .base import Clip, ClipSampler, LabelledClips, Labels, is_whole
from .clip import FORWARD, ClipSpec, clip_extent


class ConsecutiveClipSampler(ClipSampler):
    """Consecutive clips with a fixed gap, played forwards at one speed, in the order of time.

    The start of the first clip is uniform over the positions that fit. For tasks that predict
    clips from others, such as DPC and CBT. Videos share nothing: set ``group_size=1``.

    Labels: ``speeds``, ``directions``.

    Args:
        clip_len (int): Frames T of a clip, ≥ 2.
        num_clips (int): Clips per video, ≥ 2. Defaults to 8.
        interval (int): Source frames between the end of a clip and the start of the next, ≥ 0; with
            0, clips touch. Defaults to 0.
        speed (int): Source frames per step, ≥ 1. Defaults to 1.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = ConsecutiveClipSampler(clip_len=5, num_clips=8, interval=2, speed=3)
        >>> sampler.min_frames
        118
        >>> placed = sampler.place(None, num_frames=118, rng=np.random.default_rng(0))
        >>> [clip.start for clip in placed.clips]
        [0, 15, 30, 45, 60, 75, 90, 105]
    """

    def __init__(self, clip_len: int, num_clips: int = 8, interval: int = 0, speed: int = 1):
        super().__init__(clip_len)
        for name, value, least in (
            ('num_clips', num_clips, 2),
            ('interval', interval, 0),
            ('speed', speed, 1),
        ):
            if not is_whole(value, least):
                raise ValueError(f'{name}={value}: give a whole number, >= {least}')
        self.num_clips = num_clips
        self.interval = interval
        self.speed = speed

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that can be used."""
        return self.num_clips * (self._extent + self.interval) - self.interval

    @property
    def _extent(self) -> int:
        """Source frames that a clip covers."""
        return clip_extent(self.clip_len, self.speed)

    def _clip(self, start: int) -> Clip:
        return ClipSpec(start, self.speed, FORWARD, self.clip_len)

    def _in_time(self, num_frames: int, rng: np.random.Generator) -> List[Clip]:
        """The clips in the order of time."""
        first = int(rng.integers(num_frames - self.min_frames + 1))
        stride = self._extent + self.interval
        return [self._clip(first + place * stride) for place in range(self.num_clips)]

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        labels: Labels = dict(
            speeds=(self.speed,) * self.num_clips, directions=(FORWARD,) * self.num_clips
        )
        return LabelledClips(self._in_time(num_frames, rng), labels)

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: speeds, directions."""
        fits = num_frames >= self.min_frames
        return dict(speeds={self.speed} if fits else set(), directions={FORWARD} if fits else set())
