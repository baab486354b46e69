"""Compares the frames of decord and PyAV."""

import numpy as np

from .base import VideoError
from .opener import open_video

# Mean difference of a frame, in grey levels. The decoders round otherwise; of the wrong frames that
# were seen, the nearest differed by 0.7.
_TOLERANCE = 0.5
_POINTS = 64  # a side of a frame, that are compared
_WINDOW = 16  # frames in a row, as in a clip
_REPEATS = 3  # reads of the last frame, which is only sometimes wrong


def decord_differs(filename: str) -> str:
    """Compare sequential reads, reads with gaps, reads from the middle, and the last frame.

    Each is the first read of a new reader, as in training: decord is wrong most often after a
    seek.

    Args:
        filename (str): A valid local video.

    Returns:
        str: The difference; empty if there is none.

    Raises:
        VideoError: If PyAV cannot read it.
    """
    video = open_video(filename, 'pyav')
    expected = [_points(frame) for frame in video.frames(range(len(video)))]
    length = len(expected)
    middle = int(0.4 * max(length - _WINDOW, 0))
    draws = [
        np.arange(length),
        np.arange(0, length, 2),
        np.arange(length // 2 % 8, length, 8),
        np.arange(middle, min(middle + _WINDOW, length)),
        *[np.array([length - 1])] * _REPEATS,
    ]
    wrong = set()
    try:
        for indices in draws:
            reader = open_video(filename, 'decord')
            if len(reader) != length:
                return f'decord counts {len(reader)} frames instead of {length}'
            for index, frame in zip(indices.tolist(), reader.frames(indices)):
                if _differ(_points(frame), expected[index]):
                    wrong.add(index)
    except VideoError as error:
        return error.reason
    if not wrong:
        return ''
    return f'decord reads {len(wrong)} of {length} frames otherwise, the first is {min(wrong)}'


def _points(frame: np.ndarray) -> np.ndarray:
    height, width = (max(1, side // _POINTS) for side in frame.shape[:2])
    return frame[::height, ::width].copy()


def _differ(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return True
    return np.abs(one.astype(np.int16) - other).mean() > _TOLERANCE
