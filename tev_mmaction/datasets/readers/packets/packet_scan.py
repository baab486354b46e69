"""From the packets of a video to the table of its pictures. Pure: knows no file and no decoder."""

from typing import Dict, List, NamedTuple, Optional, Type

from .decode_plan import CodedPicture, PictureTable, Unpredictable, ranks_of
from .h264_pictures import H264Scanner
from .mpeg4_pictures import Mpeg4Scanner
from .scanner import IntraScanner, Scanner
from .vpx_pictures import Vp8Scanner, Vp9Scanner


class Part(NamedTuple):
    """Where a picture lies.

    Args:
        packet (int): Number of its packet.
        start (int): First byte in the packet.
        stop (int): One past its last byte.
    """

    packet: int
    start: int
    stop: int


# By FFmpeg's name of the decoder: codecs whose packets tell what the decoder will make of them.
SCANNERS: Dict[str, Type[Scanner]] = {
    'h264': H264Scanner,
    'mpeg4': Mpeg4Scanner,
    'vp8': Vp8Scanner,
    'vp9': Vp9Scanner,
    'mjpeg': IntraScanner,
    'prores': IntraScanner,
    'dnxhd': IntraScanner,
}


class PacketScan:
    """Takes the packets of a video one after the other and foresees what they decode to.

    Args:
        codec (str): FFmpeg's name of the decoder.
        extradata (bytes): The codec's configuration.
    """

    def __init__(self, codec: str, extradata: bytes):
        self._pictures: List[CodedPicture] = []
        self._hidden: List[bool] = []
        self._times: List[Optional[int]] = []
        self._last_place = -1
        self._scanner: Optional[Scanner] = None
        self._num_read = 0
        self.parts: List[Part] = []
        self.unpredictable: Optional[str] = None
        try:
            if codec not in SCANNERS:
                raise Unpredictable(f'{codec} packets are not looked into')
            self._scanner = SCANNERS[codec](extradata)
        except Unpredictable as error:
            self.unpredictable = str(error)

    def add(self, data: bytes, time: Optional[int], place: Optional[int], discard: bool) -> None:
        """Take the next packet.

        Args:
            data (bytes): Its content. Empty ones stand for frames that were dropped: they are
                never decoded.
            time (int, optional): When it is to be shown, if the container says so.
            place (int, optional): Where it lies in the file, if that is known.
            discard (bool): Whether it is cut off by the container's edit list.
        """
        number, self._num_read = self._num_read, self._num_read + 1
        if self._scanner is None or self.unpredictable is not None or not data:
            return
        try:
            if place is None or place <= self._last_place:
                raise Unpredictable('a packet is repeated or out of order')
            self._last_place = place
            for picture in self._scanner.scan(data):
                self._pictures.append(picture)
                self._hidden.append(discard or not picture.is_shown)
                self._times.append(time)
                self.parts.append(Part(number, picture.start, picture.stop))
        except Unpredictable as error:
            self.unpredictable = str(error)

    def table(self, reorder_depth: int) -> Optional[PictureTable]:
        """The table of all pictures added.

        Args:
            reorder_depth (int): How many pictures the decoder holds back to put them in order.

        Returns:
            PictureTable: None where the decoder's output cannot be foreseen with certainty;
            ``unpredictable`` says why.
        """
        if self._scanner is None or self.unpredictable is not None:
            return None
        try:
            ranks = self._scanner.ranks(self._pictures)
            if self._scanner.timestamps_order and (ranks_of(ranks) != ranks_of(self._times)).any():
                raise Unpredictable('time stamps and pictures are ordered differently')
            # There are fewer ranks than pictures where the decoder never shows the last one.
            pictures, hidden = self._pictures[: len(ranks)], self._hidden[: len(ranks)]
            table = PictureTable(pictures, ranks, hidden, self._scanner.first_configures)
            if table.reorder_depth > reorder_depth:
                raise Unpredictable('the decoder would show pictures too early')
            return table
        except Unpredictable as error:
            self.unpredictable = str(error)
            return None
