"""Two clips that are usually close in time, as in CVRL."""

from typing import Dict, Set

import numpy as np

from .base import ClipSampler, LabelledClips, is_whole
from .clip import FORWARD, ClipSpec, clip_extent


class NearbyClipSampler(ClipSampler):
    """Two clips with the same speed, played forwards; large distances are rare.

    As in CVRL (Qian et al., *Spatiotemporal Contrastive Video Representation Learning*, CVPR 2021),
    the distance d between the starts is drawn first, from a linearly decreasing distribution: if L
    is the last start that fits, P(d) ∝ L + 1 − d for d in 0 … L. The first start is then uniform
    over the L + 1 − d remaining places, so that all ordered pairs of starts are equally likely.
    Clip q never starts before clip p.

    Labels: ``speeds``, ``directions``. Videos share nothing: set ``group_size=1``.

    Args:
        clip_len (int): Frames T of a clip, ≥ 2.
        speed (int): Source frames per step, ≥ 1. Defaults to 2, as in CVRL.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = NearbyClipSampler(clip_len=16)
        >>> p, q = sampler.place(None, num_frames=120, rng=np.random.default_rng(0)).clips
        >>> 0 <= q.start - p.start <= 120 - 31
        True
    """

    def __init__(self, clip_len: int, speed: int = 2):
        super().__init__(clip_len)
        if not is_whole(speed, 1):
            raise ValueError(f'speed={speed}: give a whole number of source frames per step, >= 1')
        self.speed = speed

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that can be used."""
        return clip_extent(self.clip_len, self.speed)

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        last = num_frames - self.min_frames
        places = np.arange(last + 1, 0, -1)  # of distance 0, 1, ..., last
        cumulative = np.cumsum(places)
        draw = rng.integers(cumulative[-1])
        distance = int(np.searchsorted(cumulative, draw, side='right'))
        start = int(rng.integers(places[distance]))
        clips = [
            ClipSpec(first, self.speed, FORWARD, self.clip_len)
            for first in (start, start + distance)
        ]
        return LabelledClips(clips, dict(speeds=(self.speed,) * 2, directions=(FORWARD,) * 2))

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: speeds, directions."""
        if num_frames < self.min_frames:
            return dict(speeds=set(), directions=set())
        return dict(speeds={self.speed}, directions={FORWARD})
