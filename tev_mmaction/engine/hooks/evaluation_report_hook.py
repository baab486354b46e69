"""Saves every result of a metric together with all that it depends on."""

import os.path as osp
from collections import Counter
from typing import Any, Dict, Optional

from mmaction.registry import HOOKS
from mmengine.dist import master_only
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner

from tev_mmaction.engine.source_commit import source_commit
from tev_mmaction.evaluation.records import EvaluationRecord, MetricRecord
from tev_mmaction.models.fingerprint import fingerprint
from tev_mmaction.version import __version__


@HOOKS.register_module()
class EvaluationReportHook(Hook):
    """Writes ``evaluation_*.json`` into the folder of the run's log.

    ``evaluation_test.json`` after a test, ``evaluation_iter<N>.json`` after a validation during
    training, ``evaluation_val.json`` after one without: an
    :class:`~tev_mmaction.evaluation.EvaluationRecord` of all metrics. A metric that keeps no record
    itself, such as MMAction2's ``AccMetric``, has its scalar results recorded, with the list of
    videos and, for accuracies, the share of the most frequent class.
    """

    # Before EMAHook, which gives the evaluated weights back after a validation.
    priority = 'ABOVE_NORMAL'

    def after_test_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Save the results of a test."""
        self._save(runner, runner.test_loop, 'test', metrics)

    def after_val_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Save the results of a validation."""
        # Asked for its iteration, a runner that only validates would build its training loop.
        trains = isinstance(runner._train_loop, BaseLoop)
        self._save(runner, runner.val_loop, f'iter{runner.iter}' if trains else 'val', metrics)

    @master_only
    def _save(
        self, runner: Runner, loop: BaseLoop, when: str, found: Optional[Dict[str, float]]
    ) -> None:
        dataset = loop.dataloader.dataset
        records = []
        for metric in loop.evaluator.metrics:
            record = getattr(metric, 'record', None) or record_of(metric, found or {}, dataset)
            if record.results:
                records.append(record)
        if not records:
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        path = osp.join(runner.log_dir, f'evaluation_{when}.json')
        EvaluationRecord(
            evaluations=records,
            pipeline=[repr(transform) for transform in dataset.pipeline.transforms],
            when=when,
            loaded_from=runner._load_from,
            backbone=type(model.backbone).__name__,
            fingerprint=fingerprint(model.backbone),
            config=runner.cfg.filename,
            model=runner.cfg.model.to_dict(),
            tev_mmaction=__version__,
            commit=source_commit(),
        ).write(path)
        runner.logger.info(f'saved with its protocol: {path}')


def record_of(metric: BaseMetric, found: Dict[str, Any], dataset: Any) -> MetricRecord:
    """The record of a metric that keeps none itself.

    Args:
        metric (BaseMetric): One of mmengine's or MMAction2's.
        found (dict): Results of all metrics of the evaluation, by their names in the log.
        dataset (Dataset): What was evaluated.

    Returns:
        MetricRecord: With the results that are numbers; none if the metric has no such result.
    """
    start = f'{metric.prefix}/' if metric.prefix else ''
    results = {
        name[len(start) :]: float(value)
        for name, value in found.items()
        if name.startswith(start) and isinstance(value, (int, float))
    }
    videos = [dataset.get_data_info(index) for index in range(len(dataset))]
    labels = Counter(video['label'] for video in videos if isinstance(video.get('label'), int))
    chance = {}
    if 'top1' in results and labels:
        chance['top1'] = max(labels.values()) / labels.total()
    return MetricRecord(
        metric=type(metric).__name__,
        protocol={},
        lists=dict(videos=getattr(dataset, 'ann_file', None)),
        counts=dict(videos=len(videos)),
        results=results,
        chance=chance,
    )
