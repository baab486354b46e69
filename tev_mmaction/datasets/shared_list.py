"""One copy of a data list for a process and the workers of its data loader.

mmengine's ``serialize_data`` keeps the list as one array of bytes. Forked workers share it with the
main process, but each spawned worker receives and keeps a copy.
"""

import logging
import os
import pickle
import tempfile
from array import array
from multiprocessing import reduction
from typing import IO, Iterable, Iterator, List, Optional, Tuple

import numpy as np
from mmengine.logging import print_log


class SharedArray(np.ndarray):
    """A read-only array in an unnamed temporary file, which worker processes map into memory.

    The system removes the file when the last process that uses it ends, for whatever reason.
    Slices and copies of the array are pickled as ordinary arrays.

    Attributes:
        file (IO, optional): The file; None for slices and copies.
    """

    file: Optional[IO] = None

    @classmethod
    def write(cls, chunks: Iterable, dtype: str) -> 'SharedArray':
        """Write an array.

        Args:
            chunks (Iterable): Its bytes, in parts; at least one byte.
            dtype (str): Type of the elements.

        Raises:
            OSError: If there is no space for the file.
        """
        file = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the array is in use)
        file.writelines(chunks)
        file.flush()
        return cls.map(file, dtype)

    @classmethod
    def map(cls, file: IO, dtype: str) -> 'SharedArray':
        """Map an open file."""
        shared = np.memmap(file, dtype, mode='r').view(cls)
        shared.file = file
        return shared


def _sent(shared: SharedArray) -> tuple:
    """What a process receives that is started with an array: the open file, not its content."""
    if shared.file is None or not hasattr(reduction, 'DupFd'):  # Windows has no descriptors
        return np.array(shared).__reduce__()  # type: ignore[return-value]
    return _received, (reduction.DupFd(shared.file.fileno()), shared.dtype.str)


def _received(descriptor, dtype: str) -> SharedArray:
    return SharedArray.map(os.fdopen(descriptor.detach(), 'rb'), dtype)


# Only between processes that live at the same time; other pickles hold the content.
reduction.ForkingPickler.register(SharedArray, _sent)


class SharedList:
    """Keeps the serialized list of a dataset in a file that its workers map into memory.

    It replaces a method of mmengine's ``BaseDataset``, and must come before it among the base
    classes. If no temporary file can be written, the list stays in memory, as in mmengine.
    """

    data_list: List[dict]

    def _serialize_data(self) -> Tuple[np.ndarray, np.ndarray]:
        """Write the list, one pickle per video, and empty it.

        Returns:
            tuple[np.ndarray, np.ndarray]: All pickles, uint8; where each of them ends, int64.
        """
        sizes = array('q')
        try:
            content = SharedArray.write(_pickles(self.data_list, sizes), 'u1')
            ends = SharedArray.write([np.cumsum(sizes).data], 'i8')
        except OSError as error:
            print_log(
                f'The list of {len(self.data_list)} videos cannot be kept in a temporary file '
                f'({error}). Workers that are spawned, not forked, will copy it. Set the '
                'environment variable TMPDIR to a folder with space.',
                logger='current',
                level=logging.WARNING,
            )
            return super()._serialize_data()  # type: ignore[misc]
        self.data_list.clear()
        return content, ends


def _pickles(data_list: List[dict], sizes: array) -> Iterator[bytes]:
    for info in data_list:
        pickled = pickle.dumps(info, protocol=4)
        sizes.append(len(pickled))
        yield pickled
