"""How busy a GPU is while something runs: the share of time in which any kernel ran."""

import shutil
import statistics
import subprocess
from collections import defaultdict
from threading import Thread
from typing import Callable, Dict, List, Optional

_EVERY = 200  # milliseconds between two readings; the driver averages over about as long


class GpuUse:
    """Readings of ``nvidia-smi`` during functions; a context, which stops it.

    Where there is no ``nvidia-smi``, there are no readings.
    """

    def __init__(self):
        self._readings: Dict[str, List[float]] = defaultdict(list)
        self._running: Optional[str] = None
        self._process = None
        if shutil.which('nvidia-smi'):
            query = ['nvidia-smi', '--query-gpu=utilization.gpu', '--format=csv,noheader,nounits']
            self._process = subprocess.Popen(
                [*query, '--id=0', f'--loop-ms={_EVERY}'], stdout=subprocess.PIPE, text=True
            )
            Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout:
            name = self._running
            if name is not None and line.strip().isdigit():
                self._readings[name].append(float(line))

    def during(self, name: str, run: Callable[[], object]) -> Callable[[], None]:
        """The function, with readings under a name while it runs."""

        def watched():
            self._running = name
            try:
                run()
            finally:
                self._running = None

        return watched

    def mean(self, name: str) -> Optional[float]:
        """Percent of the time, or None without readings."""
        readings = self._readings.get(name)
        return statistics.fmean(readings) if readings else None

    def __enter__(self) -> 'GpuUse':
        return self

    def __exit__(self, *error) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()
