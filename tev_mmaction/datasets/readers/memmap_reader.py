"""Raw frames in a memory-mapped file: no decoding, a frame costs only its copy.

A file has a header of 64 bytes and ``num_frames * height * width * 3`` bytes of RGB.
``tools/data/cache_videos.py --format memmap`` writes such files under the names of their source
videos; :func:`open_video` recognises them by their first bytes.
"""

import os
import struct
from typing import BinaryIO, Iterator, Tuple
from zlib import crc32

import numpy as np

from tev_mmaction.storage.file_part import FilePart

from .base import Source, VideoError, VideoReader

MAGIC = b'\x93TEVRGB\n'  # the first byte is not text and starts no known video format
_VERSION = 1
_OFFSET = 64  # position of the first frame; a multiple of a cache line
# magic, version, frames, height, width, frames per second, CRC-32 of the frames
_FIELDS = struct.Struct('<8sIIIIdI')
_CHECKSUM = struct.Struct('<I')  # checksum of the fields, after them
_REMEDY = 'make it anew with `python tools/data/cache_videos.py`'


class MemmapReader(VideoReader):
    """Reads frames of :class:`MemmapWriter` from a local path, or a part of a local file."""

    def _open(self, source: Source) -> None:
        if isinstance(source, str):
            try:
                with open(source, 'rb', buffering=0) as file:
                    self._map(FilePart(file, 0, os.fstat(file.fileno()).st_size))
            except OSError as error:
                raise VideoError(self.filename, f'cannot be opened: {error.strerror}') from error
        elif isinstance(source, FilePart) and source.on_disk:
            self._map(source)
        else:
            raise VideoError(
                self.filename,
                'holds raw frames, which are read from local disks alone: copy the video cache '
                'or the shards to one, or make it in another format, mjpeg or h264',
            )

    def _map(self, part: FilePart) -> None:
        head = part.read(_OFFSET)
        fields = head[: _FIELDS.size]
        checksum = head[_FIELDS.size : _FIELDS.size + _CHECKSUM.size]
        if len(head) < _OFFSET or _CHECKSUM.pack(crc32(fields)) != checksum:
            raise VideoError(self.filename, f'has a damaged header; {_REMEDY}')
        magic, version, frames, height, width, self._fps, self._crc = _FIELDS.unpack(fields)
        if magic != MAGIC or version != _VERSION:
            raise VideoError(self.filename, f'is of an unknown version, {version}; {_REMEDY}')
        shape = (frames, height, width, 3)
        expected = _OFFSET + frames * height * width * 3
        if part.size != expected:
            raise VideoError(
                self.filename, f'has {part.size} bytes instead of {expected}: cut off? {_REMEDY}'
            )
        try:
            self._video = np.memmap(part.file, np.uint8, 'r', part.start + _OFFSET, shape)
        except (OSError, ValueError) as error:
            raise VideoError(self.filename, f'cannot be mapped into memory: {error}') from error

    def __len__(self) -> int:
        return len(self._video)

    @property
    def fps(self) -> float:
        return self._fps

    @property
    def size(self) -> Tuple[int, int]:
        height, width = self._video.shape[1:3]
        return width, height

    def _frames(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        for index in indices[indices < len(self)]:
            yield np.array(self._video[index])  # writable, and valid after the file is closed

    def count_decodable(self) -> int:
        checksum = 0
        for frame in self._video:
            checksum = crc32(frame, checksum)
        if checksum != self._crc:
            raise VideoError(self.filename, f'holds other frames than were written; {_REMEDY}')
        return len(self)


class MemmapWriter:
    """Writes frames one by one; the header, and with it a readable file, comes last.

    Args:
        file (BinaryIO): Open for writing, seekable, empty.
        size (tuple[int, int]): Width and height in pixels.
        fps (float): Frames per second; 0.0 if unknown.
    """

    def __init__(self, file: BinaryIO, size: Tuple[int, int], fps: float):
        self._file, self._size, self._fps = file, size, fps
        self._num_frames = self._crc = 0
        file.write(bytes(_OFFSET))

    def write(self, frame: np.ndarray) -> None:
        """Append a frame, C-contiguous, (H, W, 3), uint8, RGB."""
        self._file.write(frame.data)
        self._crc = crc32(frame.data, self._crc)
        self._num_frames += 1

    def close(self) -> None:
        """Write the header. The file stays open."""
        width, height = self._size
        fields = _FIELDS.pack(
            MAGIC, _VERSION, self._num_frames, height, width, self._fps, self._crc
        )
        self._file.seek(0)
        self._file.write(fields + _CHECKSUM.pack(crc32(fields)))
