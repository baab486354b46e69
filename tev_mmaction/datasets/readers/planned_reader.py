"""Reads with PyAV only the packets that the requested frames need."""

from collections import defaultdict
from typing import BinaryIO, Iterator, List, Optional

import av
import numpy as np

from .base import Source, VideoError
from .coded_video import CodedVideo
from .packets import JpegIndex, PacketScan, Part, PictureTable
from .pyav_reader import PyAVReader

# Of a file with more packets than this, so much can be left out that looking into all of them pays.
_MANY_PACKETS = 150
# Of a smaller one, at most this share of the packets must need decoding.
_SHARE_THAT_PAYS = 0.75


class PlannedReader(PyAVReader):
    """Gives the frames of :class:`PyAVReader`, but skips packets that they do not depend on.

    Opening reads all packets of the video, which costs little compared with decoding. If the bits
    of the packets determine the frame of each packet (see :class:`~.packets.PacketScan`), decoding
    starts at the last key frame before each requested frame and skips pictures that no other
    depends on. The reader checks that the decoder returns the predicted frames. Any other video,
    and a short video in which little can be skipped, is decoded from its first packet. For
    motion-JPEG avi files, only the index and the requested frames are read.
    """

    def _open(self, source: Source) -> None:
        super()._open(source)
        self._index: Optional[JpegIndex] = self._video.index
        self._num_frames = None if self._index is None else len(self._index)
        self._is_scanned = False
        self._table: Optional[PictureTable] = None
        self._parts: List[Part] = []

    def _coded_video(self, source: Source) -> CodedVideo:
        return CodedVideo(source, self.filename, JpegIndex.of)

    def __len__(self) -> int:
        if self._num_frames is None:
            self._picture_table()  # tells it without decoding, where it can
        return super().__len__()

    def may_have(self, num_frames: int) -> bool:
        if self._num_frames is None and self._video.claimed != num_frames:
            self._picture_table()
        return self._num_frames in (None, num_frames)

    def length_by_packets(self) -> Optional[int]:
        """The number of frames, if the packets determine it."""
        self._picture_table()
        return self._num_frames

    def _check_count(self, count: int) -> None:
        foreseen = self._picture_table() if self._index is None else self._index
        if foreseen is not None and count != len(foreseen):
            raise VideoError(
                self.filename, f'shows {count} frames where its packets tell of {len(foreseen)}'
            )

    def _shown(self, indices: np.ndarray) -> Iterator[av.VideoFrame]:
        """Decoded frames of the indices, as far as they exist."""
        given = 0
        if self._index is not None:
            for frame in self._indexed(self._index, indices):
                given += 1
                yield frame
            if given == len(indices):
                return
            if given:
                raise VideoError(self.filename, 'is damaged: its index does not fit its content')
            self._index = self._num_frames = None
        table = self._picture_table() if self._table_pays(indices) else None
        if table is not None:
            for frame in self._foreseen(table, indices[indices < len(table)]):
                given += 1
                yield frame
            if given == len(indices) or indices[given] >= len(table):
                return
            # The decoder returned other frames. If no frame is lost, they can be counted.
            self.count_decodable()
            self._table = None
        yield from super()._shown(indices[given:])

    def _table_pays(self, indices: np.ndarray) -> bool:
        """Whether skipping saves more than parsing all packets costs."""
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

    def _indexed(self, index: JpegIndex, indices: np.ndarray) -> Iterator[av.VideoFrame]:
        """Decode the pictures of the file's index, until one is missing."""
        with self._video.opened_file() as file:
            numbers = iter(indices)
            packets = _packets_at(index, file, indices)
            for frame, is_damaged in self._decode(self._video.new_decoder(), packets):
                if frame.pts != next(numbers, None):
                    return
                yield self._sound(frame, is_damaged)

    def _foreseen(self, table: PictureTable, indices: np.ndarray) -> Iterator[av.VideoFrame]:
        """Decode as planned by the table of pictures, until the decoder returns something else."""
        if not indices.size:
            return
        plan = table.plan(indices)
        shown = iter(plan.shown)
        packets = self._packets_of(plan.decode)
        for frame, is_damaged in self._decode(self._video.new_decoder(), packets):
            if frame.pts != next(shown, None):
                return
            if frame.pts in plan.wanted:
                yield self._sound(frame, is_damaged)

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
        """The frames of the packets, if the packets determine them."""
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


def _packets_at(index: JpegIndex, file: BinaryIO, indices: np.ndarray) -> Iterator[av.Packet]:
    """Packets of single pictures, until one is not where the index says."""
    for number in indices.tolist():
        content = index.read(file, number)
        if content is None:
            return
        packet = av.Packet(content)
        packet.pts = number
        yield packet
