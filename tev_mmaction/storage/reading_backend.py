"""What file backends of this package have in common: they read, also parts of files."""

import os
import tempfile
from abc import abstractmethod
from contextlib import contextmanager
from typing import BinaryIO, Iterator, NamedTuple

from mmengine.fileio import BaseStorageBackend


class FileState(NamedTuple):
    """What is known of a file without reading it.

    Args:
        size (int): In bytes.
        modified (int): Time of the last change in ns, 0 if not known.
        version (str): What is different for another content, '' if not known.
    """

    size: int
    modified: int
    version: str


class ReadingBackend(BaseStorageBackend):
    """Reads files that are not files of this machine, whole or in parts."""

    @abstractmethod
    def open(self, filepath: str) -> BinaryIO:
        """Open a file to read parts of it.

        Raises:
            FileNotFoundError: If it is not there.
            OSError: If it cannot be read.
        """

    @abstractmethod
    def state(self, filepath: str) -> FileState:
        """The state of a file.

        Raises:
            FileNotFoundError: If it is not there.
            OSError: If it is not known.
        """

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
