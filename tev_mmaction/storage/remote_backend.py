"""What file backends for files elsewhere have in common."""

import os
import tempfile
import time
from abc import abstractmethod
from contextlib import contextmanager
from typing import BinaryIO, Callable, Iterator, NamedTuple, Optional, TypeVar, cast

from mmengine.fileio import BaseStorageBackend

from .remote_file import BlockCache, RemoteFile

_WAIT = 0.25  # seconds before the second try; twice as many before each further one
_Result = TypeVar('_Result')


class PassingError(OSError):
    """A failure of a server or of the network that may be over at the next try."""


class RemoteState(NamedTuple):
    """What a server says of a file.

    Args:
        size (int): In bytes.
        modified (int): Time of the last change in ns, 0 if not known.
        version (str): What is different for another content, '' if not known.
    """

    size: int
    modified: int
    version: str


class RemoteBackend(BaseStorageBackend):
    """Reads files elsewhere, whole or by ranges; tries again a bounded number of times.

    Args:
        block_size (int): Bytes of a range. Defaults to 4 MiB.
        cache_dir (str, optional): Local folder that keeps the ranges of videos. Each time a video
            is opened, its server is asked once whether the file is still the same. Nothing is ever
            removed from the folder. Defaults to None, nothing is kept.
        retries (int): Further tries after a failure that may pass. Defaults to 3.

    Raises:
        ValueError: If a number is impossible.
    """

    def __init__(
        self, block_size: int = 4 * 2**20, cache_dir: Optional[str] = None, retries: int = 3
    ):
        if block_size < 1 or retries < 0:
            raise ValueError(
                f'backend_args: block_size={block_size}, retries={retries}; at least 1 and 0'
            )
        self.block_size = block_size
        self.cache_dir = cache_dir
        self.retries = retries

    @abstractmethod
    def state(self, filepath: str) -> RemoteState:
        """What the server says of a file.

        Raises:
            FileNotFoundError: If it does not have it.
            OSError: If it does not tell.
        """

    @abstractmethod
    def _fetch(self, filepath: str) -> bytes:
        """A whole file; raises PassingError where another try may help."""

    @abstractmethod
    def _fetch_range(self, filepath: str, state: RemoteState, start: int, stop: int) -> bytes:
        """Bytes of a file; raises OSError if it is not in the given state any more."""

    def get(self, filepath: str) -> bytes:
        """Fetch a file whole.

        Raises:
            FileNotFoundError: If the server does not have it.
            OSError: If it cannot be fetched.
        """
        return self._patiently(lambda: self._fetch(filepath))

    def get_text(self, filepath: str, encoding: str = 'utf-8') -> str:
        """Fetch a text."""
        return self.get(filepath).decode(encoding)

    @contextmanager
    def get_local_path(self, filepath: str) -> Iterator[str]:
        """Fetch a file to a temporary one, which is removed at the end."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'file')
            with open(path, 'wb') as file:
                file.write(self.get(filepath))
            yield path

    def open(self, filepath: str) -> BinaryIO:
        """Open a file to read parts of it.

        Raises:
            FileNotFoundError: If the server does not have it.
            OSError: If it cannot be read.
        """
        state = self._patiently(lambda: self.state(filepath))
        return cast(BinaryIO, self._opened(filepath, state))

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

    def _opened(self, filepath: str, state: RemoteState) -> RemoteFile:
        kept = None
        if self.cache_dir is not None and state.version:
            kept = BlockCache(self.cache_dir, filepath, state.version, self.block_size)

        def fetch(start: int, stop: int) -> bytes:
            return self._patiently(lambda: self._sound_range(filepath, state, start, stop))

        return RemoteFile(fetch, state.size, self.block_size, kept)

    def _sound_range(self, filepath: str, state: RemoteState, start: int, stop: int) -> bytes:
        block = self._fetch_range(filepath, state, start, stop)
        if len(block) != stop - start:
            raise PassingError(
                f'{filepath!r}: {len(block)} bytes came where {stop - start} were asked for'
            )
        return block

    def _patiently(self, call: Callable[[], _Result]) -> _Result:
        for number in range(self.retries):
            try:
                return call()
            except PassingError:
                time.sleep(_WAIT * 2**number)
        return call()
