"""Several pairs per video, to measure how well features predict relative transformations."""

from typing import Dict, Sequence, Set, Tuple, Union

import numpy as np

from .base import ClipSampler, LabelledClips, is_whole
from .clip import BACKWARD, FORWARD, ClipPair
from .sampler import RelativeTransformSampler


class IndependentPairsSampler(ClipSampler):
    """Several pairs per video, drawn independently of each other and of other videos.

    The clips of a video are those of its pairs in sequence: p, q, p, q, ... Each
    pair is drawn as :class:`RelativeTransformSampler` draws a pair for a group of one video.
    Videos share nothing: set ``group_size=1``. For :class:`EquivarianceMetric`.

    Labels: ``speeds`` and ``directions`` of all clips, see :class:`ClipTargets`.

    Args:
        clip_len (int): Frames T of a clip, ≥ 2.
        num_pairs (int): Pairs per video, ≥ 1. Defaults to 4.
        speeds (Sequence[int]): See :class:`RelativeTransformSampler`.
        directions (Sequence[int]): See :class:`RelativeTransformSampler`.
        balance_order (bool): See :class:`RelativeTransformSampler`. Defaults to False.
        shifted (bool): See :class:`RelativeTransformSampler`. Defaults to True.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = IndependentPairsSampler(clip_len=8, num_pairs=3)
        >>> placed = sampler.place(None, num_frames=60, rng=np.random.default_rng(0))
        >>> len(placed.clips)
        6
    """

    def __init__(
        self,
        clip_len: int,
        num_pairs: int = 4,
        speeds: Sequence[int] = (1, 2, 4, 8),
        directions: Sequence[int] = (FORWARD, BACKWARD),
        balance_order: bool = False,
        shifted: bool = True,
    ):
        super().__init__(clip_len)
        if not is_whole(num_pairs, 1):
            raise ValueError(f'num_pairs={num_pairs}: give a whole number, at least 1')
        self.num_pairs = num_pairs
        self.pairs = RelativeTransformSampler(clip_len, speeds, directions, balance_order, shifted)

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that a pair can be drawn from."""
        return self.pairs.min_frames

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        clips = [clip for _ in range(self.num_pairs) for clip in self._pair(num_frames, rng).clips]
        labels: Dict[str, Union[int, Tuple[int, ...]]] = dict(
            speeds=tuple(clip.speed for clip in clips),
            directions=tuple(clip.direction for clip in clips),
        )
        return LabelledClips(clips, labels)

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: speeds, directions."""
        possible = self.pairs.possible_labels(num_frames)
        return {name: possible[name] for name in ('speeds', 'directions')}

    def _pair(self, num_frames: int, rng: np.random.Generator) -> ClipPair:
        return self.pairs.place_pair(self.pairs.sample(num_frames, rng), num_frames, rng)
