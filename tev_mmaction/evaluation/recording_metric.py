"""Base of all metrics of this package: a record of all that their figures depend on."""

import logging
import sys
from abc import abstractmethod
from typing import Any, Dict, List, Mapping, Optional, Sequence

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from .records import MetricRecord


class RecordingMetric(BaseMetric):
    """Base of metrics that keep a record.

    Args:
        collect_device (str): See ``mmengine.evaluator.BaseMetric``. Defaults to ``'cpu'``.
        prefix (str, optional): Defaults to that of the class.

    Attributes:
        record (MetricRecord | None): After an evaluation, on the main process.
    """

    def __init__(self, collect_device: str = 'cpu', prefix: Optional[str] = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.record: Optional[MetricRecord] = None
        self._warnings: List[str] = []
        self._details: Dict[str, Any] = {}
        self._size = 0

    def evaluate(self, size: int) -> Dict[str, float]:
        """Compute the metric once all batches are processed.

        Args:
            size (int): Number of videos of the dataset.
        """
        self._size = size
        # Padding of several processes is recognised by identity, not cut off by position.
        return super().evaluate(sys.maxsize)

    def compute_metrics(self, results: List[Any]) -> Dict[str, float]:
        """Compute and record."""
        self._warnings, self._details = [], {}
        found = self.measure(results)
        self.record = MetricRecord(
            metric=type(self).__name__,
            settings=self.settings,
            warnings=self._warnings,
            details=self._details,
            **found,
        )
        return dict(self.record.results)

    @property
    def settings(self) -> dict:
        """dict: Settings that figures depend on besides the protocol; valid JSON."""
        return {}

    @abstractmethod
    def measure(self, results: List[Any]) -> Dict[str, dict]:
        """Compute the figures.

        Args:
            results (list): Results of all processes.

        Returns:
            dict[str, dict]: ``protocol``, ``lists``, ``counts``, ``results`` and ``chance`` of
            :class:`MetricRecord`.
        """

    def keep(self, **details: Any) -> None:
        """Add details behind the figures to the record; they must be valid JSON.

        Args:
            **details: Entries of the record beside its figures.
        """
        self._details.update(details)

    def warn(self, message: str) -> None:
        """Log a warning for readers of the figures, and keep it for the record.

        Args:
            message: One sentence, for log and record.
        """
        self._warnings.append(message)
        print_log(f'{type(self).__name__}: {message}', logger='current', level=logging.WARNING)

    def one_a_video(self, results: Sequence[Any], what: str) -> List[Any]:
        """One result per video, in the order of the dataset.

        Args:
            results (Sequence): Results with ``sample_idx``; padding repeats the one of another.
            what (str): Name of the collected values, for the message.

        Raises:
            RuntimeError: If there are fewer videos than in the dataset, or more.
        """
        videos = {video.sample_idx: video for video in results}
        if len(videos) != self._size:
            raise RuntimeError(
                f'{what} of {len(videos)} videos were collected, the dataset has {self._size}'
            )
        return [videos[index] for index in sorted(videos)]


def check_own_video(metainfo: Mapping[str, Any]) -> None:
    """Refuse a sample of :class:`ClipPairDataset` that replaces an unreadable video.

    Raises:
        ValueError: If it does; the message names the remedy.
    """
    if metainfo['skipped']:
        raise ValueError(
            f'{metainfo["filename"]} was read instead of {metainfo["skipped"][0][0]}: figures on '
            'other videos are not comparable. Set test_mode=True of the ClipPairDataset, and '
            'list usable videos (`python tools/data/index_videos.py`)'
        )
