"""The coded video of a file: its packets, and a new decoder for each pass."""

import io
import os
import struct
from contextlib import contextmanager
from typing import Any, BinaryIO, Callable, Iterator, List, Optional, Sequence, Tuple

import av
from av.stream import Disposition

from .base import Source, VideoError

# Packets of files with less video data than this stay in memory; others are read again.
_MAX_BYTES_HELD = 64 * 2**20
_RIFF_HEAD = struct.Struct('<4sI')  # name of the chunk, size of its content


class CodedVideo:
    """A file's video stream. The file is open only while it is read.

    FFmpeg chooses among several video streams: the default one, otherwise the longest one.

    Args:
        source (str | BinaryIO): A local path, or the bytes of the file as a binary stream.
        filename (str): Name used in errors.
        index_of (Callable, optional): Makes an index from the entries of a motion-JPEG avi file
            and the number of its frames, or returns None. With an index, packets are not read.
            Defaults to None.
        index (Any, optional): An index that is known already; packets are not read.

    Attributes:
        codec (str): FFmpeg's name of the decoder.
        extradata (bytes): The codec's configuration.
        reorder_depth (int): Number of frames that a decoder buffers to reorder them.
        fps (float): Average frames per second, 0.0 if unknown.
        claimed (int): Number of packets according to the file, 0 if unknown.
        held (list[av.Packet], optional): All packets, if they stay in memory.
        index (Any): As given, or the result of ``index_of``.

    Raises:
        VideoError: If the file has no video that PyAV can open.
    """

    def __init__(
        self,
        source: Source,
        filename: str,
        index_of: Optional[Callable[[Sequence, int], Any]] = None,
        index: Any = None,
    ):
        self.filename = filename
        self._source: Source = source if isinstance(source, str) else _seekable(source)
        self._failure: Optional[VideoError] = None
        self.held: Optional[List[av.Packet]] = None
        self.index = index
        with self._opened() as (container, stream):
            decoder = stream.codec_context
            self._unused: Optional[av.VideoCodecContext] = self._prepared(stream)
            self.codec, self.extradata = decoder.name, decoder.extradata or b''
            self.reorder_depth = decoder.reorder_depth
            self.fps = float(stream.average_rate or 0.0)
            self.claimed = stream.frames
            is_avi = container.format.name == 'avi'
            if self.index is None and index_of and is_avi and self.codec == 'mjpeg':
                self.index = index_of(list(stream.index_entries), stream.frames)
            if self.index is None:
                self._hold(container, stream)

    def packets(self) -> Iterator[Tuple[int, av.Packet]]:
        """All packets of the stream, including empty ones.

        Yields:
            tuple[int, av.Packet]: Its number and a packet.

        Raises:
            VideoError: After the last packet, if the file is truncated or reading fails.
        """
        if self.held is not None:
            yield from enumerate(self.held)
            if self._failure is not None:
                raise VideoError(self.filename, self._failure.reason)
            return
        with self._opened() as (container, stream):
            yield from enumerate(self._demux(container, stream))

    def positions(self) -> Optional[List[int]]:
        """Where the contents of all packets lie in the file.

        Returns:
            list[int]: None if the container changes or hides some, or tells more than their
            content.

        Raises:
            VideoError: If the file cannot be read to its end.
        """
        if not isinstance(self._source, str):
            return None
        places = []
        with self.opened_file() as file:
            for _, packet in self.packets():
                if packet.pos is None or packet.is_discard or any(packet.iter_sidedata()):
                    return None
                content = bytes(packet)
                file.seek(packet.pos)
                stored = file.read(_RIFF_HEAD.size + len(content))
                if stored.startswith(content):
                    places.append(packet.pos)
                elif (
                    stored[_RIFF_HEAD.size :] == content
                ):  # in avi, the position is that of the chunk
                    places.append(packet.pos + _RIFF_HEAD.size)
                else:
                    return None
        return places

    def new_decoder(self) -> av.VideoCodecContext:
        """A new decoder, because a flushed decoder is not always equal to a new one."""
        decoder, self._unused = self._unused, None
        if decoder is None:
            with self._opened() as (_, stream):
                decoder = self._prepared(stream)
        return decoder

    @contextmanager
    def opened_file(self) -> Iterator[BinaryIO]:
        """The file itself; closed at the end if it is a local path."""
        if not isinstance(self._source, str):
            yield self._source
            return
        with self.errors('cannot be opened'):
            file = open(self._source, 'rb')  # noqa: SIM115
        with file:
            yield file

    @contextmanager
    def errors(self, what: str) -> Iterator[None]:
        """Convert errors of PyAV to errors of the video."""
        try:
            yield
        except (av.FFmpegError, OSError, ValueError, IndexError) as error:
            raise VideoError(self.filename, f'{what} by PyAV: {error}') from error

    @contextmanager
    def _opened(self) -> Iterator[Tuple[av.container.InputContainer, av.VideoStream]]:
        with self.errors('cannot be opened'):
            if not isinstance(self._source, str):
                self._source.seek(0)
            with av.open(self._source, metadata_errors='replace') as container:
                stream = container.streams.best('video')
                if stream is None or stream.disposition & Disposition.attached_pic:
                    raise VideoError(self.filename, 'has no video stream')
                if stream.codec_context is None:
                    raise VideoError(self.filename, 'cannot be opened by PyAV: unknown codec')
                yield container, stream

    def _prepared(self, stream: av.VideoStream) -> av.VideoCodecContext:
        decoder = stream.codec_context
        decoder.thread_count = 1
        if decoder.name == 'mjpeg':  # otherwise it conceals damage silently
            decoder.options = {'err_detect': 'explode'}
        return decoder

    def _hold(self, container: av.container.InputContainer, stream: av.VideoStream) -> None:
        """Read all packets into memory, unless they are too large."""
        held, num_bytes = [], 0
        try:
            for packet in self._demux(container, stream):
                held.append(packet)
                num_bytes += packet.size
                if num_bytes > _MAX_BYTES_HELD and not isinstance(self._source, io.BytesIO):
                    return  # nor is the file in memory
        except VideoError as error:  # earlier packets are valid
            self._failure = error
        self.held = held

    def _demux(
        self, container: av.container.InputContainer, stream: av.VideoStream
    ) -> Iterator[av.Packet]:
        number = num_shown = 0
        try:
            for packet in container.demux(stream):
                if packet.size or packet.pos is not None:  # the last one only says that it is
                    number, num_shown = number + 1, num_shown + (not packet.is_discard)
                    yield packet
        except av.FFmpegError as error:
            raise VideoError(
                self.filename, f'breaks off after {number} packets: {error}'
            ) from error
        claimed = self._claimed_for_certain(container, stream, num_shown)
        if claimed > num_shown:
            raise VideoError(
                self.filename,
                f'ends early: it was cut off, {num_shown} of {claimed} packets are there',
            )

    def _claimed_for_certain(
        self, container: av.container.InputContainer, stream: av.VideoStream, num_read: int
    ) -> int:
        """Minimum number of packets. The count of a header is often too large."""
        if 'mp4' in container.format.name:  # has a table of packets with the edit list
            return sum(not entry.is_discard for entry in stream.index_entries)
        is_avi = container.format.name == 'avi'
        if is_avi and stream.frames > num_read and self._is_cut_avi():
            return stream.frames
        return 0

    def _is_cut_avi(self) -> bool:
        """Whether the file is shorter than its outermost chunks."""
        with self.opened_file() as file:
            place = file.tell()
            is_cut = _ends_within_riff(file)
            file.seek(place)
        return is_cut


def _seekable(stream: BinaryIO) -> BinaryIO:
    """A stream itself if it can seek, else its content."""
    if hasattr(stream, 'seek'):
        return stream
    return io.BytesIO(b''.join(iter(lambda: stream.read(2**20), b'')))


def _ends_within_riff(file: BinaryIO) -> bool:
    end, place = file.seek(0, os.SEEK_END), 0
    while place < end:
        file.seek(place)
        head = file.read(_RIFF_HEAD.size)
        if len(head) < _RIFF_HEAD.size or not head.startswith(b'RIFF'):
            break
        size = _RIFF_HEAD.unpack(head)[1]
        place += _RIFF_HEAD.size + size + size % 2
    return place > end + 1  # the last byte of padding may be missing
