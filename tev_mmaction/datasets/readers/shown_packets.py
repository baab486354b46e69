"""Finds the packets of a video that show no frame, and their positions."""

from typing import Iterator, List, Set, Tuple

import av


class ShownPackets:
    """Follows packets through a decoder that copies their ``opaque`` to the frames.

    Args:
        packets (Iterator[tuple[int, av.Packet]]): All packets of a video, with their numbers.
    """

    def __init__(self, packets: Iterator[Tuple[int, av.Packet]]):
        self._packets = packets
        self._empty: List[bool] = []
        self._hidden: List[bool] = []
        self._shown: Set[int] = set()
        self._all_tell = True

    def marked(self) -> Iterator[av.Packet]:
        """The packets that are not empty, marked with their numbers."""
        for number, packet in self._packets:
            self._empty.append(not packet.size)
            self._hidden.append(packet.is_discard)
            if packet.size:
                packet.opaque = number
                yield packet

    def add(self, opaque: object) -> None:
        """Take the ``opaque`` of a frame that came out of the decoder; None where it has none."""
        if isinstance(opaque, int):
            self._shown.add(opaque)
        else:
            self._all_tell = False

    def note(self, claimed: int) -> str:
        """A note of peculiarities.

        Args:
            claimed (int): Number of packets according to the file; 0 if unknown.

        Returns:
            str: Such as ``'3 of 63 packets show no frame: 3 empty'``; empty if each packet shows
            one.
        """
        notes, total = [], len(self._empty)
        kinds = self._kinds() if self._all_tell else []
        if kinds:
            counts = ', '.join(f'{kinds.count(kind)} {kind}' for kind in dict.fromkeys(kinds))
            notes.append(f'{len(kinds)} of {total} packets show no frame: {counts}')
        if claimed > total:
            notes.append(f'the header counts {claimed} packets, {total} are there')
        return '; '.join(notes)

    def _kinds(self) -> List[str]:
        """For each packet that shows no frame, the reason or the position."""
        first, last = min(self._shown), max(self._shown)
        kinds = []
        for number in sorted(set(range(len(self._empty))) - self._shown):
            if self._empty[number]:
                kinds.append('empty')
            elif self._hidden[number]:
                kinds.append('cut off by the edit list')
            elif number < first:
                kinds.append('before the first frame')
            else:
                kinds.append('after the last frame' if number > last else 'between frames')
        return kinds
