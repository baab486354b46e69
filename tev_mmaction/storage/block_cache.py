"""Blocks of files elsewhere, kept on a local disk."""

import hashlib
import os
import time
import warnings
from contextlib import ExitStack, contextmanager, suppress
from typing import Dict, Iterator, Optional

from ..files import PART, make_folder, write_file

_LOCK = '.lock'  # in the folder of all files whose keys begin alike: at most 256 stay
_DAY = 24 * 3600  # seconds; what is older and still a part is of a process that was killed
_SHARE = 32  # a process adds so much of the size of a cache before it looks at the whole

# Of this process: bytes that were added to each folder since the whole was looked at.
_added: Dict[str, int] = {}


class BlockCache:
    """The blocks of one version of a file, on a local disk. Several processes may use it at once.

    Args:
        folder (str): Folder of all files.
        name (str): The file.
        version (str): What is different for another content.
        block_size (int): Bytes of a block.
        max_bytes (int, optional): Size of the folder, above which the oldest blocks of all files
            are removed, with folders that become empty, and parts of blocks that are older than a
            day. Each process may exceed it by a 32nd. Defaults to None, no bound.
    """

    def __init__(
        self,
        folder: str,
        name: str,
        version: str,
        block_size: int,
        max_bytes: Optional[int] = None,
    ):
        key = hashlib.sha256('\0'.join([name, version, str(block_size)]).encode()).hexdigest()
        self._all = folder
        self._folder = os.path.join(folder, key[:2], key)
        self._lock = os.path.join(folder, key[:2], _LOCK)
        self._first = int(key[2:14], 16)  # byte of the lock that stands for block 0
        self._max_bytes = max_bytes

    def get(self, number: int, size: int) -> Optional[bytes]:
        """A block of a known size, None if it is not there."""
        try:
            with open(os.path.join(self._folder, str(number)), 'rb') as file:
                block = file.read()
        except OSError:
            return None
        return block if len(block) == size else None

    @contextmanager
    def claimed(self, number: int) -> Iterator[None]:
        """Keep other processes from fetching a block at the same time; they wait for it."""
        import fcntl  # on systems that have it; without a cache, reading does not need it

        with ExitStack() as opened:
            with suppress(OSError):  # full disks, and file systems without locks, do without
                make_folder(os.path.dirname(self._lock))
                lock = opened.enter_context(open(self._lock, 'ab'))
                fcntl.lockf(lock, fcntl.LOCK_EX, 1, self._first + number)
            yield

    def put(self, number: int, block: bytes) -> None:
        """Keep a block; a warning says if the disk does not take it."""
        file = os.path.join(self._folder, str(number))
        try:
            try:
                write_file(file, block)
            except FileNotFoundError:  # another process has just removed the folder: it was empty
                write_file(file, block)
        except OSError as error:
            warnings.warn(f'cache_dir: a block of a file is not kept ({error})', stacklevel=2)
            return
        if self._max_bytes is not None:
            added = _added.get(self._all, self._max_bytes) + len(block)
            if added > self._max_bytes // _SHARE:
                _remove_oldest(self._all, self._max_bytes)
                added = 0
            _added[self._all] = added


def _remove_oldest(folder: str, max_bytes: int) -> None:
    """Remove the oldest blocks until the others fit; another process may do so at the same time."""
    blocks = []
    for base, _, names in os.walk(folder):
        for file in (os.path.join(base, name) for name in names if name != _LOCK):
            with suppress(OSError):  # another process has removed it
                state = os.stat(file)
                if not file.endswith(PART):
                    blocks.append((state.st_mtime_ns, state.st_size, file))
                elif state.st_mtime < time.time() - _DAY:
                    _remove(file)
    excess = sum(size for _, size, _ in blocks) - max_bytes
    for _, size, file in sorted(blocks):
        if excess <= 0:
            return
        _remove(file)
        excess -= size


def _remove(file: str) -> None:
    """Remove a file, and its folder if that is empty then."""
    with suppress(OSError):  # another process has removed it; the folder has other files
        os.remove(file)
        os.rmdir(os.path.dirname(file))
