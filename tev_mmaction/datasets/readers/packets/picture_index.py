"""The pictures of a file as an earlier scan found them: no packet need be scanned or read."""

import struct
import zlib
from typing import BinaryIO, Optional

import numpy as np

from .decode_plan import DecodePlan, PictureColumns, PictureTable, Unpredictable

_HEAD = struct.Struct('<I?')  # number of pictures, whether the first one configures the decoder
_COLUMNS = dict(step='<i8', size='<i4', rank='<i4', entry='?', reference='?', hidden='?')


class PictureIndex:
    """Which pictures give the frames of a file, and where they lie.

    Args:
        positions (np.ndarray): Shape (N,), int64: the first byte of each picture in the file.
        sizes (np.ndarray): Shape (N,), int64, in bytes.
        table (PictureTable): The N pictures.

    Attributes:
        entries (frozenset[int]): Pictures at which decoding may start.
    """

    def __init__(self, positions: np.ndarray, sizes: np.ndarray, table: PictureTable):
        self._positions, self._sizes, self._table = positions, sizes, table
        self.entries = frozenset(np.flatnonzero(table.columns.entry).tolist())

    def __len__(self) -> int:
        """int: Number of frames shown."""
        return len(self._table)

    def plan(self, indices: np.ndarray) -> DecodePlan:
        """See :meth:`PictureTable.plan`.

        Args:
            indices (np.ndarray): Shape (K,), int64, strictly ascending, below the number of frames.
        """
        return self._table.plan(indices)

    def read(self, file: BinaryIO, number: int) -> Optional[bytes]:
        """Read a picture.

        Args:
            file (BinaryIO): The file, seekable.
            number (int): Which picture, from 0, in the order of decoding.

        Returns:
            bytes: The picture; None if the file ends before it does.
        """
        file.seek(int(self._positions[number]))
        content = file.read(int(self._sizes[number]))
        return content if len(content) == self._sizes[number] else None

    def to_bytes(self) -> bytes:
        """The index, compressed."""
        # Positions as differences: similar numbers compress best.
        values = (np.diff(self._positions, prepend=0), self._sizes, *self._table.columns)
        head = _HEAD.pack(len(self._sizes), self._table.first_configures)
        columns = [column.astype(kind).tobytes() for column, kind in zip(values, _COLUMNS.values())]
        return zlib.compress(head + b''.join(columns))

    @classmethod
    def from_bytes(cls, data: bytes) -> 'PictureIndex':
        """Read what :meth:`to_bytes` wrote.

        Args:
            data (bytes): What it wrote.

        Raises:
            ValueError: If it is damaged, or its pictures cannot be those of a video.
        """
        try:
            content = zlib.decompress(data)
            count, first_configures = _HEAD.unpack_from(content)
            columns, place = [], _HEAD.size
            for kind in _COLUMNS.values():
                columns.append(np.frombuffer(content, kind, count, place))
                place += columns[-1].nbytes
            steps, sizes, ranks, *flags = columns
            ranks = ranks.astype(np.int64)
            table = PictureTable.of(PictureColumns(ranks, *flags), first_configures)
        except (zlib.error, struct.error, ValueError, Unpredictable) as error:
            raise ValueError(f'the pictures of a video are damaged: {error}') from error
        return cls(steps.cumsum(), sizes.astype(np.int64), table)
