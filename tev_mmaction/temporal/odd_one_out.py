"""Several clips of a video, of which one is out of order, as in odd-one-out networks."""

from typing import Dict, List, Set, Union

import numpy as np

from .base import ClipSampler, LabelledClips, is_whole
from .clip import FORWARD, ClipSpec, clip_extent
from .frame_clip import FrameClip


class OddOneOutSampler(ClipSampler):
    """Several clips of a video, of which one shows its frames in a wrong order.

    The task of Fernando, Bilen, Gavves & Gould, *Self-Supervised Video Representation Learning
    With Odd-One-Out Networks*, CVPR 2017. Starts are uniform over the places that fit, and
    independent of each other. The frames of the odd clip are in random order, any order but the
    right one.

    Label ``odd``: the position of the odd clip, uniform over 0 … V−1. Videos share nothing:
    set ``group_size=1``.

    Args:
        clip_len (int): Frames T of a clip, ≥ 2.
        num_clips (int): Clips V per video, ≥ 2. Defaults to 6, as in the paper.
        speed (int): Source frames per step, ≥ 1. Defaults to 1.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = OddOneOutSampler(clip_len=4, num_clips=3)
        >>> placed = sampler.place(None, num_frames=60, rng=np.random.default_rng(0))
        >>> [clip.name for clip in placed.clips], placed.labels
        (['1× shuffled', '1× →', '1× →'], {'odd': 0})
    """

    def __init__(self, clip_len: int, num_clips: int = 6, speed: int = 1):
        super().__init__(clip_len)
        if not is_whole(num_clips, 2):
            raise ValueError(f'num_clips={num_clips}: give a whole number of clips, at least 2')
        if not is_whole(speed, 1):
            raise ValueError(f'speed={speed}: give a whole number of source frames per step, >= 1')
        self.num_clips = num_clips
        self.speed = speed

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that can be used."""
        return clip_extent(self.clip_len, self.speed)

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        starts = rng.integers(num_frames - self.min_frames + 1, size=self.num_clips).tolist()
        clips: List[Union[ClipSpec, FrameClip]] = [
            ClipSpec(start, self.speed, FORWARD, self.clip_len) for start in starts
        ]
        odd = int(rng.integers(self.num_clips))
        frames = tuple(clips[odd].frame_indices()[wrong_order(self.clip_len, rng)].tolist())
        clips[odd] = FrameClip(frames, f'{self.speed}× shuffled')
        return LabelledClips(clips, dict(odd=odd))

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: odd."""
        return dict(odd=set(range(self.num_clips)) if num_frames >= self.min_frames else set())


def wrong_order(length: int, rng: np.random.Generator) -> np.ndarray:
    """A permutation (length,), uniform over all but the identity.

    Args:
        length: Number of elements, ≥ 2.
        rng: Source of randomness.
    """
    while True:
        order = rng.permutation(length)
        if (order != np.arange(length)).any():
            return order
