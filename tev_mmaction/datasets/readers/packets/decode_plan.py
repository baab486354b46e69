"""Finds the coded pictures that must be decoded for given frames, without file or decoder."""

from typing import FrozenSet, List, NamedTuple, Optional, Sequence

import numpy as np


class Unpredictable(Exception):
    """The packets of a stream do not determine the frames that a decoder would return.

    Such a video is decoded from its first packet, and its frames are counted.
    """


class CodedPicture(NamedTuple):
    """Properties of one coded picture, from its bits.

    Args:
        start (int): Its first byte in its packet.
        stop (int): The end of its bytes in its packet.
        entry (bool): Decoding may start here: later pictures of the stream that are shown later
            decode without anything before it.
        reference (bool): Other pictures may be predicted from it.
        is_shown (bool): It is shown, and not only used to predict others.
    """

    start: int
    stop: int
    entry: bool
    reference: bool
    is_shown: bool = True


class DecodePlan(NamedTuple):
    """A plan for decoding.

    Args:
        decode (list[int]): Pictures to give to the decoder, in this order.
        shown (list[int]): Pictures that the decoder returns, in this order.
        wanted (frozenset[int]): The requested pictures among ``shown``.
    """

    decode: List[int]
    shown: List[int]
    wanted: FrozenSet[int]


class PictureColumns(NamedTuple):
    """Properties of N pictures, in the order of decoding; arrays of shape (N,).

    Args:
        rank (np.ndarray): int64, a permutation: the place of each picture when shown.
        entry (np.ndarray): bool, see :class:`CodedPicture`.
        reference (np.ndarray): bool, see :class:`CodedPicture`.
        hidden (np.ndarray): bool, decoded, but not shown.
    """

    rank: np.ndarray
    entry: np.ndarray
    reference: np.ndarray
    hidden: np.ndarray


class PictureTable:
    """The coded pictures of a video, in the order of decoding.

    Args:
        pictures (Sequence[CodedPicture]): Properties of N pictures.
        ranks (Sequence[int]): N numbers; the pictures are shown in their ascending order.
        hidden (Sequence[bool]): N flags for pictures that are decoded, but not shown, or removed
            by the container's edit list.
        first_configures (bool): Whether the decoder always needs the first picture, because its
            headers apply to the whole stream. Defaults to True.

    Attributes:
        columns (PictureColumns): The pictures.
        first_configures (bool): As given.

    Raises:
        Unpredictable: If the first picture is not an entry that is shown first, or the order of
            the pictures around an entry is not valid.
    """

    def __init__(
        self,
        pictures: Sequence[CodedPicture],
        ranks: Sequence[int],
        hidden: Sequence[bool],
        first_configures: bool = True,
    ):
        if not pictures:
            raise Unpredictable('no pictures')
        self._arrange(
            PictureColumns(
                ranks_of(ranks),
                np.array([picture.entry for picture in pictures]),
                np.array([picture.reference for picture in pictures]),
                np.array(hidden, dtype=bool),
            ),
            first_configures,
        )

    @classmethod
    def of(cls, columns: 'PictureColumns', first_configures: bool) -> 'PictureTable':
        """The table with these columns.

        Args:
            columns (PictureColumns): Such as those of another table.
            first_configures (bool): See the class.

        Raises:
            Unpredictable: See the class.
        """
        table = cls.__new__(cls)
        table._arrange(columns, first_configures)
        return table

    def _arrange(self, columns: 'PictureColumns', first_configures: bool) -> None:
        self.columns, self.first_configures = columns, first_configures
        self._order, self._reference, self._hidden = columns.rank, columns.reference, columns.hidden
        self._by_rank = np.argsort(self._order)
        self._frames = self._by_rank[~self._hidden[self._by_rank]]
        self._start = self._find_starts(np.flatnonzero(columns.entry))

    def __len__(self) -> int:
        """int: Number of frames shown."""
        return len(self._frames)

    @property
    def reorder_depth(self) -> int:
        """int: Maximum number of decoded pictures that a decoder must buffer."""
        order = self._order
        depth = np.zeros(len(order), dtype=np.int64)
        # Of two pictures in the wrong order, one is at least half their distance out of place.
        for distance in range(1, 2 * np.abs(order - np.arange(len(order))).max() + 1):
            depth[distance:] += order[:-distance] > order[distance:]
        return int(depth.max())

    def plan(self, indices: np.ndarray) -> DecodePlan:
        """Find the smallest set of pictures that gives the frames.

        Args:
            indices (np.ndarray): Shape (K,), int64, strictly ascending, below the
                number of frames.

        Returns:
            DecodePlan: Each requested picture, and the references between it and its entry.
        """
        wanted = self._frames[indices]
        decode = np.zeros(len(self._order), dtype=bool)
        decode[0] = self.first_configures
        for picture in np.sort(wanted).tolist():
            start = self._start[picture]
            trailing = self._order[start:picture] >= self._order[start]
            decode[start:picture] |= self._reference[start:picture] & trailing
            decode[picture] = decode[start] = True
        shown = self._by_rank[(decode & ~self._hidden)[self._by_rank]]
        return DecodePlan(
            np.flatnonzero(decode).tolist(), shown.tolist(), frozenset(wanted.tolist())
        )

    def _find_starts(self, entries: np.ndarray) -> np.ndarray:
        """For each picture, the last entry from which it decodes correctly."""
        order = self._order
        if not entries.size or entries[0] != 0 or order[0] != 0:
            raise Unpredictable('the first picture cannot be decoded on its own')
        latest_before = np.maximum.accumulate(order)
        if (latest_before[entries[1:] - 1] > order[entries[1:]]).any():
            raise Unpredictable('a picture before an entry is shown after it')
        last = np.searchsorted(entries, np.arange(len(order)), side='right') - 1
        # Leading pictures follow an entry but are shown before it, and may be predicted
        # from both sides.
        last[order < order[entries[last]]] -= 1
        start = entries[np.maximum(last, 0)]
        if (last < 0).any() or (order < order[start]).any():
            raise Unpredictable('a picture is shown before two entries that it follows')
        return start


def ranks_of(numbers: Sequence[Optional[int]]) -> np.ndarray:
    """Rank of each of N numbers among them.

    Args:
        numbers (Sequence[int]): Numbers, such as time stamps.

    Returns:
        np.ndarray: Shape (N,), int64, a permutation of 0 to N - 1.

    Raises:
        Unpredictable: If one is missing (None), or two are equal.
    """
    if None in numbers:
        raise Unpredictable('time stamps are missing')
    values = np.array(numbers, dtype=np.int64)
    by_rank = values.argsort(kind='stable')
    if (np.diff(values[by_rank]) == 0).any():
        raise Unpredictable('two pictures are shown at the same time')
    ranks = np.empty_like(by_rank)
    ranks[by_rank] = np.arange(len(ranks))
    return ranks
