"""Consecutive clips, or frames, of a video in shuffled order."""

from itertools import permutations
from typing import Dict, List, Set, Tuple

import numpy as np

from .base import Clip, LabelledClips
from .consecutive import ConsecutiveClipSampler
from .frame_clip import FrameClip

MAX_CLIPS = 6  # 720 orders


class ShuffledClipSampler(ConsecutiveClipSampler):
    """Consecutive clips with a fixed gap, shuffled, as in VCOP; or single frames, as in OPN.

    All clips are played forwards at one speed (Xu et al., *Self-supervised Spatiotemporal Learning
    via Video Clip Order Prediction*, CVPR 2019). The start of the first clip is uniform over the
    positions that fit, and so is the order: clip i of the sample is the ``order[i]``-th in time.

    Label ``permutation``: the position of ``order`` in :func:`orders_of`, the class for
    :class:`ClipOrderHead`. Videos share nothing: set ``group_size=1``.

    With ``stills`` and ``reversible``, the task is that of Lee, Huang, Singh & Yang, *Unsupervised
    Representation Learning by Sorting Sequences*, ICCV 2017 (OPN).

    Args:
        clip_len (int): Frames T of a clip, ≥ 2.
        num_clips (int): Clips per video, from 2 to 6. Defaults to 3, as in VCOP.
        interval (int): Source frames between the end of a clip and the start of the next, ≥ 0; with
            0, clips touch. Defaults to 8, as in VCOP.
        speed (int): Source frames per step, ≥ 1. Defaults to 1, as in VCOP.
        stills (bool): A clip shows its first frame T times, and its extent is one frame. Defaults
            to False.
        reversible (bool): An order and its reverse have the same label. Defaults to False.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = ShuffledClipSampler(clip_len=16)
        >>> sampler.min_frames
        64
        >>> placed = sampler.place(None, num_frames=64, rng=np.random.default_rng(0))
        >>> [clip.start for clip in placed.clips], placed.labels
        ([48, 24, 0], {'permutation': 5})
    """

    def __init__(
        self,
        clip_len: int,
        num_clips: int = 3,
        interval: int = 8,
        speed: int = 1,
        stills: bool = False,
        reversible: bool = False,
    ):
        super().__init__(clip_len, num_clips, interval, speed)
        if num_clips > MAX_CLIPS:
            raise ValueError(
                f'num_clips={num_clips}: give a whole number from 2 to {MAX_CLIPS}, as there are '
                'num_clips! orders to classify'
            )
        self.stills = stills
        self.reversible = reversible
        self._orders = orders_of(num_clips, reversible)

    @property
    def _extent(self) -> int:
        return 1 if self.stills else super()._extent

    def _clip(self, start: int) -> Clip:
        return FrameClip.still(start, self.clip_len) if self.stills else super()._clip(start)

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        number, order = self._order(rng)
        if self.reversible and rng.random() < 0.5:
            order = order[::-1]
        in_time = self._in_time(num_frames, rng)
        return LabelledClips([in_time[place] for place in order], dict(permutation=number))

    def _order(self, rng: np.random.Generator) -> Tuple[int, Tuple[int, ...]]:
        """An order and its number."""
        number = int(rng.integers(len(self._orders)))
        return number, self._orders[number]

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: permutation."""
        fits = num_frames >= self.min_frames
        return dict(permutation=set(range(len(self._orders))) if fits else set())


def orders_of(num_clips: int, reversible: bool = False) -> List[Tuple[int, ...]]:
    """Orders of clips, as the label ``permutation`` numbers them.

    Args:
        num_clips: Number of clips V.
        reversible: Only one of an order and its reverse: the one that begins with the earlier of
            the two clips at its ends.

    Returns:
        list[tuple[int, ...]]: V! orders, or V!/2, in the order of ``itertools.permutations``.
    """
    orders = list(permutations(range(num_clips)))
    return [order for order in orders if not reversible or order[0] < order[-1]]
