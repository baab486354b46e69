"""Reads single bits of the headers of coded pictures."""

from .decode_plan import Unpredictable


class BitReader:
    """Reads bits, most significant first.

    Args:
        data (bytes): Bytes to read.

    Raises:
        Unpredictable: If more bits are requested than exist.
    """

    def __init__(self, data: bytes):
        self._value = int.from_bytes(data, 'big')
        self._left = 8 * len(data)

    def bits(self, count: int) -> int:
        """Read an unsigned number of ``count`` bits."""
        self._left -= count
        if self._left < 0:
            raise Unpredictable('a header ends early')
        number = self._value >> self._left
        self._value ^= number << self._left
        return number

    def skip_golomb(self, count: int) -> None:
        """Skip Exp-Golomb codes."""
        for _ in range(count):
            self._left -= 2 * (self._left - self._value.bit_length()) + 1
            if self._left < 0:
                raise Unpredictable('a header ends early')
            self._value &= (1 << self._left) - 1

    def golomb(self) -> int:
        """Read an unsigned Exp-Golomb code."""
        zeros = self._left - self._value.bit_length()
        return self.bits(2 * zeros + 1) - 1
