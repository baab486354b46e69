"""Which coded pictures must be decoded to get given frames. Pure: knows no file and no decoder."""

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np


class Unpredictable(Exception):
    """What a decoder would make of a stream cannot be told from its packets with certainty.

    Such a video is decoded from its first packet on, and its frames are counted.
    """


class CodedPicture(NamedTuple):
    """What the bits of one coded picture say about it.

    Args:
        start (int): Where it begins in its packet, in bytes.
        stop (int): Where it ends.
        entry (bool): Decoding may start here: of what comes later in the stream, all that is shown
            later decodes without anything before it.
        reference (bool): Other pictures may be predicted from it.
        rank (int): Pictures are shown in ascending order of these numbers.
    """

    start: int
    stop: int
    entry: bool
    reference: bool
    rank: int


class DecodePlan(NamedTuple):
    """What to decode.

    Args:
        decode (list[int]): Pictures to hand to the decoder, in this order.
        shown (list[int]): Pictures that come out of it, in this order.
        wanted (set[int]): Those of ``shown`` that were asked for, in ascending order of frames.
    """

    decode: List[int]
    shown: List[int]
    wanted: frozenset


class PictureTable:
    """The coded pictures of a video, in the order of decoding.

    Args:
        pictures (Sequence[CodedPicture]): Facts of N pictures.
        hidden (Sequence[bool]): N flags, for pictures that are decoded, but cut off by the
            container's edit list.
        first_configures (bool): Whether the decoder must always see the first picture, since what
            travels with it holds for the whole stream. Defaults to True.

    Raises:
        Unpredictable: If the first picture is not an entry that is shown first, or the pictures
            around an entry are not in the order that makes it one.
    """

    def __init__(
        self,
        pictures: Sequence[CodedPicture],
        hidden: Sequence[bool],
        first_configures: bool = True,
    ):
        if not pictures:
            raise Unpredictable('no pictures')
        self.pictures = pictures
        self._first_configures = first_configures
        ranks = np.array([picture.rank for picture in pictures])
        self._by_rank = ranks.argsort(kind='stable')
        if len(ranks) > 1 and (np.diff(ranks[self._by_rank]) == 0).any():
            raise Unpredictable('two pictures are shown at the same time')
        self._order = np.empty(len(ranks), dtype=np.int64)
        self._order[self._by_rank] = np.arange(len(ranks))
        self._reference = np.array([picture.reference for picture in pictures])
        self._hidden = np.array(hidden, dtype=bool)
        self._frames = self._by_rank[~self._hidden[self._by_rank]]
        self._start = self._find_starts(np.flatnonzero([p.entry for p in pictures]))

    @property
    def num_frames(self) -> int:
        """int: Number of frames that are shown."""
        return len(self._frames)

    @property
    def reorder_depth(self) -> int:
        """int: How many earlier-decoded pictures a decoder must hold back at most."""
        depth, decoded = 0, _SortedList()
        for order in self._order.tolist():
            depth = max(depth, decoded.add(order))
        return depth

    def plan(self, indices: np.ndarray) -> DecodePlan:
        """Find the fewest pictures that give the frames.

        Args:
            indices (np.ndarray): Shape (K,), int64, strictly ascending, below ``num_frames``.

        Returns:
            DecodePlan: Each wanted picture, and the references between it and its entry.
        """
        wanted = self._frames[indices]
        decode = np.zeros(len(self._order), dtype=bool)
        decode[0] = self._first_configures
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
        """For each picture, the last entry at which decoding may start to get it right."""
        order = self._order
        if not entries.size or entries[0] != 0 or order[0] != 0:
            raise Unpredictable('the first picture cannot be decoded on its own')
        latest_before = np.maximum.accumulate(order)
        if (latest_before[entries[1:] - 1] > order[entries[1:]]).any():
            raise Unpredictable('a picture before an entry is shown after it')
        last = np.searchsorted(entries, np.arange(len(order)), side='right') - 1
        # Pictures that lead an entry, that is follow it but are shown before it, may be predicted
        # from both sides.
        last[order < order[entries[last]]] -= 1
        start = entries[np.maximum(last, 0)]
        if (last < 0).any() or (order < order[start]).any():
            raise Unpredictable('a picture is shown before two entries that it follows')
        return start


class _SortedList(list):
    """Ascending numbers."""

    def add(self, number: int) -> int:
        """Insert a number, and return how many are greater."""
        place = len(self)
        while place and self[place - 1] > number:
            place -= 1
        self.insert(place, number)
        return len(self) - 1 - place


def ranks_of_timestamps(timestamps: Sequence[int]) -> Tuple[int, ...]:
    """Rank of each of N numbers among them.

    Raises:
        Unpredictable: If one is missing (None), or two are equal.
    """
    if None in timestamps or len(set(timestamps)) != len(timestamps):
        raise Unpredictable('time stamps are missing, or not distinct')
    return tuple(np.argsort(np.argsort(timestamps)).tolist())
