"""Console output of the commands: file names, progress and speed."""

import io
import sys
import time
from typing import Iterable, Sequence

from tqdm import tqdm

from ..evaluation import EvaluationProtocol


def print_any_name() -> None:
    """Allow printing file names whose bytes are not text."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors='backslashreplace')


class Progress:
    """A progress bar while videos are embedded, and a line about the speed at the end.

    Args:
        protocol (EvaluationProtocol): Protocol with the number of clips per video.
    """

    def __init__(self, protocol: EvaluationProtocol):
        self._clips = protocol.num_clips
        self._seconds = 0.0

    def __call__(self, paths: Sequence[str]) -> Iterable[str]:
        """Iterate over the paths with a progress bar."""
        start = time.monotonic()
        yield from tqdm(paths, desc='embed', unit='video')
        self._seconds += time.monotonic() - start

    def line(self, embedded: int) -> str:
        """Speed of the embedding.

        Args:
            embedded (int): Number of newly embedded videos.
        """
        seconds = max(self._seconds, 1e-3)
        return (
            f'{embedded} videos embedded in {seconds:.1f} s: {60 * embedded / seconds:.0f} videos '
            f'a minute, {embedded * self._clips / seconds:.1f} clips a second'
        )
