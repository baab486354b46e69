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


class WindowProgress:
    """A progress bar in videos, with fractions, because a video may be hours long.

    Attributes:
        seconds (float): Duration of the work, once it is over.
    """

    def __init__(self):
        self.seconds = 0.0
        # in a log file, one line per minute
        interval = 0.1 if sys.stderr.isatty() else 60
        self._bar = tqdm(
            desc='embed',
            mininterval=interval,
            maxinterval=max(interval, 10),
            bar_format='{desc}: {percentage:3.0f}%|{bar}| {n:.2f}/{total_fmt} videos '
            '[{elapsed}<{remaining}]',
        )

    def __enter__(self) -> 'WindowProgress':
        self._start = time.monotonic()
        return self

    def __call__(self, done: float, total: int) -> None:
        """Show the number of finished videos, and of all."""
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def __exit__(self, *_) -> None:
        self.seconds = time.monotonic() - self._start
        self._bar.close()
