"""The common interface of the video decoders."""

from abc import ABC, abstractmethod
from typing import BinaryIO, Iterator, Sequence, Tuple, Union

import cv2
import numpy as np

Source = Union[str, BinaryIO]


class VideoError(RuntimeError):
    """A video cannot be used. Training skips it; tools list it.

    Args:
        filename (str): The video.
        reason (str): The problem, in words for a user.
    """

    def __init__(self, filename: str, reason: str):
        super().__init__(filename, reason)
        self.filename = filename
        self.reason = reason

    def __str__(self) -> str:
        return f'{self.filename}: {self.reason}'


class VideoReader(ABC):
    """One open video.

    Frames are upright as players show them: the file's display rotation, a multiple of 90 degrees,
    is applied to pixels and ``size`` (mirroring is not). Frames of a variable-frame-rate file are
    counted, not timed: index i is the i-th frame shown. Frames that an edit list removes
    do not count.

    Subclasses raise :class:`VideoError` for all errors of the decoder.

    Args:
        source (str | BinaryIO): A local path, or the bytes of the file as a binary stream.
        filename (str): Name used in errors.
    """

    def __init__(self, source: Source, filename: str):
        self.filename = filename
        self._open(source)

    @abstractmethod
    def _open(self, source: Source) -> None:
        """Open the video and prepare the decoder."""

    @abstractmethod
    def __len__(self) -> int:
        """int: Number of frames shown.

        Raises:
            VideoError: If the length requires decoding, and the video is damaged.
        """

    def may_have(self, num_frames: int) -> bool:
        """Whether the video may have this many frames, as far as is known without decoding.

        Args:
            num_frames: Number of frames, ≥ 1.
        """
        return len(self) == num_frames

    @property
    @abstractmethod
    def fps(self) -> float:
        """float: Average frames per second, 0.0 if unknown."""

    @property
    @abstractmethod
    def size(self) -> Tuple[int, int]:
        """tuple[int, int]: Width and height in pixels."""

    @abstractmethod
    def _frames(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        """Decode ascending indices, as far as they exist; see :meth:`frames`."""

    def _grey_frames(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        """As :meth:`_frames`, in grey; from RGB unless a decoder has a better source."""
        for frame in self._frames(indices):
            yield in_three_channels(cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2GRAY))

    @abstractmethod
    def count_decodable(self) -> int:
        """Decode the video to its end and count the decoded frames."""

    @property
    def note(self) -> str:
        """str: Peculiarities of a valid video, found by :meth:`count_decodable`."""
        return ''

    def frames(
        self, indices: Union[Sequence[int], np.ndarray], grey: bool = False
    ) -> Iterator[np.ndarray]:
        """Decode frames in one pass, and yield each frame when it is decoded.

        Args:
            indices (Sequence[int]): Strictly ascending frame indices. Descending reads would
                need a seek per frame: read ascending and permute.
            grey (bool): Grey frames in three equal channels: with PyAV, the luma of the file;
                otherwise computed from RGB. Defaults to False.

        Yields:
            np.ndarray: Shape (H, W, 3), uint8, RGB; one per index. The caller may keep it.

        Raises:
            VideoError: If not all of the frames can be decoded.
            ValueError: If the indices are not strictly ascending and within the video.
        """
        wanted = np.asarray(indices, dtype=np.int64)
        if wanted.size == 0 or wanted[0] < 0 or (np.diff(wanted) <= 0).any():
            raise ValueError('indices must be non-negative and strictly ascending')
        count, shape = 0, None
        for frame in self._grey_frames(wanted) if grey else self._frames(wanted):
            if shape not in (None, frame.shape):
                raise VideoError(self.filename, 'changes its frame size')
            count, shape = count + 1, frame.shape
            yield frame
        if count != len(wanted):
            reason = f'ends early: {count} of {len(wanted)} frames decoded'
            if indices[-1] >= len(self):
                reason = f'frame {indices[-1]} was asked for, but it has {len(self)} frames'
            raise VideoError(self.filename, reason)

    def read(self, indices: Union[Sequence[int], np.ndarray], grey: bool = False) -> np.ndarray:
        """The frames of :meth:`frames` in one array.

        Args:
            indices (Sequence[int]): Strictly ascending frame indices.
            grey (bool): See :meth:`frames`. Defaults to False.

        Returns:
            np.ndarray: Shape (len(indices), H, W, 3), uint8, RGB.

        Raises:
            VideoError: If not all of the frames can be decoded.
            ValueError: If the indices are not strictly ascending and within the video.
        """
        result = None
        for number, frame in enumerate(self.frames(indices, grey)):
            if result is None:
                result = np.empty((len(indices), *frame.shape), frame.dtype)
            result[number] = frame  # so that the decoder's memory serves for the next frame
        assert result is not None  # there is at least one index
        return result


def in_three_channels(grey: np.ndarray) -> np.ndarray:
    """A grey picture (H, W) as (H, W, 3), which every transform accepts."""
    return np.repeat(grey[..., None], 3, axis=2)
