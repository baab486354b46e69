"""What the bits of an H.264 stream say about its pictures (ITU-T H.264, clauses 7.3 and 8.2.1)."""

import re
from typing import Iterator, List, NamedTuple, Optional, Set, Tuple

from .bits import BitReader
from .decode_plan import CodedPicture, Unpredictable
from .scanner import Scanner

_SLICE, _IDR_SLICE, _SPS, _PPS = 1, 5, 7, 8
_HARMLESS = {6, 9, 12}  # supplemental information, access unit delimiter, filler
# Profiles whose sequence parameter sets tell the chroma format.
_HIGH_PROFILES = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
# Each IDR picture starts a new count of pictures; greater than any picture order count.
_PERIOD = 1 << 33
# Holds a slice header up to the picture order count: three codes, at most 9 + 63 + 63 bits each.
_HEAD_SIZE = 16
# Of frame numbers and picture order counts, by the standard.
_MAX_NUMBER_BITS = 16


class _Sequence(NamedTuple):
    frame_num_bits: int
    order_bits: int  # 0 where pictures are shown in the order of decoding
    separate_planes: bool


class H264Scanner(Scanner):
    """Finds the pictures of packets, which must be handed over in the order of decoding.

    Args:
        extradata (bytes): The codec's configuration: ``avcC``, or NAL units with start codes.

    Raises:
        Unpredictable: On anything out of the ordinary, such as fields, several sequence parameter
            sets, parameter sets that change, missing, redundant or scalable pictures.
    """

    first_configures = timestamps_order = True

    def __init__(self, extradata: bytes):
        super().__init__(extradata)
        self._length_size = 0
        self._known: Set[bytes] = set()
        if extradata[:1] == b'\1':
            if len(extradata) < 7:
                raise Unpredictable('its configuration ends early')
            self._length_size = (extradata[4] & 3) + 1
            self._known.update(_sets_of_avcc(extradata))
        else:
            for start, stop in self._nals(extradata) if extradata else ():
                self._known.add(extradata[start:stop].rstrip(b'\0'))
        self._sequence: Optional[_Sequence] = None
        self._ranks: List[int] = []
        self._period = self._last_order = self._last_frame_num = 0

    def scan(self, data: bytes) -> List[CodedPicture]:
        """Find the picture of a packet.

        Args:
            data (bytes): The next packet.

        Returns:
            list[CodedPicture]: One picture.
        """
        kind, reference, head = 0, False, 0
        sets: Set[bytes] = set()
        for start, stop in self._nals(data):
            first = data[start]
            nal_kind, is_referenced = first & 31, first & 96 != 0
            if nal_kind in (_SLICE, _IDR_SLICE):
                # A slice of the first macroblock, number 0, starts a picture.
                starts_picture = stop > start + 1 and data[start + 1] >= 128
                if starts_picture == bool(kind):
                    raise Unpredictable('a packet does not hold one picture')
                if kind and (kind, reference) != (nal_kind, is_referenced):
                    raise Unpredictable('slices of a picture differ')
                if starts_picture:
                    kind, reference, head = nal_kind, is_referenced, start + 1
            elif nal_kind in (_SPS, _PPS):
                sets.add(data[start:stop].rstrip(b'\0'))
            elif nal_kind not in _HARMLESS:
                raise Unpredictable(f'NAL units of type {nal_kind}')
        if not kind:
            raise Unpredictable('a packet does not hold one picture')
        self._learn(sets)
        self._rank(data[head : head + _HEAD_SIZE], kind == _IDR_SLICE, reference)
        return [CodedPicture(0, len(data), kind == _IDR_SLICE, reference)]

    def ranks(self, pictures: List[CodedPicture]) -> List[int]:
        """Order the pictures by IDR period and picture order count.

        Args:
            pictures (list[CodedPicture]): All of the stream.

        Returns:
            list[int]: In whose ascending order they are shown.
        """
        return self._ranks

    def _learn(self, sets: Set[bytes]) -> None:
        """Take the parameter sets of a packet; from the second on, none may be new."""
        if not self._ranks:
            self._known = sets or self._known
            sequences = {nal for nal in self._known if nal and nal[0] & 31 == _SPS}
            if len(sequences) != 1:
                raise Unpredictable('not exactly one sequence parameter set')
            self._sequence = _read_sequence(sequences.pop())
        elif not sets <= self._known:
            raise Unpredictable('parameter sets change')

    def _rank(self, head: bytes, is_idr: bool, reference: bool) -> None:
        """Read how the picture of a slice header is ordered among those of its IDR period."""
        assert self._sequence is not None  # _learn has read it
        frame_num_bits, order_bits, separate_planes = self._sequence
        reader = _payload_reader(head)
        reader.skip_golomb(3)  # first macroblock, slice type, picture parameter set
        reader.bits(2 * separate_planes)
        frame_num = reader.bits(frame_num_bits)
        if is_idr:
            reader.skip_golomb(1)  # IDR picture
            self._period += 1
            self._last_order = 0
        elif (frame_num - self._last_frame_num) % (1 << frame_num_bits) > 1:
            raise Unpredictable('pictures are missing')
        if reference:
            self._last_frame_num = frame_num
        order = len(self._ranks)
        if order_bits:
            modulus = 1 << order_bits
            # the number nearest to that of the last reference picture
            order = reader.bits(order_bits) - self._last_order
            order = self._last_order + (order + modulus // 2) % modulus - modulus // 2
            if reference:
                self._last_order = order
        self._ranks.append(self._period * _PERIOD + order)

    def _nals(self, data: bytes) -> List[Tuple[int, int]]:
        """Where NAL units start and stop."""
        nals, place, size = [], 0, self._length_size
        if not size:
            starts = [match.end() for match in re.finditer(b'\0\0\1', data)]
            if not starts or data[: starts[0] - 3].strip(b'\0'):
                raise Unpredictable('no start code where one must be')
            stops = [start - 3 for start in starts[1:]] + [len(data)]
            return [nal for nal in zip(starts, stops) if nal[0] < nal[1]]
        while place < len(data):
            start = place + size
            stop = start + int.from_bytes(data[place:start], 'big')
            if not start < stop <= len(data):
                raise Unpredictable('a NAL unit ends early')
            nals.append((start, stop))
            place = stop
        return nals


def _sets_of_avcc(extradata: bytes) -> Iterator[bytes]:
    place = 5
    for mask in (31, 255):  # sequence parameter sets, picture parameter sets
        count = extradata[place] & mask if place < len(extradata) else 0
        place += 1
        for _ in range(count):
            stop = place + 2 + int.from_bytes(extradata[place : place + 2], 'big')
            nal = extradata[place + 2 : stop].rstrip(b'\0')
            if not nal:
                raise Unpredictable('its configuration ends early')
            yield nal
            place = stop


def _read_sequence(nal: bytes) -> _Sequence:
    reader = _payload_reader(nal[1:])
    profile = reader.bits(8)
    reader.bits(16)
    reader.golomb()
    separate_planes = False
    if profile in _HIGH_PROFILES:
        chroma = reader.golomb()
        separate_planes = chroma == 3 and bool(reader.bits(1))
        reader.golomb()
        reader.golomb()
        reader.bits(1)
        if reader.bits(1):
            _skip_scaling_lists(reader, 8 if chroma != 3 else 12)
    frame_num_bits = reader.golomb() + 4
    order_type = reader.golomb()
    if order_type == 1:
        raise Unpredictable('picture order count of type 1')
    order_bits = reader.golomb() + 4 if order_type == 0 else 0
    if max(frame_num_bits, order_bits) > _MAX_NUMBER_BITS:
        raise Unpredictable('a sequence parameter set that is out of bounds')
    reader.golomb()
    reader.bits(1)
    reader.golomb()
    reader.golomb()
    if not reader.bits(1):
        raise Unpredictable('pictures may be fields')
    return _Sequence(frame_num_bits, order_bits, separate_planes)


def _payload_reader(data: bytes) -> BitReader:
    """A reader that does not see emulation prevention bytes."""
    return BitReader(data.replace(b'\0\0\3', b'\0\0'))


def _skip_scaling_lists(reader: BitReader, count: int) -> None:
    for number in range(count):
        last = following = 8
        for _ in range((16 if number < 6 else 64) if reader.bits(1) else 0):
            if following:
                code = reader.golomb()
                following = (last + (code + 1) // 2 * (1 if code % 2 else -1)) % 256
            last = following or last
