"""Files elsewhere, read in blocks that may be kept on a local disk."""

from collections import OrderedDict
from typing import Callable, Optional

from .block_cache import BlockCache
from .sized_stream import SizedStream

_BLOCKS_HELD = 8  # of one file, in memory


class RemoteFile(SizedStream):
    """A binary stream whose blocks are fetched when they are read.

    Args:
        fetch (Callable[[int, int], bytes]): The bytes from a start to a stop.
        size (int): Size of the file in bytes.
        block_size (int): Bytes that are fetched at a time.
        kept (BlockCache, optional): Where blocks are kept. Defaults to None.
    """

    def __init__(
        self,
        fetch: Callable[[int, int], bytes],
        size: int,
        block_size: int,
        kept: Optional[BlockCache] = None,
    ):
        super().__init__(size)
        self._fetch = fetch
        self._block_size = block_size
        self._kept = kept
        self._held: OrderedDict[int, bytes] = OrderedDict()

    def hold(self, block: bytes) -> None:
        """Take the first block, where it has been fetched already."""
        self._held[0] = block

    def readinto(self, buffer) -> int:
        """Fill a buffer as far as the file goes, across blocks: readers of headers rely on it."""
        filled = 0
        while filled < len(buffer) and self._place < self.size:
            number, within = divmod(self._place, self._block_size)
            part = self._block(number)[within : within + len(buffer) - filled]
            buffer[filled : filled + len(part)] = part
            filled += len(part)
            self._place += len(part)
        return filled

    def _block(self, number: int) -> bytes:
        block = self._held.pop(number, None)
        if block is None:
            block = self._fetched(number)
        self._held[number] = block  # as the newest
        if len(self._held) > _BLOCKS_HELD:
            self._held.popitem(last=False)
        return block

    def _fetched(self, number: int) -> bytes:
        start = number * self._block_size
        stop = min(start + self._block_size, self.size)
        if self._kept is None:
            return self._fetch(start, stop)
        block = self._kept.get(number, stop - start)
        if block is not None:
            return block
        with self._kept.claimed(number):
            block = self._kept.get(number, stop - start)
            if block is None:
                block = self._fetch(start, stop)
                self._kept.put(number, block)
        return block
