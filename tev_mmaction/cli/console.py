"""What commands print: any name, how far they are, and how fast they were."""

import io
import sys
import time
from typing import Iterable, Sequence

from tqdm import tqdm

from ..evaluation import EvaluationProtocol


def print_any_name() -> None:
    """Let names of files be printed that have bytes which are no text."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors='backslashreplace')


class Progress:
    """A bar while videos are embedded, and a line about their speed at the end.

    Args:
        protocol (EvaluationProtocol): Tells how many clips a video has.
    """

    def __init__(self, protocol: EvaluationProtocol):
        self._clips = protocol.num_clips
        self._seconds = 0.0

    def __call__(self, paths: Sequence[str]) -> Iterable[str]:
        """The paths one after the other, with the bar."""
        start = time.monotonic()
        yield from tqdm(paths, desc='embed', unit='video')
        self._seconds += time.monotonic() - start

    def line(self, embedded: int) -> str:
        """How fast it went.

        Args:
            embedded (int): Videos that have a feature now and had none.
        """
        seconds = max(self._seconds, 1e-3)
        return (
            f'{embedded} videos embedded in {seconds:.1f} s: {60 * embedded / seconds:.0f} videos '
            f'a minute, {embedded * self._clips / seconds:.1f} clips a second'
        )
