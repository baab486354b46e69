"""The times in MPEG-4 Visual pictures, by which FFmpeg tells B pictures that have no place.

Where a reference was lost, the B pictures behind it lie between none, and are not shown.
"""

from .bits import BitReader
from .decode_plan import Unpredictable

_EXTENDED_ASPECT, _RECTANGLE = 15, 0
_WRAP = 1 << 16  # FFmpeg keeps distances in 16 bits
# Holds a picture's head: seconds since the last one in unary, and a fraction of at most 16 bits.
_HEAD_SIZE = 32


class Mpeg4Times:
    """Follows the times of the pictures of a stream, in the order of decoding."""

    def __init__(self):
        self._resolution = self._num_bits = 0
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
        reader = BitReader(picture[:_HEAD_SIZE])
        reader.bits(2)
        seconds = 0
        while reader.bits(1):
            seconds += 1
        reader.bits(1)
        fraction = reader.bits(self._num_bits)
        if not reader.bits(1):
            raise Unpredictable('a mark is missing in a picture')
        if not reader.bits(1):
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
