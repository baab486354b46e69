"""Reading videos with decord."""

import threading
from queue import Empty, SimpleQueue
from typing import Any, Callable, Iterator, Tuple

import decord
import numpy as np

from .base import Source, VideoError, VideoReader
from .planned_reader import PlannedReader

# Decord returns copies of neighbouring frames instead of frames that it cannot decode. A larger
# share of such frames is an error; with this value, any such frame is.
_FAULT_TOLERANCE = 1e-9
_CHUNK = 32  # frames in memory at a time; a pair of 16-frame clips is read at once
_PATIENCE = 60.0  # maximum seconds per call; decord hangs on some streams
_REMEDY = "read it with decoder='pyav'"


class DecordReader(VideoReader):
    """Reads with ``decord.VideoReader`` on one thread (parallelism is the data loader's).

    For some files, decord silently returns repeated, shifted or grey frames. The reader refuses the
    cases that are cheap to detect: a length that differs from that of the packets, a stream that
    does not start with a key frame, and a call that hangs. :func:`~.decord_check.decord_differs`
    finds the others.
    """

    def _open(self, source: Source) -> None:
        self._is_stuck = False
        try:
            reference = PlannedReader(source, self.filename)
        except VideoError:  # let decord report the problem
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
        """Call decord with a time limit."""
        if self._is_stuck:
            raise VideoError(self.filename, f'{what} by decord: an earlier call has not returned')
        results: SimpleQueue = SimpleQueue()

        def work():
            try:
                results.put((function(), None))
            except Exception as error:  # decord's errors have no common base
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
