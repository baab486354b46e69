"""Files that are whole or absent."""

from pathlib import Path
from typing import Union

from mmengine.fileio import LocalBackend, register_backend

from ..files import write_file


class AtomicLocalBackend(LocalBackend):
    """mmengine's local files, each written under another name and renamed when it is whole."""

    def put(self, obj: bytes, filepath: Union[str, Path]) -> None:
        """Write a file; one of the same name stays until this is done.

        Raises:
            OSError: If it cannot be written; then nothing of it is left behind.
        """
        write_file(filepath, bytes(obj))


register_backend('atomic_local', AtomicLocalBackend)
