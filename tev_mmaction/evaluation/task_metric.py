"""How well a pre-trained model does at its own tasks, on videos that it was not trained on."""

import sys
from typing import Any, Dict, List, Optional, Sequence

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric


@METRICS.register_module()
class TaskMetric(BaseMetric):
    """Averages what :class:`TaskTestLoop` says of batches, weighted by their videos.

    ``tasks/acc_<head>`` are top-1 accuracies, ``tasks/loss_<head>`` weighted losses. Beside each
    accuracy its chance is reported: that of a contrastive head depends on the number of negatives
    in a batch, that of a classification is the share of the largest class among all labels.

    Args:
        split (str): Which data, in words, e.g. ``'UCF101 test split 1'``.
        collect_device (str): See ``mmengine.evaluator.BaseMetric``. Defaults to ``'cpu'``.
        prefix (str, optional): Defaults to ``'tasks'``.

    Attributes:
        record (dict): After an evaluation, on the main process: as that of :class:`FeatureMetric`.
            Fit for JSON.

    Raises:
        ValueError: When evaluating, if batches hold other than what ``TaskTestLoop`` gives, or
            stand in for videos that cannot be read.
    """

    default_prefix = 'tasks'

    def __init__(self, split: str, collect_device: str = 'cpu', prefix: Optional[str] = None):
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.split = split
        self.record: Dict[str, Any] = {}

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep the figures of a batch.

        Args:
            data_batch (dict): ``inputs`` and ``data_samples`` of the data loader.
            data_samples (Sequence[dict]): One dict of figures, of the whole batch.
        """
        logs = data_samples[0] if len(data_samples) == 1 else None
        if not isinstance(logs, dict) or not any(name.startswith('acc_') for name in logs):
            raise ValueError(
                'TaskMetric averages the figures of heads: set test_cfg=dict(type='
                "'TaskTestLoop'), and test a config of pre-training"
            )
        for sample in data_batch['data_samples']:
            if sample.metainfo['skipped']:
                raise ValueError(
                    f'{sample.filename} was read instead of {sample.skipped[0][0]}: set '
                    'test_mode=True of the ClipPairDataset, and list usable videos '
                    '(`python tools/data/index_videos.py`)'
                )
        first = data_batch['inputs'][0]
        figures = {name: value for name, value in logs.items() if name != 'class_counts'}
        self.results.append(
            dict(
                videos=len(data_batch['inputs']),
                shape=tuple(first.shape),
                logs=figures,
                class_counts=logs.get('class_counts', {}),
            )
        )

    def evaluate(self, size: int) -> Dict[str, float]:
        """Compute the metric once all batches are processed.

        Args:
            size (int): Number of videos of the dataset.
        """
        return super().evaluate(sys.maxsize)  # results are batches, of which none is padding

    def compute_metrics(self, results: List[dict]) -> Dict[str, float]:
        """Average and record."""
        videos = sum(batch['videos'] for batch in results)
        means = {
            name: sum(batch['videos'] * batch['logs'][name] for batch in results) / videos
            for name in results[0]['logs']
        }
        figures = {k: v for k, v in means.items() if k.startswith(('acc_', 'loss_'))}
        chance = {
            k.replace('chance_', 'acc_', 1): v for k, v in means.items() if k[:7] == 'chance_'
        }
        for name in results[0]['class_counts']:
            counts = [sum(each) for each in zip(*(b['class_counts'][name] for b in results))]
            chance[f'acc_{name}'] = max(counts) / max(1, sum(counts))
        clips, _, length, height, width = results[0]['shape']
        sizes = sorted({batch['videos'] for batch in results})
        self.record = dict(
            metric=type(self).__name__,
            protocol=dict(
                split=self.split,
                clips_a_video=clips,
                clip_len=length,
                size=[height, width],
                videos_a_batch=sizes,
            ),
            settings={},
            lists=dict(videos=(self.dataset_meta or {}).get('video_list')),
            counts=dict(videos=videos, batches=len(results)),
            warnings=[],
            results=figures,
            chance=chance,
        )
        return dict(figures)
