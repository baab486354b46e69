"""Clips with tasks for every frame: frames out of place, and steps that vary."""

from typing import Dict, List, Sequence, Set

import numpy as np

from .base import ClipSampler, LabelledClips, checked_speeds, is_whole
from .clip import clip_extent
from .frame_clip import FrameClip


class FrameTasksSampler(ClipSampler):
    """Two clips per video: one with frames out of place, and one whose step varies.

    After the frame-level tasks of Dave, Jenni & Shah, *No More Shortcuts: Realizing the Potential
    of Temporal Self-Supervision*, AAAI 2024: out-of-order frame localisation, and prediction of a
    time-varying skip rate. In clip 0, ``num_moved`` frames, drawn at random, change places with
    each other so that none of them stays; the others are consecutive. Clip 1 consists of
    ``num_pieces`` parts of equal length, and the step within each is uniform over the speeds that
    fit. Both are played forwards, and their starts are uniform over the places that fit.

    Labels, tuples of two tuples with a number per frame: ``out_of_place``, 1 for frames that were
    moved; ``skips``, the position among ``speeds`` of the step to the next frame (for the last
    frame, from the one before). What is no task of a clip is 0. Videos share nothing: set
    ``group_size=1``.

    Args:
        clip_len (int): Frames T of a clip, ≥ 2.
        num_moved (int): Frames that change places, from 2 to T. Defaults to 4.
        speeds (Sequence[int]): Steps in source frames, increasing, ≥ 1. Defaults to ``(1, 2, 4)``.
        num_pieces (int): Parts of clip 1, from 1 to T. Defaults to 4.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = FrameTasksSampler(clip_len=6, num_moved=2, num_pieces=2)
        >>> placed = sampler.place(None, num_frames=60, rng=np.random.default_rng(0))
        >>> [len(labels) for labels in placed.labels['skips']]
        [6, 6]
    """

    def __init__(
        self,
        clip_len: int,
        num_moved: int = 4,
        speeds: Sequence[int] = (1, 2, 4),
        num_pieces: int = 4,
    ):
        super().__init__(clip_len)
        for name, value, least in (('num_moved', num_moved, 2), ('num_pieces', num_pieces, 1)):
            if not is_whole(value, least) or value > clip_len:
                raise ValueError(
                    f'{name}={value}: give a whole number from {least} to clip_len={clip_len}'
                )
        self.num_moved = num_moved
        self.speeds = checked_speeds(speeds)
        self.num_pieces = num_pieces

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that can be used."""
        return clip_extent(self.clip_len, self.speeds[0])

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        order = np.arange(self.clip_len)
        moved = rng.choice(self.clip_len, size=self.num_moved, replace=False)
        order[moved] = np.roll(moved, 1)  # in random order: none stays, and all have one cycle
        start = int(rng.integers(num_frames - self.clip_len + 1))
        first = FrameClip(tuple((start + order).tolist()), f'{self.num_moved} out of place')

        fitting = self._fitting(num_frames)
        pieces = np.arange(self.clip_len - 1) * self.num_pieces // (self.clip_len - 1)
        skips = rng.integers(len(fitting), size=self.num_pieces)[pieces]
        frames = np.concatenate([[0], np.cumsum(np.array(fitting)[skips])])
        frames += int(rng.integers(num_frames - frames[-1]))
        second = FrameClip(tuple(frames.tolist()), 'varying steps')

        none = (0,) * self.clip_len
        out_of_place = (order != np.arange(self.clip_len)).astype(int)
        labels = dict(
            out_of_place=(tuple(out_of_place.tolist()), none),
            skips=(none, (*skips.tolist(), int(skips[-1]))),
        )
        return LabelledClips([first, second], labels)

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: out_of_place, skips."""
        if num_frames < self.min_frames:
            return dict(out_of_place=set(), skips=set())
        return dict(out_of_place={0, 1}, skips=set(range(len(self._fitting(num_frames)))))

    def _fitting(self, num_frames: int) -> List[int]:
        return [v for v in self.speeds if clip_extent(self.clip_len, v) <= num_frames]
