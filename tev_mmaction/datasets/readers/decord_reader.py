"""Reading videos with decord."""

import threading
from queue import Empty, SimpleQueue
from typing import Any, Callable, Iterator, Tuple

import decord
import numpy as np

from .base import Source, VideoError, VideoReader
from .planned_reader import PlannedReader

# Decord returns copies of neighbouring frames in the place of those it cannot decode. A share of
# recovered frames above this is an error, and any is above it.
_FAULT_TOLERANCE = 1e-9
_CHUNK = 32  # frames in memory at a time; a pair of 16-frame clips is read at once
_PATIENCE = 60.0  # seconds that one call may take; some streams make decord wait for ever
_REMEDY = "read it with decoder='pyav'"


class DecordReader(VideoReader):
    """Reads with ``decord.VideoReader`` on one thread (parallelism is the data loader's).

    Of some files decord repeats, shifts or greys frames, and does not say so. Refused is what can
    be known at little cost: a length that is not that of the packets, a stream that begins off a
    key frame, and a call that does not return. :func:`~.decord_check.decord_differs` finds the
    others.
    """

    def _open(self, source: Source) -> None:
        self._is_stuck = False
        try:
            reference = PlannedReader(source, self.filename)
        except VideoError:  # then decord shall say what is wrong
            reference = None
        if reference is not None and reference.begins_off_keyframe():
            raise VideoError(
                self.filename, f'begins off a key frame, which decord shows grey: {_REMEDY}'
            )
        if not isinstance(source, str):
            source.seek(0)
        self._video = self._call(
            'cannot be opened',
            lambda: decord.VideoReader(source, num_threads=1, fault_tol=_FAULT_TOLERANCE),
        )
        expected = reference.length_by_packets() if reference is not None else None
        if expected not in (None, len(self)):
            raise VideoError(
                self.filename, f'has {expected} frames, where decord counts {len(self)}: {_REMEDY}'
            )

    def __len__(self) -> int:
        return len(self._video)

    @property
    def fps(self) -> float:
        return float(self._video.get_avg_fps())

    @property
    def size(self) -> Tuple[int, int]:
        height, width = self._call('cannot be decoded', lambda: self._video[0].shape[:2])
        return width, height

    def _frames(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        indices = indices[indices < len(self)]
        for first in range(0, len(indices), _CHUNK):
            yield from self._batch(indices[first : first + _CHUNK])

    def _batch(self, indices: np.ndarray) -> np.ndarray:
        return self._call('cannot be decoded', lambda: self._video.get_batch(indices).asnumpy())

    def count_decodable(self) -> int:
        return sum(1 for _ in self.frames(range(len(self))))

    def _call(self, what: str, function: Callable[[], Any]) -> Any:
        """Call decord, but not for ever."""
        if self._is_stuck:
            raise VideoError(self.filename, f'{what} by decord: an earlier call has not returned')
        results: SimpleQueue = SimpleQueue()

        def work():
            try:
                results.put((function(), None))
            except Exception as error:  # decord's own errors have no base in common
                results.put((None, error))

        threading.Thread(target=work, daemon=True).start()
        try:
            value, error = results.get(timeout=_PATIENCE)
        except Empty:
            self._is_stuck = True
            raise VideoError(
                self.filename, f'{what} by decord within {_PATIENCE:g} s: {_REMEDY}'
            ) from None
        if error is not None:
            first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise VideoError(self.filename, f'{what} by decord: {first_line[:200]}') from error
        return value
