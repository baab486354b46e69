"""What the first bits of VP8 and VP9 pictures say of them (RFC 6386, 9.1; VP9 bitstream, 7.2).

Both may pack pictures that are only there to be predicted from; those of VP9 share a packet with
the next one that is shown, but some writers give them a packet of their own.
"""

from typing import List, Tuple

from .decode_plan import CodedPicture, Unpredictable
from .scanner import Scanner

_INDEX_MARK, _INDEX_MASK = 0b11000000, 0b11100000


class Vp8Scanner(Scanner):
    """Finds the picture of each packet. Each key frame has all that follows it needs."""

    def scan(self, data: bytes) -> List[CodedPicture]:
        """Read the head of a packet: whether it is a key frame, and whether it is shown."""
        return [CodedPicture(0, len(data), not data[0] & 1, True, bool(data[0] & 16))]


class Vp9Scanner(Vp8Scanner):
    """Finds what each packet shows: one picture, or none.

    Raises:
        Unpredictable: If a packet shows several pictures, or its index does not fit.
    """

    def scan(self, data: bytes) -> List[CodedPicture]:
        """Read the heads of all pictures of a packet; it counts as one picture."""
        heads = [_head(picture) for picture in _split(data)]
        num_shown = sum(is_shown for _, is_shown in heads)
        if num_shown > 1:
            raise Unpredictable('a packet shows several pictures')
        return [CodedPicture(0, len(data), heads[0][0], True, bool(num_shown))]


def _split(data: bytes) -> List[bytes]:
    """The pictures of a packet, as the index at its end tells, if there is one."""
    mark = data[-1]
    if mark & _INDEX_MASK != _INDEX_MARK:
        return [data]
    count, width = (mark & 7) + 1, (mark >> 3 & 3) + 1
    index = data[-2 - count * width :]
    if len(index) < 2 + count * width or index[0] != mark:
        return [data]
    place, pictures = 0, []
    for number in range(count):
        size = int.from_bytes(index[1 + number * width :][:width], 'little')
        pictures.append(data[place : place + size])
        place += size
    if place > len(data) - len(index) or not all(pictures):
        raise Unpredictable('the index of a packet does not fit it')
    return pictures


def _head(picture: bytes) -> Tuple[bool, bool]:
    """Whether decoding may start at a picture, and whether it is shown."""
    if picture[0] >> 6 != 2:
        raise Unpredictable('a packet does not begin with a picture')
    # after the profile, of three bits and a reserved one for the highest: shows an earlier
    # picture, is no key frame, is shown
    bits = picture[0] << (1 if picture[0] >> 4 & 3 == 3 else 0)
    if bits & 8:
        return False, True
    return not bits & 4, bool(bits & 2)
