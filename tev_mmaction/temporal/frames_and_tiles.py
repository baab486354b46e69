"""Four frames of a video, and the four tiles of one of them, in their right order."""

import numpy as np

from .base import ClipSampler, LabelledClips, is_whole
from .frame_clip import FrameClip

_FRAMES, _WHOLE = 4, 4  # frames, and the cell that is the whole grid


class FramesAndTilesSampler(ClipSampler):
    """Four equally spaced single frames, then the tiles of a 2×2 grid over another frame.

    For heads that shuffle by themselves, see :class:`PolicyOrderHead`. The first frame, and the
    frame of the tiles, are uniform over the places that fit. Each frame is a clip that shows it T
    times.

    Label ``cells``, for :class:`ClipGridCrop`: 4, the whole grid, for the four frames, and 0 … 3
    for the tiles, row by row. Videos share nothing: set ``group_size=1``.

    Args:
        clip_len (int): Times T that a clip shows its frame, ≥ 2.
        step (int): Source frames from one of the four frames to the next, ≥ 1. Defaults to 8.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = FramesAndTilesSampler(clip_len=16)
        >>> sampler.min_frames
        25
        >>> placed = sampler.place(None, num_frames=25, rng=np.random.default_rng(0))
        >>> [clip.frames[0] for clip in placed.clips], placed.labels
        ([0, 8, 16, 24, 21, 21, 21, 21], {'cells': (4, 4, 4, 4, 0, 1, 2, 3)})
    """

    def __init__(self, clip_len: int, step: int = 8):
        super().__init__(clip_len)
        if not is_whole(step, 1):
            raise ValueError(f'step={step}: give a whole number of frames, >= 1')
        self.step = step

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that can be used."""
        return (_FRAMES - 1) * self.step + 1

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        first = int(rng.integers(num_frames - self.min_frames + 1))
        frames = [first + place * self.step for place in range(_FRAMES)]
        frames += [int(rng.integers(num_frames))] * 4
        clips = [FrameClip.still(frame, self.clip_len) for frame in frames]
        return LabelledClips(clips, dict(cells=(_WHOLE,) * _FRAMES + (0, 1, 2, 3)))
