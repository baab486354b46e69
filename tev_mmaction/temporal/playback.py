"""Four temporal transformations of a video, which a head classifies."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Dict, List, Sequence, Set, Tuple, Union

import numpy as np

from .base import ClipSampler, LabelledClips, checked_speeds
from .clip import clip_extent


class Playback(IntEnum):
    """How a clip is played; the values are the class labels of :class:`PlaybackHead`."""

    UNIFORM = 0
    RANDOM = 1
    PERIODIC = 2
    WARP = 3


@dataclass(frozen=True)
class PlaybackClip:
    """A clip that shows any frames, in any order.

    Args:
        playback (Playback): The transformation.
        frames (tuple[int, ...]): Source frames in playback order.
        speed (int): Source frames per step; 0 if steps differ.
    """

    playback: Playback
    frames: Tuple[int, ...]
    speed: int

    @property
    def name(self) -> str:
        """str: For captions."""
        name = self.playback.name.lower()
        return f'{name} {self.speed}×' if self.speed else name

    def frame_indices(self) -> np.ndarray:
        """Shape (T,), int64, in the order of playback."""
        return np.array(self.frames, dtype=np.int64)


class PlaybackSampler(ClipSampler):
    """Four clips of a video: uniform, random, periodic, warped.

    The transformations of Jenni, Meishvili and Favaro, *Video Representation Learning by
    Recognizing Temporal Transformations*, ECCV 2020, in the details of their released code:

    - **uniform**: every v-th frame. v is uniform over the speeds that fit, drawn once per video.
    - **random**: T consecutive frames in random order.
    - **periodic**: forwards, then backwards, at the same speed v. The turn is uniform over the
      positions with at least two frames on either side. The first frame after the turn lies
      1 … v − 1 frames beyond the last frame before it, so that the two halves show different
      frames. At v = 1, there are no other frames, and it lies 0 or 1 frames beyond.
    - **warp**: the steps between frames are independent and uniform in 1 … M, where M is the
      fastest speed that fits. If M < 3, such steps would hardly vary; the frames are then T
      of all frames of the video, drawn without replacement. A warp that turns out uniform is
      drawn again.

    The position of a clip in its video is uniform over the positions that fit, independently of
    the other three clips.

    Labels: ``playback``, classes of :class:`Playback`; ``speeds``, the speed v of a uniform or
    periodic clip, otherwise 0. Videos share nothing: set ``group_size=1``.

    Args:
        clip_len (int): Frames T of a clip, ≥ 4.
        speeds (Sequence[int]): Playback speeds, increasing, ≥ 1. Defaults to ``(1, 2, 4, 8)``.

    Raises:
        ValueError: If an argument is outside its range; the message names value and remedy.

    Example:
        >>> sampler = PlaybackSampler(clip_len=16)
        >>> placed = sampler.place(None, num_frames=200, rng=np.random.default_rng(0))
        >>> placed.labels['playback']
        (0, 1, 2, 3)
    """

    def __init__(self, clip_len: int, speeds: Sequence[int] = (1, 2, 4, 8)):
        super().__init__(clip_len)
        if clip_len < 4:
            raise ValueError(
                f'clip_len={clip_len}: give at least 4 frames, to go forwards and backwards'
            )
        self.speeds = checked_speeds(speeds)

    @property
    def min_frames(self) -> int:
        """int: Frames of the shortest video that can be used; one more than T for a warp."""
        return max(clip_extent(self.clip_len, self.speeds[0]), self.clip_len + 1)

    def place(self, shared: None, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """See :meth:`ClipSampler.place`."""
        self._check_length(num_frames)
        fitting = self._fitting(num_frames)
        speed = int(rng.choice(fitting))
        drawn = (
            (Playback.UNIFORM, speed * np.arange(self.clip_len), speed),
            (Playback.RANDOM, rng.permutation(self.clip_len), 0),
            (Playback.PERIODIC, self._periodic(speed, rng), speed),
            (Playback.WARP, self._warped(fitting[-1], num_frames, rng), 0),
        )
        clips = []
        for playback, frames, clip_speed in drawn:
            frames = frames + rng.integers(-frames.min(), num_frames - frames.max())
            clips.append(PlaybackClip(playback, tuple(frames.tolist()), clip_speed))
        labels: Dict[str, Union[int, Tuple[int, ...]]] = dict(
            playback=tuple(int(clip.playback) for clip in clips),
            speeds=tuple(clip.speed for clip in clips),
        )
        return LabelledClips(clips, labels)

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """See :meth:`ClipSampler.possible_labels`: playback, speeds."""
        if num_frames < self.min_frames:
            return dict(playback=set(), speeds=set())
        return dict(playback=set(map(int, Playback)), speeds={0, *self._fitting(num_frames)})

    def _fitting(self, num_frames: int) -> List[int]:
        return [v for v in self.speeds if clip_extent(self.clip_len, v) <= num_frames]

    def _periodic(self, speed: int, rng: np.random.Generator) -> np.ndarray:
        """Frames relative to the last frame before the turn."""
        before = int(rng.integers(2, self.clip_len - 1))
        beyond = rng.integers(1, speed) if speed > 1 else rng.integers(2)
        there = -speed * np.arange(before)[::-1]
        back = beyond - speed * np.arange(self.clip_len - before)
        return np.concatenate([there, back])

    def _warped(self, fastest: int, num_frames: int, rng: np.random.Generator) -> np.ndarray:
        """Frames relative to the first frame."""
        while True:
            if fastest < 3:
                frames = np.sort(rng.choice(num_frames, size=self.clip_len, replace=False))
            else:
                steps = rng.integers(1, fastest + 1, size=self.clip_len - 1)
                frames = np.concatenate([[0], np.cumsum(steps)])
            if len(set(np.diff(frames).tolist())) > 1:
                return frames - frames[0]
