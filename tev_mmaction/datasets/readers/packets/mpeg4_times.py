"""The times in MPEG-4 Visual pictures, by which FFmpeg tells B pictures that have no place.

Where a reference was lost, the B pictures behind it lie between none, and are not shown.
"""

from .bits import BitReader
from .decode_plan import Unpredictable

_EXTENDED_ASPECT, _RECTANGLE = 15, 0
_WRAP = 1 << 16  # FFmpeg keeps distances in 16 bits
# Holds a picture's head: seconds since the last one in unary, and a fraction of at most 16 bits.
_HEAD_SIZE = 8
_HEAD_BITS = 8 * _HEAD_SIZE - 2  # without the kind of the picture
_HEAD_MASK = (1 << _HEAD_BITS) - 1


class Mpeg4Times:
    """Follows the times of the pictures of a stream, in the order of decoding."""

    def __init__(self):
        self._resolution = self._num_bits = self._mask = 0
        self._seconds = self._seconds_before = self._last = self._distance = 0

    def set_layer(self, layer: bytes) -> None:
        """Learn how times are written.

        Args:
            layer (bytes): The video object layer, from behind its start code.

        Raises:
            Unpredictable: If it is out of the ordinary.
        """
        reader = BitReader(layer)
        reader.bits(9)
        if reader.bits(1):
            reader.bits(7)
        if reader.bits(4) == _EXTENDED_ASPECT:
            reader.bits(16)
        if reader.bits(1):
            reader.bits(3)
            if reader.bits(1):
                reader.bits(79)
        if reader.bits(2) != _RECTANGLE:
            raise Unpredictable('pictures of another shape')
        reader.bits(1)
        self._resolution = reader.bits(16)
        self._num_bits = max(1, (self._resolution - 1).bit_length())
        self._mask = (1 << self._num_bits) - 1

    @property
    def is_set(self) -> bool:
        """bool: Whether a layer has told how times are written."""
        return self._num_bits > 0

    def start_group(self, head: bytes) -> None:
        """Take the time of a group of pictures, from behind its start code."""
        reader = BitReader(head)
        hours, minutes, _, seconds = (reader.bits(count) for count in (5, 6, 1, 6))
        if head[0] or head[1] or head[2] >> 1:  # else FFmpeg does not take it
            self._seconds = seconds + 60 * (minutes + 60 * hours)

    def add(self, picture: bytes, is_b: bool) -> None:
        """Take the next picture.

        Args:
            picture (bytes): From behind its start code.
            is_b (bool): Whether it is a B picture.

        Raises:
            Unpredictable: If the decoder would not show it.
        """
        # By hand, since it is done for each picture: the kind in two bits, a one for each second, a
        # zero and a mark, the fraction, a mark, and whether the picture is coded.
        head = int.from_bytes(picture[:_HEAD_SIZE].ljust(_HEAD_SIZE, b'\0'), 'big') & _HEAD_MASK
        seconds = _HEAD_BITS - (head ^ _HEAD_MASK).bit_length()
        left = _HEAD_BITS - seconds - self._num_bits - 4
        if left < 0:
            raise Unpredictable('a header ends early')
        fraction = head >> left + 2 & self._mask
        if not head >> left + 1 & 1:
            raise Unpredictable('a mark is missing in a picture')
        if not head >> left & 1:
            raise Unpredictable('a picture is not coded')
        if is_b:
            time = (self._seconds_before + seconds) * self._resolution + fraction
            distance = (self._distance - self._last + time) % _WRAP
            if not 0 < distance < self._distance:
                raise Unpredictable('a B picture lies between no others')
            return
        self._seconds_before = self._seconds
        self._seconds += seconds
        time = self._seconds * self._resolution + fraction
        self._distance = (time - self._last) % _WRAP
        self._last = time
