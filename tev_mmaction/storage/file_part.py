"""A part of a file as a stream."""

import io
from typing import BinaryIO

from .sized_stream import SizedStream


class FilePart(SizedStream):
    """The bytes of a file from a start on.

    Args:
        file (BinaryIO): The file, open for reading. It is closed with the part.
        start (int): First byte.
        size (int): Number of bytes; the file has so many.

    Attributes:
        file (BinaryIO): The file.
        start (int): Where in the file the part begins.
        size (int): Bytes of the part.
        on_disk (bool): Whether it is a part of a local file, which can be mapped into memory.
    """

    def __init__(self, file: BinaryIO, start: int, size: int):
        super().__init__(size)
        self.file, self.start = file, start
        self.on_disk = isinstance(file, io.FileIO)

    def readinto(self, buffer) -> int:
        wanted = memoryview(buffer)[: max(0, self.size - self._place)]
        self.file.seek(self.start + self._place)
        count = self.file.readinto(wanted)  # type: ignore[attr-defined]
        self._place += count
        return count

    def readall(self) -> bytes:
        parts = iter(lambda: self.read(2**26), b'')  # not in steps of 8 KiB, as the base class does
        return b''.join(parts)

    def close(self) -> None:
        if not self.closed:
            self.file.close()
        super().close()
