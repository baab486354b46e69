"""Where the pictures of the videos of an index lie, in an SQLite file beside the index.

``tools/data/index_pictures.py`` makes it (``train.index.csv`` → ``train.index.pictures``).
"""

import logging
import os
import os.path as osp
import sqlite3
from typing import Iterable, NamedTuple, Optional
from urllib.parse import quote

from mmengine.logging import print_log

from tev_mmaction.files import replacing
from tev_mmaction.storage import is_uri, state_of

from .readers.packets import PictureIndex

# Raise it when scanners find other pictures in a file than before, or PictureIndex.to_bytes writes
# them differently: the files have not changed, so nothing else tells that stored plans are old.
_VERSION = 1
_TABLE = 'CREATE TABLE videos (path BLOB PRIMARY KEY, size INT, changed INT, pictures BLOB)'


class StoredVideo(NamedTuple):
    """A video of the store.

    Args:
        path (str): Path in the list.
        size (int): Bytes of the file.
        changed (int): Time of its last change, in ns.
        pictures (bytes): Result of :meth:`PictureIndex.to_bytes`.
    """

    path: str
    size: int
    changed: int
    pictures: bytes


def pictures_file(index_file: str) -> str:
    """Location of the store that belongs to a video index."""
    return osp.splitext(index_file)[0] + '.pictures'


def save_pictures(file: str, videos: Iterable[StoredVideo]) -> int:
    """Write a store, whole or not at all.

    Returns:
        int: Number of videos in it.

    Raises:
        OSError: If it cannot be written.
    """
    with replacing(file) as part:
        try:
            connection = sqlite3.connect(part, isolation_level=None)
            try:
                # Nobody reads the draft, and it is removed if it stays incomplete.
                connection.execute('PRAGMA journal_mode = OFF')
                connection.execute('PRAGMA synchronous = OFF')
                connection.execute(f'PRAGMA user_version = {_VERSION}')
                connection.execute(_TABLE)
                rows = ((os.fsencode(path), *others) for path, *others in videos)
                return connection.executemany(
                    'INSERT INTO videos VALUES (?, ?, ?, ?)', rows
                ).rowcount
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise OSError(f'{file!r} cannot be written: {error}') from error


class PictureStore:
    """Looks up videos; each process has its own connection.

    Args:
        file (str): The store.
    """

    def __init__(self, file: str):
        self.file = file
        self._connection: Optional[sqlite3.Connection] = None
        self._process = 0
        self._is_readable = True

    @classmethod
    def beside(cls, index_file: str) -> Optional['PictureStore']:
        """The store that belongs to a video index; None if there is none on a local disk."""
        file = pictures_file(index_file)
        return cls(file) if not is_uri(file) and osp.isfile(file) else None

    def __getstate__(self) -> dict:
        return dict(self.__dict__, _connection=None)  # it stays in its process

    def find(self, path: str, filename: str) -> Optional[PictureIndex]:
        """Look a video up.

        Args:
            path (str): Path in the list.
            filename (str): Location of the file.

        Returns:
            PictureIndex: None if the store does not have the video, or the file has changed since.
            If the store cannot be read, or has another version, a warning says so once.
        """
        if is_uri(filename) or not self._is_readable:
            return None
        try:
            row = self._row(path)
            if row is None or row[:2] != state_of(filename):
                return None
            return PictureIndex.from_bytes(row[2])
        except (sqlite3.Error, ValueError) as error:
            self._is_readable = False
            print_log(
                f'{self.file!r} is not used ({error}): videos are read without it, with the same '
                'frames. Make it anew with `python tools/data/index_pictures.py`.',
                logger='current',
                level=logging.WARNING,
            )
            return None

    def _row(self, path: str) -> Optional[tuple]:
        if self._connection is None or self._process != os.getpid():
            # A connection must not be used in a forked process.
            uri = f'file:{quote(osp.abspath(self.file))}?mode=ro&immutable=1'
            self._connection, self._process = sqlite3.connect(uri, uri=True), os.getpid()
            (version,) = self._connection.execute('PRAGMA user_version').fetchone()
            if version != _VERSION:
                raise ValueError(f'it has version {version}, this code needs {_VERSION}')
        query = 'SELECT size, changed, pictures FROM videos WHERE path = ?'
        return self._connection.execute(query, (os.fsencode(path),)).fetchone()
