"""Reading videos with decord."""

from contextlib import contextmanager
from typing import Iterator, Tuple

import decord
import numpy as np

from .base import Source, VideoError, VideoReader

# Decord returns copies of neighbouring frames in the place of those it cannot decode. A share of
# recovered frames above this is an error, and any is above it.
_FAULT_TOLERANCE = 1e-9
_CHUNK = 32  # frames in memory at a time; a pair of 16-frame clips is read at once


class DecordReader(VideoReader):
    """Reads with ``decord.VideoReader`` on one thread (parallelism is the data loader's)."""

    def _open(self, source: Source) -> None:
        with self._errors('cannot be opened'):
            self._video = decord.VideoReader(source, num_threads=1, fault_tol=_FAULT_TOLERANCE)

    def __len__(self) -> int:
        return len(self._video)

    @property
    def fps(self) -> float:
        return float(self._video.get_avg_fps())

    @property
    def size(self) -> Tuple[int, int]:
        with self._errors('cannot be decoded'):
            height, width = self._video[0].shape[:2]
        return width, height

    def _frames(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        indices = indices[indices < len(self)]
        for first in range(0, len(indices), _CHUNK):
            with self._errors('cannot be decoded'):
                frames = self._video.get_batch(indices[first : first + _CHUNK]).asnumpy()
            yield from frames

    def count_decodable(self) -> int:
        return sum(1 for _ in self.frames(range(len(self))))

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # decord's own errors have no base in common
            first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise VideoError(self.filename, f'{what} by decord: {first_line[:200]}') from error
