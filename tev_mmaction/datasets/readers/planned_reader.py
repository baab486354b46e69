"""Reads with PyAV only the packets that the requested frames need."""

from collections import defaultdict
from typing import BinaryIO, Iterator, List, Optional, Union

import av
import numpy as np

from .base import Source, VideoError
from .coded_video import CodedVideo
from .packets import DecodePlan, JpegIndex, PacketScan, Part, PictureIndex, PictureTable
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
    motion-JPEG avi files, and where the pictures are known, only what is decoded is read.

    Args:
        source (str | BinaryIO): See :class:`VideoReader`.
        filename (str): See :class:`VideoReader`.
        pictures (PictureIndex, optional): Result of :meth:`picture_index` for the same local file.
            Defaults to None.
    """

    def __init__(self, source: Source, filename: str, pictures: Optional[PictureIndex] = None):
        self._known = pictures
        super().__init__(source, filename)

    def _open(self, source: Source) -> None:
        super()._open(source)
        self._index: Union[JpegIndex, PictureIndex, None] = self._video.index
        self._num_frames = None if self._index is None else len(self._index)
        self._is_scanned = False
        self._table: Optional[PictureTable] = None
        self._parts: List[Part] = []

    def _coded_video(self, source: Source) -> CodedVideo:
        return CodedVideo(source, self.filename, JpegIndex.of, self._known)

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
            inside = indices[indices < len(self._index)]
            for frame in self._indexed(self._index, inside):
                given += 1
                yield frame
            if given == len(inside):
                return
            if given and isinstance(self._index, JpegIndex):
                raise VideoError(self.filename, 'is damaged: its index does not fit its content')
            self._index = self._num_frames = None
        table = self._picture_table() if not given and self._table_pays(indices) else None
        if table is not None:
            for frame in self._foreseen(table, indices[indices < len(table)]):
                given += 1
                yield frame
            if given == len(indices) or indices[given] >= len(table):
                return
        if table is not None or given:
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

    def _indexed(
        self, index: Union[JpegIndex, PictureIndex], indices: np.ndarray
    ) -> Iterator[av.VideoFrame]:
        """Decode the pictures of an index, until one is missing."""
        if indices.size:
            plan = index.plan(indices)
            with self._video.opened_file() as file:
                yield from self._planned(plan, _packets_at(index, file, plan.decode))

    def _foreseen(self, table: PictureTable, indices: np.ndarray) -> Iterator[av.VideoFrame]:
        """Decode as planned by the table of pictures, until the decoder returns something else."""
        if indices.size:
            plan = table.plan(indices)
            yield from self._planned(plan, self._packets_of(plan.decode))

    def _planned(self, plan: DecodePlan, packets: Iterator[av.Packet]) -> Iterator[av.VideoFrame]:
        """Wanted frames of packets, until the decoder returns others than planned."""
        shown = iter(plan.shown)
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
                    part = _packet(bytes(packet)[start:stop])
                part.pts = picture
                yield part
            if number == self._parts[pictures[-1]].packet:
                return

    def picture_index(self) -> Optional[PictureIndex]:
        """Where the pictures lie and which give the frames, for later readers of the same file.

        Returns:
            PictureIndex: None if the packets do not determine it, or the reader had an index.

        Raises:
            VideoError: If the file cannot be read to its end.
        """
        table = None if self._index is not None else self._picture_table()
        packets = None if table is None else self._video.positions()
        if table is None or packets is None:
            return None
        parts = self._parts[: len(table.columns.rank)]  # not those that are never shown
        positions = np.array([packets[part.packet] + part.start for part in parts])
        sizes = np.array([part.stop - part.start for part in parts])
        return PictureIndex(positions, sizes, table)

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


def _packets_at(
    index: Union[JpegIndex, PictureIndex], file: BinaryIO, pictures: List[int]
) -> Iterator[av.Packet]:
    """Packets of single pictures, until one is not where the index says."""
    for number in pictures:
        content = index.read(file, number)
        if content is None:
            return
        packet = _packet(content)
        packet.pts, packet.is_keyframe = number, number in index.entries
        yield packet


def _packet(content: bytes) -> av.Packet:
    """A packet of its own memory, behind which there are zeros: decoders read beyond the end."""
    packet = av.Packet(len(content))
    packet.update(content)
    return packet
