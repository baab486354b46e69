"""The interface of all clip samplers."""

from abc import ABC, abstractmethod
from typing import Any, Dict, Mapping, NamedTuple, Protocol, Sequence, Set, Tuple, Union

import numpy as np

Labels = Mapping[str, Union[int, Tuple[int, ...], Tuple[Tuple[int, ...], ...]]]


class Clip(Protocol):
    """A clip knows which source frames it shows, and what to call it in a caption."""

    @property
    def name(self) -> str:
        """str: For captions."""

    def frame_indices(self) -> np.ndarray:
        """Shape (T,), int64, in the order of playback."""


class LabelledClips(NamedTuple):
    """The clips of one video, and the labels that tasks predict from them.

    Args:
        clips (Sequence[Clip]): V clips of equal length.
        labels (dict): Labels by the names that heads use: an int per video; a tuple of V ints, one
            per clip; or a tuple of V tuples of ints, one per frame.
    """

    clips: Sequence[Clip]
    labels: Labels


class ClipSampler(ABC):
    """Draws clips in two steps: what the videos of a group share, then the clips of each video.

    A new pretext task needs only a sampler and heads: :class:`ClipPairDataset` reads
    the clips, and passes the labels to the heads by name.

    Args:
        clip_len (int): Frames T of a clip, ≥ 2.

    Attributes:
        min_frames (int): Frames of the shortest video that can be used.
        speeds (tuple[int, ...]): Speeds to choose from, increasing; empty where there is no choice.

    Raises:
        ValueError: If ``clip_len`` is out of range.
    """

    speeds: Tuple[int, ...] = ()

    def __init__(self, clip_len: int):
        if not is_whole(clip_len, 2):
            raise ValueError(
                f'clip_len={clip_len}: give a whole number of frames, at least 2 to hold motion'
            )
        self.clip_len = clip_len

    @property
    @abstractmethod
    def min_frames(self) -> int:
        """int: See the class."""

    def sample(self, num_frames: int, rng: np.random.Generator) -> Any:
        """Draw what the videos of a group share; nothing by default.

        Args:
            num_frames (int): Length of the shortest video of the group.
            rng (np.random.Generator): Source of randomness.

        Returns:
            Any: The argument ``shared`` of :meth:`place` for each of the videos.
        """
        return None

    def required_frames(self, shared: Any) -> int:
        """Frames of the shortest video that :meth:`place` accepts with ``shared``.

        Args:
            shared: What :meth:`sample` returned.
        """
        return self.min_frames

    @abstractmethod
    def place(self, shared: Any, num_frames: int, rng: np.random.Generator) -> LabelledClips:
        """Draw the clips of a video.

        Args:
            shared (Any): What :meth:`sample` returned.
            num_frames (int): Length of this video.
            rng (np.random.Generator): Source of randomness.

        Returns:
            LabelledClips: No frame outside [0, ``num_frames``).

        Raises:
            ValueError: If the video is shorter than ``required_frames(shared)``.
        """

    def possible_labels(self, num_frames: int) -> Dict[str, Set[int]]:
        """Possible values of the labels, by name, to find classes that never occur before training.

        Args:
            num_frames (int): Length of the video, or of the shortest video of a group.

        Returns:
            dict[str, set[int]]: Empty sets if the video is too short. Labels that are not in the
            dict may have any value; by default, it is empty.
        """
        return {}

    def _check_length(self, num_frames: int) -> None:
        if num_frames < self.min_frames:
            raise ValueError(
                f'a video of {num_frames} frames is too short: {type(self).__name__} with clips of '
                f'{self.clip_len} frames needs {self.min_frames}'
            )


def is_whole(value: Any, least: int) -> bool:
    """Whether a value is an integer (not a bool) and at least ``least``."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return whole and bool(value >= least)


def as_tuple(values: Union[int, Sequence[int]]) -> tuple:
    """A tuple of one or more values."""
    return tuple(values) if isinstance(values, (list, tuple)) else (values,)


def checked_speeds(speeds: Union[int, Sequence[int]]) -> Tuple[int, ...]:
    """Speeds as a tuple.

    Raises:
        ValueError: If they are not whole, positive and increasing.
    """
    speeds = as_tuple(speeds)
    whole = all(is_whole(speed, 1) for speed in speeds)
    if not speeds or not whole or any(a >= b for a, b in zip(speeds, speeds[1:])):
        raise ValueError(
            f'speeds={speeds}: give whole numbers >= 1 in increasing order, '
            'for example speeds=(1, 2, 4, 8)'
        )
    return speeds


def checked_directions(directions: Union[int, Sequence[int]]) -> Tuple[int, ...]:
    """Directions as a tuple.

    Raises:
        ValueError: If they are not one or both of +1 and −1.
    """
    directions = as_tuple(directions)
    if not directions or len(set(directions)) != len(directions) or not set(directions) <= {1, -1}:
        raise ValueError(f'directions={directions}: give (1, -1), (1,) or (-1,)')
    return directions
