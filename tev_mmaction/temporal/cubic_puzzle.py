"""Space-time cubic puzzles: four pieces of a video, apart in space or in time, shuffled."""

from typing import Dict, Set

import numpy as np

from .base import LabelledClips
from .shuffled import ShuffledClipSampler

_PIECES = 4


class CubicPuzzleSampler(ShuffledClipSampler):
    """Four pieces that are neighbours in space or in time, in shuffled order.

    The puzzle of Kim, Cho & Kweon, *Self-Supervised Video Representation Learning with Space-Time
    Cubic Puzzles*, AAAI 2019. Half of the puzzles are spatial: one clip, of which the pieces show
    the four cells of a 2×2 grid. Half are temporal: four consecutive clips, of which all pieces
    show the same cell. :class:`ClipGridCrop` crops the cells.

    Labels: ``permutation``, the number of the order of the pieces, whether in space (row by row) or
    in time, see :func:`orders_of`; ``cells``, the cell of each clip, 0 … 3, row by row. Videos
    share nothing: set ``group_size=1``.

    Args:
        clip_len (int): Frames T of a clip, ≥ 2.
        interval (int): Source frames between consecutive pieces, ≥ 0. Defaults to 0.
        speed (int): Source frames per step, ≥ 1. Defaults to 1.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = CubicPuzzleSampler(clip_len=16)
        >>> placed = sampler.place(None, num_frames=64, rng=np.random.default_rng(0))
        >>> [clip.start for clip in placed.clips], placed.labels
        ([48, 16, 0, 32], {'permutation': 20, 'cells': (2, 2, 2, 2)})
    """

    def __init__(self, clip_len: int, interval: int = 0, speed: int = 1):
        super().__init__(clip_len, _PIECES, interval, speed)

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        number, order = self._order(rng)
        if rng.random() < 0.5:
            in_time = self._in_time(num_frames, rng)
            clips = [in_time[place] for place in order]
            cells = (int(rng.integers(_PIECES)),) * _PIECES
        else:
            start = int(rng.integers(num_frames - self._extent + 1))
            clips, cells = [self._clip(start)] * _PIECES, order
        return LabelledClips(clips, dict(permutation=number, cells=cells))

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: permutation, cells."""
        possible = super().possible_labels(num_frames)
        return dict(possible, cells=set(range(_PIECES)) if possible['permutation'] else set())
