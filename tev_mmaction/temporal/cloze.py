"""Three consecutive clips, of which the middle one may be replaced: the cloze procedure."""

from enum import IntEnum
from typing import Dict, List, Set

import numpy as np

from .base import Clip, LabelledClips, Labels
from .frame_clip import FrameClip
from .shuffled import ShuffledClipSampler

_PARTS = 4  # of a clip, two of which change places


class Cloze(IntEnum):
    """What fills the blank in place of the middle clip; the values are the class labels."""

    ORIGINAL = 0
    ROTATION = 1
    PERMUTATION = 2
    ADJACENT = 3
    REMOTE = 4


class ClozeSampler(ShuffledClipSampler):
    """Three consecutive clips in order; one of five options fills the place of the middle one.

    The video cloze procedure of Luo, Liu, Zhou, Yang, Ma, Ye & Wang, *Video Cloze Procedure for
    Self-Supervised Spatio-Temporal Learning*, AAAI 2020. The options, each with probability 1/5:

    - **original**: the middle clip.
    - **rotation**: the middle clip, rotated by one to three quarter turns (:class:`ClipRotation`).
    - **permutation**: the middle clip, whose 2×2 tiles are in another order (:class:`ClipTiles`).
    - **adjacent**: the middle clip, of whose four parts in time two have changed places.
    - **remote**: another clip of the video that does not overlap the middle one, uniform over the
      places that fit.

    Labels: ``operation``, the option, see :class:`Cloze`; ``rotations``, quarter turns of each
    clip; ``tiles``, the order of the tiles of each clip, see :class:`ClipTiles`. Videos share
    nothing: set ``group_size=1``.

    Args:
        clip_len (int): Frames T of a clip, ≥ 4.
        interval (int): Source frames between the end of a clip and the start of the next, ≥ 0.
            Defaults to 8.
        speed (int): Source frames per step, ≥ 1. Defaults to 1.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = ClozeSampler(clip_len=16)
        >>> placed = sampler.place(None, num_frames=64, rng=np.random.default_rng(0))
        >>> Cloze(placed.labels['operation']).name, placed.labels['tiles']
        ('REMOTE', (0, 0, 0))
    """

    def __init__(self, clip_len: int, interval: int = 8, speed: int = 1):
        super().__init__(clip_len, 3, interval, speed)
        if clip_len < _PARTS:
            raise ValueError(f'clip_len={clip_len}: give at least {_PARTS} frames, one per part')

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        clips: List[Clip] = self._in_time(num_frames, rng)
        operation = Cloze(int(rng.integers(len(Cloze))))
        turns = tiles = 0
        if operation == Cloze.ROTATION:
            turns = int(rng.integers(1, 4))
        elif operation == Cloze.PERMUTATION:
            tiles = int(rng.integers(1, 24))
        elif operation == Cloze.ADJACENT:
            clips[1] = self._swapped(clips[1], rng)
        elif operation == Cloze.REMOTE:
            blank = int(clips[1].frame_indices()[0])
            starts = np.arange(num_frames - self._extent + 1)
            apart = starts[np.abs(starts - blank) >= self._extent]
            clips[1] = self._clip(int(rng.choice(apart)))
        labels: Labels = dict(
            operation=int(operation), rotations=(0, turns, 0), tiles=(0, tiles, 0)
        )
        return LabelledClips(clips, labels)

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: operation."""
        return dict(operation=set(map(int, Cloze)) if num_frames >= self.min_frames else set())

    def _swapped(self, clip: Clip, rng: np.random.Generator) -> FrameClip:
        parts = np.array_split(clip.frame_indices(), _PARTS)
        first, second = rng.choice(_PARTS, size=2, replace=False)
        parts[first], parts[second] = parts[second], parts[first]
        return FrameClip(tuple(np.concatenate(parts).tolist()), f'{self.speed}× swapped')
