"""Saves every result of a feature metric together with all that it depends on."""

import os.path as osp
from typing import Any, Dict, Optional

from mmaction.registry import HOOKS
from mmengine.dist import master_only
from mmengine.fileio import dump
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from tev_mmaction.models.fingerprint import fingerprint
from tev_mmaction.version import __version__


@HOOKS.register_module()
class EvaluationReportHook(Hook):
    """Writes ``evaluation_*.json`` into the folder of the run's log.

    ``evaluation_test.json`` after a test, ``evaluation_iter<N>.json`` after a validation. Beside
    the records of the metrics (protocol, counts, class names, warnings, figures) they hold the
    checkpoint, the fingerprint of the backbone that was evaluated, the video lists and the
    transforms. Metrics that keep no record, such as ``AccMetric``, are left to mmengine's own log.
    """

    def after_test_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Save the results of a test."""
        self._save(runner, runner.test_loop, 'evaluation_test.json')

    def after_val_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Save the results of a validation."""
        self._save(runner, runner.val_loop, f'evaluation_iter{runner.iter}.json')

    @master_only
    def _save(self, runner: Runner, loop: Any, name: str) -> None:
        metrics = loop.evaluator.metrics
        records = [metric.record for metric in metrics if getattr(metric, 'record', None)]
        if not records:
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        dataset = loop.dataloader.dataset
        path = osp.join(runner.log_dir, name)
        report = dict(
            tev_mmaction=__version__,
            config=runner.cfg.filename,
            checkpoint=runner._load_from,
            epoch=runner.epoch,
            iteration=runner.iter,
            backbone=type(model.backbone).__name__,
            fingerprint=fingerprint(model.backbone),
            gallery_list=dataset.gallery_ann_file,
            query_list=dataset.ann_file,
            pipeline=[repr(transform) for transform in dataset.pipeline.transforms],
            evaluations=records,
        )
        dump(report, path, indent=1)
        runner.logger.info(f'saved with its protocol: {path}')
