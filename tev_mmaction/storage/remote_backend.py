"""What file backends for files elsewhere have in common."""

import time
from abc import abstractmethod
from functools import partial
from typing import BinaryIO, Callable, Optional, TypeVar, cast

from .block_cache import BlockCache
from .file_part import FilePart
from .reading_backend import FileState, ReadingBackend
from .remote_file import RemoteFile

_WAIT = 0.25  # seconds before the second try; twice as many before each further one
_Result = TypeVar('_Result')
_Fetch = Callable[[int, int], bytes]  # the bytes from a start to a stop


class PassingError(OSError):
    """A failure of a server or of the network that may be over at the next try."""


class UnfitFileError(OSError):
    """A file is there, and is not the one that was asked for, or cannot be read in parts."""


class RemoteBackend(ReadingBackend):
    """Reads files elsewhere, whole or by ranges; tries again a bounded number of times.

    Args:
        block_size (int): Bytes of a range. Defaults to 4 MiB.
        cache_dir (str, optional): Local folder that keeps the ranges of videos. Each time a video
            is opened, its server is asked once whether the file is still the same; a part of a
            file of a known version needs no request. Defaults to None, nothing is kept.
        retries (int): Further tries after a failure that may pass. Defaults to 3.
        cache_size (int, optional): Bytes above which the oldest ranges are removed from
            ``cache_dir``. Defaults to None, nothing is ever removed.

    Raises:
        ValueError: If a number is impossible, or there is a size without a folder.
    """

    def __init__(
        self,
        block_size: int = 4 * 2**20,
        cache_dir: Optional[str] = None,
        retries: int = 3,
        cache_size: Optional[int] = None,
    ):
        if block_size < 1 or retries < 0:
            raise ValueError(
                f'backend_args: block_size={block_size}, retries={retries}; at least 1 and 0'
            )
        if cache_size is not None and (cache_dir is None or cache_size < block_size):
            raise ValueError(
                f'backend_args: cache_size={cache_size}; it needs a cache_dir, and at least '
                f'block_size={block_size}'
            )
        self.block_size = block_size
        self.cache_dir = cache_dir
        self.retries = retries
        self.cache_size = cache_size

    @abstractmethod
    def _fetch(self, filepath: str) -> bytes:
        """A whole file; raises PassingError where another try may help."""

    @abstractmethod
    def _fetch_range(self, filepath: str, state: FileState, start: int, stop: int) -> bytes:
        """Bytes of a file; raises OSError if it is not in the given state any more."""

    @abstractmethod
    def _fetch_part(self, filepath: str, size: int, start: int, stop: int) -> bytes:
        """Bytes of a file by one request; raises UnfitFileError if it has another size."""

    def get(self, filepath: str) -> bytes:
        """Fetch a file whole.

        Raises:
            FileNotFoundError: If the server does not have it.
            OSError: If it cannot be fetched.
        """
        return self._patiently(lambda: self._fetch(filepath))

    def open(self, filepath: str) -> BinaryIO:
        state = self._patiently(lambda: self.state(filepath))
        return cast(BinaryIO, self._opened(filepath, state))

    def open_part(self, filepath: str, size: int, start: int, stop: int, version: str) -> BinaryIO:
        """Open a part of a file of which size and version are known; no request asks for them.

        A part of up to ``block_size`` bytes takes one request. With ``cache_dir``, whole blocks of
        the file are fetched and kept, for the parts beside it, too.

        Args:
            filepath (str): The file.
            size (int): Its size in bytes. Reading raises :class:`UnfitFileError` if it has another.
            start (int): First byte of the part.
            stop (int): First byte after the part.
            version (str): What is different for another content.
        """
        fetch = self._all_of(partial(self._fetch_part, filepath, size), filepath)
        kept = self._kept(filepath, version)
        if kept is None:
            shifted = lambda first, last: fetch(start + first, start + last)  # noqa: E731
            return cast(BinaryIO, RemoteFile(shifted, stop - start, self.block_size))
        blocks = cast(BinaryIO, RemoteFile(fetch, size, self.block_size, kept))
        return cast(BinaryIO, FilePart(blocks, start, stop - start))

    def exists(self, filepath: str) -> Optional[bool]:
        """Whether the server has a file, or a folder that it knows; None if it does not tell."""
        return self._is_there(filepath, folder=True)

    def isfile(self, filepath: str) -> Optional[bool]:
        """Whether the server has a file; None if it does not tell."""
        return self._is_there(filepath, folder=False)

    def _is_there(self, filepath: str, folder: bool) -> Optional[bool]:
        try:
            self.state(filepath)
        except FileNotFoundError:
            return False
        except IsADirectoryError:
            return folder
        except OSError:
            return None
        return True

    def _opened(self, filepath: str, state: FileState) -> RemoteFile:
        fetch = self._all_of(partial(self._fetch_range, filepath, state), filepath)
        kept = self._kept(filepath, state.version)
        return RemoteFile(fetch, state.size, self.block_size, kept)

    def _kept(self, filepath: str, version: str) -> Optional[BlockCache]:
        if self.cache_dir is None or not version:
            return None
        return BlockCache(self.cache_dir, filepath, version, self.block_size, self.cache_size)

    def _patiently(self, call: Callable[[], _Result]) -> _Result:
        for number in range(self.retries):
            try:
                return call()
            except PassingError:
                time.sleep(_WAIT * 2**number)
        return call()

    def _all_of(self, fetch: _Fetch, filepath: str) -> _Fetch:
        """A function that fetches a range until all of its bytes have come."""

        def whole(start: int, stop: int) -> bytes:
            block = fetch(start, stop)
            if len(block) != stop - start:
                raise PassingError(
                    f'{filepath!r}: {len(block)} bytes came where {stop - start} were asked for'
                )
            return block

        return lambda start, stop: self._patiently(lambda: whole(start, stop))
