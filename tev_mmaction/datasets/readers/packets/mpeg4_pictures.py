"""What the bits of an MPEG-4 Visual stream say about its pictures (ISO/IEC 14496-2, clause 6)."""

import re
from typing import List, Optional, Set

from .decode_plan import CodedPicture, Unpredictable
from .mpeg4_times import Mpeg4Times
from .scanner import Scanner

_START = b'\0\0\1'
_PICTURE_START = b'\0\0\1\xb6'
_GROUP = 0xB3
_LAYERS = range(0x20, 0x30)
_I, _P, _B, _S = range(4)
# FFmpeg takes a picture this small for the mark of one that was packed into an earlier packet.
_MARK_SIZE = 19
_PACKED = re.compile(rb'DivX\d+(?:Build|b)\d+p')
# FFmpeg passes over single bytes (0x7F) in the streams of these encoders.
_LEAVES_BYTES = re.compile(rb'\x00\x00\x01\xb2(?:DivX\d+(?:Build|b)\d+|XviD\d+)')


class Mpeg4Scanner(Scanner):
    """Finds the pictures of packets, which must be handed over in the order of decoding.

    DivX and Xvid put a B picture into the packet of the picture that follows it on the screen, and
    a mark of some bytes where it should have been. FFmpeg's decoder keeps such a picture until it
    gets the next packet; so it is done here, to see whether it loses any. The mark may be one byte.

    Args:
        extradata (bytes): The codec's configuration: sections with start codes.

    Raises:
        Unpredictable: On anything out of the ordinary, such as most headers that change, pictures
            that are not coded, or packed pictures that the decoder would lose.
    """

    first_configures, timestamps_order = True, False

    def __init__(self, extradata: bytes):
        super().__init__(extradata)
        self._headers: Optional[Set[bytes]] = None
        self._times = Mpeg4Times()
        self._packed = self._leaves_bytes = self._holds_picture = self._has_changed = False

    def scan(self, data: bytes) -> List[CodedPicture]:
        """Find the pictures of a packet.

        Args:
            data (bytes): The next packet.

        Returns:
            list[CodedPicture]: At most two.
        """
        if len(data) == 1 and self._leaves_bytes:
            self._holds_picture = False
            return []
        places = _starts_of_pictures(data)
        if not places:
            raise Unpredictable('a packet without a picture')
        bounds = [0, *places[1:], len(data)]
        kinds = [data[place + 4] >> 6 for place in places]
        if places[0] or self._headers is None or kinds[0] == _I or kinds[-1] == _I:
            self._learn(data[: places[0]], _I in kinds)
        if self._holds_picture:
            # The decoder takes the picture it holds, then looks for one to hold in this packet.
            self._holds_picture = kinds[0] in (_I, _B)
            if len(places) > 1 or (not self._holds_picture and len(data) > _MARK_SIZE):
                raise Unpredictable('a packed picture is lost')
            if not self._holds_picture:
                return []
        elif len(places) > 1:
            self._holds_picture = self._packed and len(places) == 2 and kinds[1] in (_I, _B)
            if not self._holds_picture:
                raise Unpredictable('several pictures in a packet')
        for place, kind in zip(places, kinds):
            self._times.add(data[place + len(_PICTURE_START) : place + 16], kind == _B)
        return [
            CodedPicture(start, stop, kind == _I, kind != _B)
            for start, stop, kind in zip(bounds, bounds[1:], kinds)
        ]

    def ranks(self, pictures: List[CodedPicture]) -> List[int]:
        """Order the pictures: B pictures are shown at once, others when the next such one comes.

        Args:
            pictures (list[CodedPicture]): All of the stream.

        Returns:
            list[int]: In whose ascending order they are shown. One fewer, if no packet follows a
            picture that the decoder holds: it is never shown.
        """
        if self._holds_picture:
            pictures = pictures[:-1]
        ranks, num_shown, held = [0] * len(pictures), 0, None
        for number, picture in enumerate(pictures):
            shows, held = (held, number) if picture.reference else (number, held)
            if shows is not None:
                ranks[shows] = num_shown
                num_shown += 1
        if held is not None:
            ranks[held] = num_shown
        return ranks

    def _learn(self, header: bytes, is_entry: bool) -> None:
        """Take the headers before a picture.

        From the second packet on, none may be new but layers: DivX writes a second kind. What
        follows a new one must have a layer wherever decoding may start.
        """
        sections = _sections(header)
        groups = [section for section in sections if section[0] == _GROUP]
        headers = [section for section in sections if section[0] != _GROUP]
        if self._headers is None:
            # Each header of the first packet is in force after it, where there is one.
            headers = headers or _sections(self._extradata)
            told = self._extradata + header
            self._packed = bool(_PACKED.search(told))
            self._leaves_bytes = bool(_LEAVES_BYTES.search(told))
            self._headers = set(headers)
        layers = [section for section in headers if section[0] in _LAYERS]
        new = set(headers) - self._headers
        if new and not (is_entry and new == set(layers)):
            raise Unpredictable('headers change')
        self._has_changed = self._has_changed or bool(new)
        self._headers |= new
        if len(layers) != 1 and (not self._times.is_set or (self._has_changed and is_entry)):
            raise Unpredictable('not exactly one video object layer')
        for layer in layers:
            self._times.set_layer(layer[1:])
        for group in groups:
            self._times.start_group(group[1:])


def _sections(header: bytes) -> List[bytes]:
    return [section for section in header.split(_START)[1:] if section]


def _starts_of_pictures(data: bytes) -> List[int]:
    """Where pictures start; what stands between them must be nothing else."""
    places = []
    place = data.find(_PICTURE_START)
    while place >= 0:
        if place + 4 >= len(data):
            raise Unpredictable('a picture ends early')
        places.append(place)
        place = data.find(_START, place + 4)
        if place >= 0 and not data.startswith(_PICTURE_START, place):
            raise Unpredictable('headers after a picture')
    return places
