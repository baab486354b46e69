"""Three frames of a video, in order or not, as in Shuffle & Learn."""

from typing import Dict, Set

import numpy as np

from .base import ClipSampler, LabelledClips, is_whole
from .frame_clip import FrameClip


class OrderVerificationSampler(ClipSampler):
    """Three single frames; the middle one is from between the other two, or not.

    As in Shuffle & Learn (Misra, Zitnick & Hebert, *Shuffle and Learn: Unsupervised Learning using
    Temporal Order Verification*, ECCV 2016), five frames a < b < c < d < e of a video give one of
    the tuples (b, c, d), which is in order, and (b, a, d) and (b, e, d), which are not. All three
    begin and end with the same frames, so only the middle one tells them apart. Half of the tuples
    are played backwards, which does not change whether they are in order.

    The distance d − b is uniform over 2 … ``max_span``, as far as it fits; b, and then a, c and e,
    are uniform over what fits, a and e at least ``min_gap`` frames from b and d. Each frame is a
    clip that shows it T times.

    Label ``in_order``: 1 for (b, c, d), else 0. Videos share nothing: set ``group_size=1``.

    Args:
        clip_len (int): Times T that a clip shows its frame, ≥ 2.
        max_span (int): Greatest d − b, ≥ 2. Defaults to 60, as in the paper.
        min_gap (int): Least b − a and e − d, ≥ 1. Defaults to 15, as in the paper.
        share (float): Probability of a tuple in order, within (0, 1). Defaults to 0.25.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = OrderVerificationSampler(clip_len=16)
        >>> placed = sampler.place(None, num_frames=100, rng=np.random.default_rng(0))
        >>> [clip.name for clip in placed.clips], placed.labels
        (['frame 78', 'frame 0', 'frame 26'], {'in_order': 0})
    """

    def __init__(self, clip_len: int, max_span: int = 60, min_gap: int = 15, share: float = 0.25):
        super().__init__(clip_len)
        for name, value, least in (('max_span', max_span, 2), ('min_gap', min_gap, 1)):
            if not is_whole(value, least):
                raise ValueError(f'{name}={value}: give a whole number of frames, >= {least}')
        if not 0 < share < 1:
            raise ValueError(f'share={share}: give a probability within (0, 1)')
        self.max_span = max_span
        self.min_gap = min_gap
        self.share = share

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that can be used."""
        return 2 * self.min_gap + 3

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        room = num_frames - 1 - 2 * self.min_gap  # greatest d - b that leaves room for a and e
        span = int(rng.integers(2, min(self.max_span, room) + 1))
        first = self.min_gap + int(rng.integers(room - span + 1))
        last = first + span
        in_order = bool(rng.random() < self.share)
        if in_order:
            middle = rng.integers(first + 1, last)
        elif rng.random() < 0.5:
            middle = rng.integers(first - self.min_gap + 1)
        else:
            middle = rng.integers(last + self.min_gap, num_frames)
        ends = (first, last) if rng.random() < 0.5 else (last, first)
        frames = (ends[0], int(middle), ends[1])
        clips = [FrameClip.still(frame, self.clip_len) for frame in frames]
        return LabelledClips(clips, dict(in_order=int(in_order)))

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: in_order."""
        return dict(in_order={0, 1} if num_frames >= self.min_frames else set())
