"""Places in a stream of known size."""

import io
import os


class SizedStream(io.RawIOBase):
    """A stream that seeks in a known number of bytes; subclasses read from ``_place`` on.

    Args:
        size (int): Number of bytes.

    Attributes:
        size (int): Number of bytes.
    """

    def __init__(self, size: int):
        self.size = size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError(f'seek to {base + offset}')
        self._place = base + offset
        return self._place
