"""Where the pictures of a motion-JPEG avi file lie, as its own index says: no packet need be read.

Any picture decodes alone, so the frames of a clip cost what these frames cost, wherever they are.
"""

import struct
from typing import BinaryIO, FrozenSet, Optional, Sequence

import numpy as np

from .decode_plan import DecodePlan

_CHUNK_HEAD = struct.Struct('<4sI')  # name of the chunk, size of its content
_START_OF_IMAGE = b'\xff\xd8'


class JpegIndex:
    """The index of an avi file, each entry of which is a JPEG picture.

    Args:
        positions (np.ndarray): Shape (N,), int64, of the chunks, in bytes.
        sizes (np.ndarray): Shape (N,), int64, of their contents, in bytes.

    Attributes:
        entries (frozenset[int]): Empty. Errors before the first marked entry are not yet damage, so
            that a picture that cannot be decoded leaves the file to its packets.
    """

    entries: FrozenSet[int] = frozenset()

    def __init__(self, positions: np.ndarray, sizes: np.ndarray):
        self._positions = positions
        self._sizes = sizes

    def __len__(self) -> int:
        return len(self._positions)

    @classmethod
    def of(cls, entries: Sequence, num_frames: int) -> Optional['JpegIndex']:
        """Take the index of a stream at its word, if it is in order.

        Args:
            entries (Sequence): With ``pos``, ``size``, ``timestamp`` and ``is_keyframe``.
            num_frames (int): Frames that the header of the stream claims.

        Returns:
            JpegIndex: None if entries are missing, empty, repeated or out of order, or some are no
            key frames.
        """
        if not num_frames or len(entries) != num_frames:
            return None
        facts = [(e.pos, e.size, e.timestamp, e.is_keyframe and not e.is_discard) for e in entries]
        positions, sizes, times, whole = np.array(facts, dtype=np.int64).T
        in_order = (np.diff(positions) >= sizes[:-1] + _CHUNK_HEAD.size).all()
        if not (
            in_order and whole.all() and sizes.all() and (times == np.arange(len(times))).all()
        ):
            return None
        return cls(positions, sizes)

    def plan(self, indices: np.ndarray) -> DecodePlan:
        """The requested pictures alone.

        Args:
            indices (np.ndarray): Shape (K,), int64, ascending.
        """
        pictures = indices.tolist()
        return DecodePlan(pictures, pictures, frozenset(pictures))

    def read(self, file: BinaryIO, number: int) -> Optional[bytes]:
        """Read a picture.

        Args:
            file (BinaryIO): The file, seekable.
            number (int): Which picture, from 0.

        Returns:
            bytes: The picture; None if what lies there is not the chunk that the index says.
        """
        size = int(self._sizes[number])
        file.seek(int(self._positions[number]))
        chunk = file.read(_CHUNK_HEAD.size + size)
        if len(chunk) < _CHUNK_HEAD.size + size:
            return None
        name, said = _CHUNK_HEAD.unpack_from(chunk)
        content = chunk[_CHUNK_HEAD.size :]
        # `##dc` and `##db`: compressed or uncompressed pictures of stream ##
        sound = name[2:] in (b'dc', b'db') and said == size and content.startswith(_START_OF_IMAGE)
        return content if sound else None
