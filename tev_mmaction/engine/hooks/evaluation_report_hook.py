"""Saves the results of metrics as records, with all that they depend on."""

import os.path as osp
from collections import Counter
from typing import Any, Dict, Iterable, Optional

from mmaction.registry import HOOKS
from mmengine.dist import is_main_process
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner

from tev_mmaction.engine.source_commit import source_commit
from tev_mmaction.evaluation.records import EvaluationRecord, MetricRecord
from tev_mmaction.models.fingerprint import fingerprint
from tev_mmaction.version import __version__

from ..divided import unwrapped, whole_state


@HOOKS.register_module()
class EvaluationReportHook(Hook):
    """Writes records, ``evaluation_*.json``, into the folder of the run's log.

    A record is an :class:`~tev_mmaction.evaluation.EvaluationRecord` of all metrics. Its name is
    ``evaluation_test.json`` after a test, ``evaluation_iter<N>.json`` after a validation during
    training, and ``evaluation_val.json`` after a validation alone. For a metric that keeps no
    record, such as :class:`AccMetric`, the hook records the scalar results, the list of videos,
    what is confused and, beside accuracies, what always predicting the largest classes of these
    videos gives.
    """

    # Before EMAHook, which restores the other weights after a validation.
    priority = 'ABOVE_NORMAL'

    def after_test_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Save the results of a test."""
        self._save(runner, runner.test_loop, 'test', metrics)

    def after_val_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Save the results of a validation."""
        # Reading the iteration would make a runner that only validates build a training loop.
        trains = isinstance(runner._train_loop, BaseLoop)
        self._save(runner, runner.val_loop, f'iter{runner.iter}' if trains else 'val', metrics)

    def _save(
        self, runner: Runner, loop: BaseLoop, when: str, found: Optional[Dict[str, float]]
    ) -> None:
        weights = whole_state(runner.model, 'backbone')
        if not is_main_process():
            return
        dataset = loop.dataloader.dataset
        records = []
        for metric in loop.evaluator.metrics:
            record = getattr(metric, 'record', None) or record_of(metric, found or {}, dataset)
            if record.results:
                records.append(record)
        if not records:
            return
        path = osp.join(runner.log_dir, f'evaluation_{when}.json')
        EvaluationRecord(
            evaluations=records,
            pipeline=[repr(transform) for transform in dataset.pipeline.transforms],
            when=when,
            loaded_from=runner._load_from,
            backbone=type(unwrapped(runner.model).backbone).__name__,
            fingerprint=fingerprint(weights),
            config=runner.cfg.filename,
            model=runner.cfg.model.to_dict(),
            tev_mmaction=__version__,
            commit=source_commit(),
        ).write(path)
        runner.logger.info(f'saved with its protocol: {path}')


def record_of(metric: BaseMetric, found: Dict[str, Any], dataset: Any) -> MetricRecord:
    """Make a record for a metric that keeps none.

    Args:
        metric (BaseMetric): A metric of mmengine or MMAction2.
        found (dict): Results of all metrics of the evaluation, by their names in the log.
        dataset (Dataset): The evaluated dataset.

    Returns:
        MetricRecord: With the numeric results, if there are any.
    """
    start = f'{metric.prefix}/' if metric.prefix else ''
    results = {
        name[len(start) :]: float(value)
        for name, value in found.items()
        # not those of others, for a metric without a prefix, such as that of --dump
        if name.startswith(start) and '/' not in name[len(start) :]
        if isinstance(value, (int, float))
    }
    videos = [dataset.get_data_info(index) for index in range(len(dataset))]
    labels = Counter(video['label'] for video in videos if isinstance(video.get('label'), int))
    details = dict(getattr(metric, 'details', {}))
    if details and getattr(dataset, 'metainfo', {}).get('classes'):
        details['classes'] = dataset.metainfo['classes']
    return MetricRecord(
        metric=type(metric).__name__,
        protocol={},
        lists=dict(videos=getattr(dataset, 'ann_file', None)),
        counts=dict(videos=len(videos)),
        results=results,
        chance=_by_guessing(labels, results) if labels else {},
        details=details,
    )


def _by_guessing(labels: Counter, figures: Iterable[str]) -> Dict[str, float]:
    """Accuracies of always predicting the largest classes of what is tested."""
    sizes = sorted(labels.values(), reverse=True)
    chance = {}
    for figure in figures:
        if figure.startswith('top') and figure[3:].isdigit():
            chance[figure] = sum(sizes[: int(figure[3:])]) / sum(sizes)
        elif figure == 'mean1':
            chance[figure] = 1 / len(sizes)
    return chance
