"""Frames of a video, scaled and written in one of the formats of a video cache."""

from fractions import Fraction
from typing import BinaryIO, Callable, Dict, Iterator, Optional, Protocol, Tuple, cast

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from ..readers import VideoError, VideoReader
from ..readers.memmap_reader import MemmapWriter

_FPS_OF_UNTIMED = 25
# JPEG's own colours: full range, BT.601. The scaler of the decoder rounds down, which darkens by
# half a grey level. The same scaler in the encoder would double this, so OpenCV makes the planes.
_PIXEL_FORMAT, _FULL_RANGE, _BT601 = 'yuvj420p', 2, 5


def target_size(width: int, height: int, short_side: int) -> Tuple[int, int]:
    """Size in the cache: even, never above that of the source.

    Args:
        width (int): Width of the source in pixels.
        height (int): Height of the source in pixels.
        short_side (int): Target of the shorter side, even.

    Returns:
        tuple[int, int]: Width and height.
    """
    scale = short_side / min(width, height)

    def scaled(side: int) -> int:
        return max(2, min(2 * round(side * scale / 2), side // 2 * 2))

    return scaled(width), scaled(height)


class _Target:
    """A file for PyAV that keeps the first error, because PyAV prints, drops or renames errors.

    After an error, nothing more is written.
    """

    def __init__(self, file: BinaryIO):
        self._file = file
        self._error: Optional[OSError] = None

    def check(self) -> None:
        """Raise the error, if there was one."""
        if self._error is not None:
            raise self._error

    def write(self, data: bytes) -> int:
        self._do(self._file.write, data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._do(self._file.seek, offset, whence) or 0

    def tell(self) -> int:
        return self._do(self._file.tell) or 0

    def _do(self, call: Callable, *args) -> Optional[int]:
        try:
            return call(*args) if self._error is None else None
        except OSError as error:
            self._error = error
            return None


class Writer(Protocol):
    """Writes the frames of a video to an open file."""

    def write(self, frame: np.ndarray) -> None:
        """Append a frame, C-contiguous, (H, W, 3), uint8, RGB."""

    def close(self) -> None:
        """Complete the file, which stays open."""


class EncodedWriter:
    """Encodes with FFmpeg's libraries on one thread; each input frame gives one output frame.

    Args:
        file (BinaryIO): Open for writing, seekable, empty. Its errors are raised unchanged.
        size (tuple[int, int]): Width and height of all frames, even.
        fps (float): Frames per second, constant in the file; 0.0 if unknown.
    """

    container: str
    codec: str
    options: dict

    def __init__(self, file: BinaryIO, size: Tuple[int, int], fps: float):
        self._target = _Target(file)
        self._container = av.open(self._target, 'w', format=self.container)
        # Frames are counted, not timed: a constant rate keeps their number for any time stamps
        # of the source.
        rate = Fraction(fps or _FPS_OF_UNTIMED).limit_denominator(1001)
        stream = cast(VideoStream, self._container.add_stream(self.codec, rate=rate))
        stream.width, stream.height = size
        stream.pix_fmt = _PIXEL_FORMAT
        stream.options = self.options
        context = stream.codec_context
        context.thread_count, context.color_range, context.colorspace = 1, _FULL_RANGE, _BT601
        self._stream, self._count = stream, 0

    def write(self, frame: np.ndarray) -> None:
        """Append a frame, C-contiguous, (H, W, 3), uint8, RGB."""
        picture = av.VideoFrame.from_ndarray(_planes(frame), format=_PIXEL_FORMAT)
        picture.pts, self._count = self._count, self._count + 1
        self._container.mux(self._stream.encode(picture))
        self._target.check()

    def close(self) -> None:
        """Complete the file, which stays open."""
        self._container.mux(self._stream.encode())
        self._container.close()
        self._target.check()


class MJPEGWriter(EncodedWriter):
    """Every frame is a JPEG with quantiser 3, decoded independently."""

    container, codec, options = 'avi', 'mjpeg', dict(qmin='3', qmax='3')


class H264Writer(EncodedWriter):
    """A key frame every 16 frames, with settings for fast decoding."""

    container, codec = 'mp4', 'libx264'
    options = dict(preset='veryfast', tune='fastdecode', crf='18', g='16', bf='0', sc_threshold='0')


WRITERS: Dict[str, Callable[[BinaryIO, Tuple[int, int], float], Writer]] = dict(
    mjpeg=MJPEGWriter, h264=H264Writer, memmap=MemmapWriter
)


def scaled_frames(reader: VideoReader, short_side: int) -> Iterator[np.ndarray]:
    """All frames of a video in order, resized by area interpolation.

    Args:
        reader (VideoReader): The open video.
        short_side (int): See :func:`target_size`.

    Yields:
        np.ndarray: C-contiguous, (H, W, 3), uint8, RGB.

    Raises:
        VideoError: If there are no frames, or if not all claimed frames can be decoded.
    """
    if len(reader) == 0:
        raise VideoError(reader.filename, 'holds no frames')
    for frame in reader.frames(range(len(reader))):
        size = target_size(frame.shape[1], frame.shape[0], short_side)
        if frame.shape[1::-1] != size:
            frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        yield np.ascontiguousarray(frame)


def _planes(frame: np.ndarray) -> np.ndarray:
    """RGB (H, W, 3) as the planes Y, U, V of 4:2:0 below one another, (H * 3 / 2, W), uint8."""
    height, width = frame.shape[:2]
    ycrcb = cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb)
    chroma = cv2.resize(
        ycrcb[..., 1:], (width // 2, height // 2), interpolation=cv2.INTER_AREA
    ).reshape(-1, 2)
    planes = np.empty((height * 3 // 2, width), np.uint8)
    planes[:height] = ycrcb[..., 0]
    planes.reshape(-1)[height * width :].reshape(2, -1)[:] = chroma[:, ::-1].T
    return planes
