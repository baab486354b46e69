"""Clips at half the step of their playback rate, as in PRP."""

from typing import Dict, List, Sequence, Set

import numpy as np

from .base import ClipSampler, LabelledClips, checked_speeds
from .frame_clip import FrameClip


class SlowMotionSampler(ClipSampler):
    """One clip whose every other frame is a clip at a playback rate.

    For the playback rate perception of Yao, Liu, Luo, Zhou & Ye, *Video Playback Rate Perception
    for Self-Supervised Spatio-Temporal Representation Learning*, CVPR 2020 (PRP). Frame k is source
    frame ⌊k·s/2⌋ from the start, for a rate s that is uniform over those that fit. Frames 0, 2,
    4, … are a clip at rate s, which a network with ``frame_step=2`` is given; all frames show it in
    slow motion, which :class:`ReconstructionHead` reconstructs. At rate 1, every frame comes twice.
    The start is uniform over the places that fit.

    Label ``speeds``: s. Videos share nothing: set ``group_size=1``.

    Args:
        clip_len (int): Frames L of a clip in slow motion, ≥ 2; the network sees L/2.
        speeds (Sequence[int]): Playback rates, increasing, ≥ 1. Defaults to ``(1, 2, 4, 8)``.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = SlowMotionSampler(clip_len=6, speeds=1)
        >>> sampler.place(None, 3, np.random.default_rng(0)).clips[0].frames
        (0, 0, 1, 1, 2, 2)
    """

    def __init__(self, clip_len: int, speeds: Sequence[int] = (1, 2, 4, 8)):
        super().__init__(clip_len)
        self.speeds = checked_speeds(speeds)

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that can be used."""
        return self._extent(self.speeds[0])

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        speed = int(rng.choice(self._fitting(num_frames)))
        start = int(rng.integers(num_frames - self._extent(speed) + 1))
        frames = start + np.arange(self.clip_len) * speed // 2
        clip = FrameClip(tuple(frames.tolist()), f'{speed}× in slow motion')
        return LabelledClips([clip], dict(speeds=(speed,)))

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: speeds."""
        return dict(speeds=set(self._fitting(num_frames)))

    def _extent(self, speed: int) -> int:
        return (self.clip_len - 1) * speed // 2 + 1

    def _fitting(self, num_frames: int) -> List[int]:
        return [speed for speed in self.speeds if self._extent(speed) <= num_frames]
