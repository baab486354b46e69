"""Reading videos with PyAV, the binding of FFmpeg's libraries."""

from collections import defaultdict
from itertools import chain
from typing import BinaryIO, Iterator, List, Optional, Tuple

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from .base import Source, VideoError, VideoReader, in_three_channels
from .coded_video import CodedVideo
from .decode_plan import PictureTable
from .packet_scan import PacketScan, Part
from .shown_packets import ShownPackets

# Of a file with more packets than this, so much can be left out that looking into all of them pays.
_MANY_PACKETS = 150
# Of a smaller one, at most this share of the packets must need decoding.
_SHARE_THAT_PAYS = 0.75


class PyAVReader(VideoReader):
    """Reads with PyAV what is needed for the frames asked for, and no more.

    The frames of a video are those that a new decoder shows which gets its packets from the first
    to the last. Packets before the first picture that can be decoded, empty ones, and a last one
    that gives no frame show nothing, and are no damage.

    Opening reads all packets of the video, which costs little beside decoding them, and closes the
    file. Where their bits tell with certainty which frame each gives (see
    :class:`~.packet_scan.PacketScan`), decoding starts at the last keyframe before each wanted
    frame and leaves out pictures that no other depends on; that the frames that come out are those
    foreseen is checked. Any other video, and a short one of which little could be left out, is
    decoded from its first packet on, and its frames are counted: right for every container, also
    where time stamps are missing. The frames are the same either way. Of motion-JPEG avi files only
    the index and the wanted frames are read.

    Frames that the decoder could only guess, and those shown after them up to the next keyframe,
    are refused. B-frames shown before a damaged reference are not known from sound ones.
    """

    def _open(self, source: Source) -> None:
        self._video = CodedVideo(source, self.filename)
        self._index = self._video.index
        self._size: Optional[Tuple[int, int]] = None
        self._num_frames: Optional[int] = None
        self._is_scanned = False
        self._table: Optional[PictureTable] = None
        self._parts: List[Part] = []
        self._note = ''
        if self._index is not None:
            self._num_frames = len(self._index)
        elif self._video.held == []:
            next(self._video.packets(), None)
            raise VideoError(self.filename, 'has no frames')

    def __len__(self) -> int:
        if self._num_frames is None and self._picture_table() is None:
            self.count_decodable()
        return self._num_frames

    def may_have(self, num_frames: int) -> bool:
        if self._num_frames is None and self._video.claimed != num_frames:
            self._picture_table()
        return self._num_frames in (None, num_frames)

    def length_by_packets(self) -> Optional[int]:
        """The number of frames, where the packets tell it with certainty."""
        return self._num_frames if self._picture_table() is None else len(self._table)

    def begins_off_keyframe(self) -> bool:
        """Whether packets come before the first one that can be decoded."""
        _, first = next(self._video.packets(), (0, None))
        if first is None or first.is_keyframe or first.is_discard:
            return False
        shown = ShownPackets(self._video.packets())
        decoder = self._video.new_decoder()
        decoder.copy_opaque = True
        frame, _ = next(self._decode(decoder, shown.marked()), (None, False))
        return frame is None or bool(frame.opaque)

    @property
    def fps(self) -> float:
        return self._video.fps

    @property
    def size(self) -> Tuple[int, int]:
        if self._size is None:
            # No stream parameter tells the rotation, which the first frame knows.
            frame = next(self._shown(np.zeros(1, dtype=np.int64)), None)
            if frame is None:
                raise VideoError(self.filename, 'cannot be decoded by PyAV: no frame comes out')
            self._learn_size(frame)
        return self._size

    @property
    def note(self) -> str:
        return self._note

    def count_decodable(self) -> int:
        shown = ShownPackets(self._video.packets())
        decoder = self._video.new_decoder()
        decoder.copy_opaque = True
        count = 0
        for frame, is_damaged in self._decode(decoder, shown.marked()):
            self._learn_size(self._sound(frame, is_damaged))
            shown.add(frame.opaque)
            count += 1
        if not count:
            raise VideoError(self.filename, 'has no frames: the decoder shows none')
        foreseen = self._picture_table() if self._index is None else self._index
        if foreseen is not None and count != len(foreseen):
            raise VideoError(
                self.filename, f'shows {count} frames where its packets tell of {len(foreseen)}'
            )
        self._num_frames, self._note = count, shown.note(self._video.claimed)
        return count

    def _frames(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        return self._upright(indices, 'rgb24')

    def _grey_frames(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        return map(in_three_channels, self._upright(indices, 'gray'))

    def _upright(self, indices: np.ndarray, pixel_format: str) -> Iterator[np.ndarray]:
        # One reformatter for all frames: `frame.to_ndarray(format=...)` would make one a frame.
        # One thread: with more, swscale spends most of its time on starting them.
        reformatter = VideoReformatter()
        for frame in self._shown(indices):
            with self._video.errors('cannot be decoded'):
                pixels = reformatter.reformat(frame, format=pixel_format, threads=1).to_ndarray()
            # the display rotation of the file, counter-clockwise, as players apply it
            yield np.rot90(pixels, frame.rotation // 90) if frame.rotation else pixels

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
            self._index = self._num_frames = None
        if self._table_pays(indices) and self._picture_table() is not None:
            for frame in self._foreseen(indices[indices < len(self._table)]):
                given += 1
                yield frame
            if given == len(indices) or indices[given] >= len(self._table):
                return
            # Something else came out of the decoder. If no frame is lost, they can be counted.
            self.count_decodable()
            self._table = None
        yield from self._counted(indices[given:])

    def _table_pays(self, indices: np.ndarray) -> bool:
        """Whether what can be left out costs more than to look into all packets."""
        packets = self._video.held
        if self._is_scanned or packets is None or len(packets) > _MANY_PACKETS:
            return True
        keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
        if not keys:
            return False
        # where decoding starts, and what of it the wanted frame before has in common with it
        starts = np.array(keys)[np.maximum(np.searchsorted(keys, indices, side='right') - 1, 0)]
        starts[1:] = np.maximum(starts[1:], indices[:-1] + 1)
        num_needed = np.maximum(indices + 1 - starts, 1).sum()
        return num_needed <= _SHARE_THAT_PAYS * (indices[-1] + 1)

    def _indexed(self, indices: np.ndarray) -> Iterator[av.VideoFrame]:
        """Decode the pictures that the file's index tells of, until one is not there."""
        with self._video.open_file() as file:
            numbers = iter(indices)
            packets = self._packets_at(file, indices)
            for frame, is_damaged in self._decode(self._video.new_decoder(), packets):
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
        packets = self._packets_of(plan.decode)
        for frame, is_damaged in self._decode(self._video.new_decoder(), packets):
            if frame.pts != next(shown, None):
                return
            if frame.pts in plan.wanted:
                yield self._sound(frame, is_damaged)

    def _counted(self, indices: np.ndarray) -> Iterator[av.VideoFrame]:
        """Decode from the first packet on, and count what comes out."""
        wanted, last = set(indices.tolist()), indices[-1]
        packets = (packet for _, packet in self._video.packets() if packet.size)
        decoded = self._decode(self._video.new_decoder(), packets)
        for position, (frame, is_damaged) in enumerate(decoded):
            if position in wanted:
                yield self._sound(frame, is_damaged)
                if position == last:
                    return

    def _sound(self, frame: av.VideoFrame, is_damaged: bool) -> av.VideoFrame:
        if is_damaged:
            raise VideoError(self.filename, 'is damaged: PyAV could only guess parts of a frame')
        return frame

    def _learn_size(self, frame: av.VideoFrame) -> None:
        if self._size is None:
            turned = frame.rotation // 90 % 2
            self._size = (frame.height, frame.width) if turned else (frame.width, frame.height)

    def _decode(
        self, decoder: av.VideoCodecContext, packets: Iterator[av.Packet]
    ) -> Iterator[Tuple[av.VideoFrame, bool]]:
        """Decode packets with a new decoder, to the end.

        What fails before the first keyframe is passed over, as by players.

        Yields:
            tuple[av.VideoFrame, bool]: A frame, and whether it, or one since the last keyframe,
            is damaged.
        """
        has_begun = is_damaged = False
        failure = None
        with self._video.errors('cannot be decoded'):
            for packet in chain(packets, [None]):
                has_begun = has_begun or (packet is not None and packet.is_keyframe)
                try:
                    frames = decoder.decode(packet)
                except av.FFmpegError as error:
                    if has_begun:
                        raise
                    failure = error
                    continue
                has_begun = has_begun or bool(frames)
                for frame in frames:
                    is_damaged = frame.is_corrupt or (is_damaged and not frame.key_frame)
                    yield frame, is_damaged
            if failure is not None and not has_begun:
                raise failure

    def _packets_of(self, pictures: List[int]) -> Iterator[av.Packet]:
        """Packets of single pictures; their time stamps are the numbers of the pictures."""
        pictures_of = defaultdict(list)
        for picture in pictures:
            pictures_of[self._parts[picture].packet].append(picture)
        for number, packet in self._video.packets():
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

    def _picture_table(self) -> Optional[PictureTable]:
        """What the packets decode to, where they tell it with certainty."""
        if not self._is_scanned:
            self._is_scanned = True
            scan = PacketScan(self._video.codec, self._video.extradata)
            try:
                for _, packet in self._video.packets():
                    scan.add(bytes(packet), packet.pts, packet.pos, packet.is_discard)
            except VideoError:  # a sequential read comes upon it, behind the frames that are there
                return None
            self._table, self._parts = scan.table(self._video.reorder_depth), scan.parts
            if self._table is not None:
                self._num_frames = len(self._table)
        return self._table
