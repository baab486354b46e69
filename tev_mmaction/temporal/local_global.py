"""Consecutive clips of a video, and one clip that spans all of them."""

from typing import Dict, Set

import numpy as np

from .base import ClipSampler, LabelledClips, Labels, is_whole
from .clip import FORWARD, ClipSpec, clip_extent


class LocalGlobalClipSampler(ClipSampler):
    """Consecutive local clips, several views of each, and a global clip over the same time.

    As in TCLR (Dave et al., *TCLR: Temporal Contrastive Learning for Video Representation*, CVIU
    2022): local clips touch, and the global clip starts with the first of them and is as many
    times faster as there are. Its i-th part, of equal parts, shows the time of local clip i. All
    are played forwards; the start of the first clip is uniform over the positions that fit. The
    clips of a video are the views of the first local clip, of the second, ..., and the global clip.

    Labels: ``speeds``, ``directions``, and ``draws``, the number of the local clip; of the global
    clip ``num_local``. Videos share nothing: set ``group_size=1``.

    Args:
        clip_len (int): Frames T of a clip, ≥ 2.
        num_local (int): Local clips, ≥ 2. Defaults to 4, as in TCLR.
        num_views (int): Views of each local clip, ≥ 1. Defaults to 2, as in TCLR.
        speed (int): Source frames per step of a local clip, ≥ 1. Defaults to 1, as in TCLR.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = LocalGlobalClipSampler(clip_len=16, num_views=1)
        >>> placed = sampler.place(None, num_frames=64, rng=np.random.default_rng(0))
        >>> [(clip.start, clip.speed) for clip in placed.clips]
        [(0, 1), (16, 1), (32, 1), (48, 1), (0, 4)]
    """

    def __init__(self, clip_len: int, num_local: int = 4, num_views: int = 2, speed: int = 1):
        super().__init__(clip_len)
        for name, value, least in (
            ('num_local', num_local, 2),
            ('num_views', num_views, 1),
            ('speed', speed, 1),
        ):
            if not is_whole(value, least):
                raise ValueError(f'{name}={value}: give a whole number, >= {least}')
        self.num_local = num_local
        self.num_views = num_views
        self.speed = speed

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that can be used."""
        return clip_extent(self.clip_len * self.num_local, self.speed)

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        first = int(rng.integers(num_frames - self.min_frames + 1))
        draws = [number for number in range(self.num_local) for _ in range(self.num_views)]
        stride = self.clip_len * self.speed
        clips = [
            ClipSpec(first + number * stride, self.speed, FORWARD, self.clip_len)
            for number in draws
        ]
        clips.append(ClipSpec(first, self.num_local * self.speed, FORWARD, self.clip_len))
        labels: Labels = dict(
            speeds=tuple(clip.speed for clip in clips),
            directions=(FORWARD,) * len(clips),
            draws=(*draws, self.num_local),
        )
        return LabelledClips(clips, labels)

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: speeds, directions."""
        if num_frames < self.min_frames:
            return dict(speeds=set(), directions=set())
        return dict(speeds={self.speed, self.num_local * self.speed}, directions={FORWARD})
