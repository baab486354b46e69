"""Frames that are decoded on request and need not stay in memory."""

from collections.abc import MutableSequence
from typing import Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np

from .readers import VideoReader


class LazyFrames(MutableSequence):
    """The frames of a sample as the list that MMAction2's transforms expect, or as a stream.

    For any transform, it is a list of ``len(indices)`` pictures, uint8 RGB (H, W, 3); the first
    access decodes all of them. A transform that supports it uses :meth:`stream` instead and gets
    each frame from the decoder, so that full-size frames need not stay in memory.
    In both cases, every frame is decoded once, in one ascending pass.

    Args:
        reader (VideoReader): The open video. Its first requested frame is decoded immediately.
        indices (Sequence[int]): Requested frames, in any order, with repetitions.

    Attributes:
        frame_shape (tuple[int, int]): Height and width of the decoded frames.

    Raises:
        VideoError: Here or later, if not all of the frames can be decoded.
        RuntimeError: If frames are requested after streaming, or streamed after decoding.
    """

    def __init__(self, reader: VideoReader, indices: Union[Sequence[int], np.ndarray]):
        unique, inverse, counts = np.unique(indices, return_inverse=True, return_counts=True)
        order = np.argsort(inverse, kind='stable')
        self._positions = np.split(order, np.cumsum(counts)[:-1])  # for each unique frame
        self._length = len(order)
        frames = reader.frames(unique)
        first = [next(frames)]
        self.frame_shape = first[0].shape[:2]
        self._source: Optional[Iterator[np.ndarray]] = _resume(first, frames)
        self._list: Optional[List[np.ndarray]] = None

    def stream(self) -> Iterator[Tuple[np.ndarray, Sequence[int]]]:
        """Yield all frames once, in the order of decoding.

        Yields:
            tuple[np.ndarray, Sequence[int]]: A read-only frame (H, W, 3), uint8, and
                its positions in the list.
        """
        if self._source is None:
            raise RuntimeError('the frames of this sample were handed over already')
        source, self._source = self._source, None
        yield from zip(source, self._positions)

    @property
    def decoded(self) -> bool:
        """bool: Whether the frames are in memory as a list, and may have been changed."""
        return self._list is not None

    def _frames(self) -> List[np.ndarray]:
        if self._list is None:
            frames: list = [None] * self._length
            for frame, (first, *others) in self.stream():
                frames[first] = frame
                for position in others:  # a copy, because transforms such as Flip write into frames
                    frames[position] = frame.copy()
            self._list = frames
        return self._list

    def __len__(self) -> int:
        return self._length if self._list is None else len(self._list)

    def __getitem__(self, index):
        return self._frames()[index]

    def __setitem__(self, index, frame) -> None:
        self._frames()[index] = frame

    def __delitem__(self, index) -> None:
        del self._frames()[index]

    def insert(self, index: int, frame: np.ndarray) -> None:
        self._frames().insert(index, frame)

    def __reduce__(self):
        """Copies and pickles are plain lists: an open video cannot be copied."""
        return list, (self._frames(),)


def _resume(first: List[np.ndarray], frames: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Frames after the first; a ``chain`` would keep the first frame in memory."""
    yield first.pop()
    yield from frames
