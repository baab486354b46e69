"""Reading videos with PyAV, the binding of FFmpeg's libraries."""

from contextlib import contextmanager
from typing import Iterator, Tuple

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from .base import Source, VideoError, VideoReader


class PyAVReader(VideoReader):
    """Reads with PyAV from the first frame on, counting frames.

    That is right for every container, also where time stamps are missing or seeking is inexact.
    """

    def _open(self, source: Source) -> None:
        with self._errors('cannot be opened'):
            self._container = av.open(source)
            if not self._container.streams.video:
                raise VideoError(self.filename, 'has no video stream')
            self._stream = self._container.streams.video[0]
            if self._stream.codec_context is None:
                raise VideoError(self.filename, 'cannot be opened by PyAV: unknown codec')
            self._stream.codec_context.thread_count = 1
            self._num_frames = self._stream.frames
            # A trimmed file may start with frames that are decoded, but not shown.
            if not self._num_frames or next(self._container.demux(self._stream)).is_discard:
                self._num_frames = self._count_packets()

    def __len__(self) -> int:
        return self._num_frames

    @property
    def fps(self) -> float:
        return float(self._stream.average_rate or 0.0)

    @property
    def size(self) -> Tuple[int, int]:
        frame = next(self._decode(), None)
        if frame is None:
            raise VideoError(self.filename, 'cannot be decoded by PyAV: no frame comes out')
        height, width = _upright(np.empty((frame.height, frame.width)), frame.rotation).shape
        return width, height

    def _frames(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        # One reformatter for all frames: `frame.to_ndarray(format=...)` would make one a frame.
        # One thread: with more, swscale spends most of its time on starting them.
        reformatter = VideoReformatter()
        wanted = iter(indices)
        index = next(wanted)
        for position, frame in enumerate(self._decode()):
            if position == index:
                with self._errors('cannot be decoded'):
                    pixels = reformatter.reformat(frame, format='rgb24', threads=1).to_ndarray()
                yield _upright(pixels, frame.rotation)
                index = next(wanted, None)
                if index is None:
                    return

    def count_decodable(self) -> int:
        return sum(1 for _ in self._decode())

    def _decode(self) -> Iterator[av.VideoFrame]:
        with self._errors('cannot be decoded'):
            self._container.seek(0)
            yield from self._container.decode(self._stream)

    def _count_packets(self) -> int:
        self._container.seek(0)
        packets = self._container.demux(self._stream)
        return sum(1 for packet in packets if packet.size and not packet.is_discard)

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except (av.FFmpegError, OSError, ValueError, IndexError) as error:
            raise VideoError(self.filename, f'{what} by PyAV: {error}') from error


def _upright(pixels: np.ndarray, rotation: int) -> np.ndarray:
    """Apply the display rotation of the file (degrees, counter-clockwise) as players do."""
    return np.rot90(pixels, rotation // 90)
