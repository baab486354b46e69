"""Saves every result of a metric together with all that it depends on."""

import os.path as osp
from typing import Dict, Optional

from mmaction.registry import HOOKS
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner

from tev_mmaction.engine.source_commit import source_commit
from tev_mmaction.evaluation.records import EvaluationRecord
from tev_mmaction.models.fingerprint import fingerprint
from tev_mmaction.version import __version__


@HOOKS.register_module()
class EvaluationReportHook(Hook):
    """Writes ``evaluation_*.json`` into the folder of the run's log.

    ``evaluation_test.json`` after a test, ``evaluation_iter<N>.json`` after a validation during
    training, ``evaluation_val.json`` after one without: an
    :class:`~tev_mmaction.evaluation.EvaluationRecord` of all metrics that keep a record.
    Metrics that keep no record, such as ``AccMetric``, are left to mmengine's own log.
    """

    # Before EMAHook, which gives the evaluated weights back after a validation.
    priority = 'ABOVE_NORMAL'

    def after_test_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Save the results of a test."""
        self._save(runner, runner.test_loop, 'test')

    def after_val_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Save the results of a validation."""
        # Asked for its iteration, a runner that only validates would build its training loop.
        trains = isinstance(runner._train_loop, BaseLoop)
        self._save(runner, runner.val_loop, f'iter{runner.iter}' if trains else 'val')

    @master_only
    def _save(self, runner: Runner, loop: BaseLoop, when: str) -> None:
        metrics = loop.evaluator.metrics
        records = [metric.record for metric in metrics if getattr(metric, 'record', None)]
        if not records:
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        dataset = loop.dataloader.dataset
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
