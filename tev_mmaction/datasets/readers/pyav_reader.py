"""Reading videos with PyAV, the binding of FFmpeg's libraries."""

from collections import defaultdict
from contextlib import contextmanager
from itertools import chain
from typing import BinaryIO, Iterator, List, Optional, Tuple

import av
import numpy as np
from av.stream import Disposition
from av.video.reformatter import VideoReformatter

from .base import Source, VideoError, VideoReader
from .decode_plan import PictureTable
from .jpeg_index import JpegIndex
from .packet_scan import PacketScan, Part

# The packets of files with less video than this stay in memory, those of others are read anew.
_MAX_BYTES_HELD = 64 * 2**20


class PyAVReader(VideoReader):
    """Reads with PyAV what is needed for the frames asked for, and no more.

    Opening reads all packets of the video, which costs little beside decoding them, and closes the
    file. Where their bits tell with certainty which frame each gives (see
    :class:`~.packet_scan.PacketScan`), decoding starts at the last keyframe before each wanted
    frame and leaves out pictures that no other depends on; that the frames that come out are those
    foreseen is checked. Any other video is decoded from its first packet on, and its frames are
    counted: right for every container, also where time stamps are missing. The frames are the
    same either way. Of motion-JPEG avi files only the index and the wanted frames are read.

    Of several video streams, FFmpeg's choice is read: the default one, else that with most frames.
    Frames that the decoder could only guess, and those shown after them up to the next keyframe,
    are refused. B-frames shown before a damaged reference are not known from sound ones.
    """

    def _open(self, source: Source) -> None:
        self._source = source
        self._held: Optional[List[av.Packet]] = []
        self._cut_by: Optional[Exception] = None
        self._size: Optional[Tuple[int, int]] = None
        self._current_pass = 0
        self._index: Optional[JpegIndex] = None
        self._table: Optional[PictureTable] = None
        self._parts: List[Part] = []
        with self._errors('cannot be opened'), av.open(source) as container:
            stream = self._video_stream(container)
            self._decoder = stream.codec_context
            self._decoder.thread_count = 1
            if self._decoder.name == 'mjpeg':  # else it fills up what is damaged, and says nothing
                self._decoder.options = {'err_detect': 'explode'}
            self._reorder_depth = self._decoder.reorder_depth
            self._fps = float(stream.average_rate or 0.0)
            is_local = isinstance(source, str)
            if is_local and (container.format.name, self._decoder.name) == ('avi', 'mjpeg'):
                self._index = JpegIndex.of(stream.index_entries, stream.frames)
            if self._index is None:
                self._scan(container, stream)
            else:
                self._num_frames = len(self._index)
        if not self._num_frames:
            raise VideoError(self.filename, 'has no frames')

    def __len__(self) -> int:
        return self._num_frames

    @property
    def fps(self) -> float:
        return self._fps

    @property
    def size(self) -> Tuple[int, int]:
        if self._size is None:
            # No stream parameter tells the rotation, which the first frame knows.
            frame = next(self._shown(np.zeros(1, dtype=np.int64)), None)
            if frame is None:
                raise VideoError(self.filename, 'cannot be decoded by PyAV: no frame comes out')
            turned = frame.rotation // 90 % 2
            self._size = (frame.height, frame.width) if turned else (frame.width, frame.height)
        return self._size

    def _frames(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        # One reformatter for all frames: `frame.to_ndarray(format=...)` would make one a frame.
        # One thread: with more, swscale spends most of its time on starting them.
        reformatter = VideoReformatter()
        for frame in self._shown(indices):
            with self._errors('cannot be decoded'):
                pixels = reformatter.reformat(frame, format='rgb24', threads=1).to_ndarray()
            # the display rotation of the file, counter-clockwise, as players apply it
            yield np.rot90(pixels, frame.rotation // 90) if frame.rotation else pixels

    def count_decodable(self) -> int:
        if self._index is not None:
            self._leave_index()
        count = sum(1 for _ in self._counted(None))
        if self._cut_by is not None:
            raise VideoError(self.filename, f'breaks off after {count} frames: {self._cut_by}')
        return count

    def _shown(self, indices: np.ndarray) -> Iterator[av.VideoFrame]:
        """Decoded frames of the indices, as far as there are any."""
        given = 0
        if self._index is not None:
            for frame in self._indexed(indices):
                given += 1
                yield frame
            if given == len(indices):
                return
            if given:
                raise VideoError(self.filename, 'is damaged: its index does not fit its content')
            self._leave_index()
        if self._table is not None:
            for frame in self._foreseen(indices[indices < self._table.num_frames]):
                given += 1
                yield frame
            if given == len(indices) or indices[given] >= self._table.num_frames:
                return
            # Something else came out of the decoder. If no frame is lost, they can be counted.
            if given or self.count_decodable() != self._table.num_frames:
                raise VideoError(self.filename, 'is damaged: frames are missing or out of order')
            self._table = None
        yield from self._counted(indices)

    def _indexed(self, indices: np.ndarray) -> Iterator[av.VideoFrame]:
        """Decode the pictures that the file's index tells of, until one is not there."""
        with open(self._source, 'rb') as file:
            numbers = iter(indices)
            for frame, is_damaged in self._decode(self._packets_at(file, indices)):
                if frame.pts != next(numbers, None):
                    return
                yield self._sound(frame, is_damaged)

    def _packets_at(self, file: BinaryIO, indices: np.ndarray) -> Iterator[av.Packet]:
        for number in indices.tolist():
            content = self._index.read(file, number)
            if content is None:
                return
            packet = av.Packet(content)
            packet.pts = number
            yield packet

    def _foreseen(self, indices: np.ndarray) -> Iterator[av.VideoFrame]:
        """Decode what the table of pictures says, until something else comes out."""
        if not indices.size:
            return
        plan = self._table.plan(indices)
        shown = iter(plan.shown)
        for frame, is_damaged in self._decode(self._packets_of(plan.decode)):
            if frame.pts != next(shown, None):
                return
            if frame.pts in plan.wanted:
                yield self._sound(frame, is_damaged)

    def _counted(self, indices: Optional[np.ndarray]) -> Iterator[av.VideoFrame]:
        """Decode from the first packet on, and count what comes out; None for all of it."""
        wanted = None if indices is None else set(indices.tolist())
        packets = (packet for _, packet in self._packets() if packet.size)
        for position, (frame, is_damaged) in enumerate(self._decode(packets)):
            if wanted is None or position in wanted:
                yield self._sound(frame, is_damaged)
                if wanted is not None and position == indices[-1]:
                    return

    def _sound(self, frame: av.VideoFrame, is_damaged: bool) -> av.VideoFrame:
        if is_damaged:
            raise VideoError(self.filename, 'is damaged: PyAV could only guess parts of a frame')
        return frame

    def _decode(self, packets: Iterator[av.Packet]) -> Iterator[Tuple[av.VideoFrame, bool]]:
        """Decode packets to the end, as a decoder does that has just been opened.

        Yields:
            tuple[av.VideoFrame, bool]: A frame, and whether it, or one since the last keyframe,
            is damaged.
        """
        self._current_pass += 1
        this_pass, is_damaged = self._current_pass, False
        with self._errors('cannot be decoded'):
            self._decoder.flush_buffers()
            self._decoder.reorder_depth = self._reorder_depth
            for packet in chain(packets, [None]):
                for frame in self._decoder.decode(packet):
                    is_damaged = frame.is_corrupt or (is_damaged and not frame.key_frame)
                    yield frame, is_damaged
                    if self._current_pass != this_pass:
                        raise RuntimeError('a second pass over a video has ended this one')

    def _packets_of(self, pictures: List[int]) -> Iterator[av.Packet]:
        """Packets of single pictures; their time stamps are the numbers of the pictures."""
        pictures_of = defaultdict(list)
        for picture in pictures:
            pictures_of[self._parts[picture].packet].append(picture)
        for number, packet in self._packets():
            for picture in pictures_of.get(number, ()):
                _, start, stop = self._parts[picture]
                part = packet
                if stop - start < packet.size:
                    part = av.Packet(stop - start)
                    part.update(bytes(packet)[start:stop])
                part.pts = picture
                yield part
            if number == self._parts[pictures[-1]].packet:
                return

    def _packets(self) -> Iterator[Tuple[int, av.Packet]]:
        if self._held is not None:
            yield from enumerate(self._held)
            return
        with av.open(self._source) as container:
            yield from enumerate(self._demux(container, self._video_stream(container)))

    def _scan(self, container: av.container.InputContainer, stream: av.VideoStream) -> None:
        """Read all packets, hold them where memory allows, and find out what they decode to."""
        scan = PacketScan(self._decoder.name, self._decoder.extradata or b'')
        num_bytes = 0
        for packet in self._demux(container, stream):
            scan.add(bytes(packet), packet.pts, packet.pos, packet.is_discard)
            num_bytes += packet.size
            if num_bytes > _MAX_BYTES_HELD and isinstance(self._source, str):
                self._held = None
            if self._held is not None:
                self._held.append(packet)
        # The index of an mp4 file knows its edit list; the headers of others only count.
        claimed = stream.frames
        if 'mp4' in container.format.name:
            claimed = sum(not entry.is_discard for entry in stream.index_entries)
        self._table, self._parts = scan.table(self._reorder_depth), scan.parts
        num_frames = self._table.num_frames if self._table else scan.num_frames
        # A file that holds fewer packets than it claims has been cut.
        self._num_frames = claimed if claimed > scan.num_packets else num_frames

    def _leave_index(self) -> None:
        """Go by the packets of the file instead of its index."""
        self._index = None
        with self._errors('cannot be opened'), av.open(self._source) as container:
            self._scan(container, self._video_stream(container))

    def _demux(
        self, container: av.container.InputContainer, stream: av.VideoStream
    ) -> Iterator[av.Packet]:
        try:
            for packet in container.demux(stream):
                if packet.size or packet.pos is not None:  # the last one only says that it is
                    yield packet
        except av.FFmpegError as error:  # what came before it is sound
            self._cut_by = error

    def _video_stream(self, container: av.container.InputContainer) -> av.VideoStream:
        stream = container.streams.best('video')
        if stream is None or stream.disposition & Disposition.attached_pic:
            raise VideoError(self.filename, 'has no video stream')
        if stream.codec_context is None:
            raise VideoError(self.filename, 'cannot be opened by PyAV: unknown codec')
        return stream

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except (av.FFmpegError, OSError, ValueError, IndexError) as error:
            raise VideoError(self.filename, f'{what} by PyAV: {error}') from error
