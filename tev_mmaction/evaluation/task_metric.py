"""Accuracy of a pre-trained model in its own tasks, on videos not used for training."""

from typing import Dict, List, Optional, Sequence

from mmaction.registry import METRICS

from .recording_metric import RecordingMetric, check_own_video


@METRICS.register_module()
class TaskMetric(RecordingMetric):
    """Averages the figures of :class:`TaskTestLoop` over batches, weighted by their videos.

    ``tasks/acc_<head>`` are top-1 accuracies, ``tasks/loss_<head>`` weighted losses. Each
    accuracy is reported with its chance level. For a contrastive head, it depends on the number of
    negatives in a batch; for a classification, it is the share of the largest class among all
    labels.

    Args:
        split (str): Description of the data, e.g. ``'UCF101 test split 1'``.
        collect_device (str): See ``mmengine.evaluator.BaseMetric``. Defaults to ``'cpu'``.
        prefix (str, optional): Defaults to ``'tasks'``.

    Attributes:
        record (MetricRecord | None): After an evaluation, on the main process.

    Raises:
        ValueError: When evaluating, if batches do not come from ``TaskTestLoop``, or contain
            replacements of unreadable videos.
    """

    default_prefix = 'tasks'

    def __init__(self, split: str, collect_device: str = 'cpu', prefix: Optional[str] = None):
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.split = split

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep the figures of a batch.

        Args:
            data_batch (dict): ``inputs`` and ``data_samples`` of the data loader.
            data_samples (Sequence[dict]): One dict of figures for the whole batch.
        """
        logs = data_samples[0] if len(data_samples) == 1 else None
        if not isinstance(logs, dict) or not any(name.startswith('acc_') for name in logs):
            raise ValueError(
                'TaskMetric averages the figures of heads: set test_cfg=dict(type='
                "'TaskTestLoop'), and test a config of pre-training"
            )
        for sample in data_batch['data_samples']:
            check_own_video(sample.metainfo)
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

    def measure(self, results: List[dict]) -> Dict[str, dict]:
        """Average over batches; none of them is padding."""
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
        return dict(
            protocol=dict(
                split=self.split,
                clips_a_video=clips,
                clip_len=length,
                size=[height, width],
                videos_a_batch=sizes,
            ),
            lists=dict(videos=(self.dataset_meta or {}).get('video_list')),
            counts=dict(videos=videos, batches=len(results)),
            results=figures,
            chance=chance,
        )
