"""Gives pictures to the programs that show the curves of a run."""

from typing import Any, Dict, Optional

from mmaction.registry import HOOKS
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmengine.visualization import LocalVisBackend

from tev_mmaction.evaluation import class_names, confusion_matrix

from .evaluation_report_hook import record_of

_GROUPS, _QUERIES, _DPI = 3, 8, 90


@HOOKS.register_module()
class PicturesHook(Hook):
    """Logs pictures to TensorBoard, W&B, MLflow and other backends of the ``visualizer``.

    - ``clip_pairs.png``: clips of the first batch of a training, as the network gets them.
    - ``equivariance_matrix.png``: of every test or validation with :class:`EquivarianceMetric`.
    - ``neighbours.png``: queries and their nearest videos, of :class:`RetrievalMetric`.
    - ``confusion_matrix_<metric>.png``: of every metric with predicted classes.
    - ``feature_map.png``: a map of the features of the queries, of :class:`RetrievalMetric`.

    It does nothing if the only backend is ``LocalVisBackend``: the tools in ``tools/visualize`` and
    the report draw the same from the files of a run.
    """

    # After EvaluationReportHook, which saves the figures.
    priority = 'LOW'

    def __init__(self) -> None:
        self._shown = False

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Optional[dict] = None
    ) -> None:
        """Log the clips of the first batch."""
        if self._shown or not _is_wanted(runner):
            return
        self._shown = True
        group_size = getattr(runner.train_dataloader.dataset, 'group_size', None)
        if group_size is None or not data_batch:
            return
        from tev_mmaction.visualization import draw_clip_pairs

        pairs = zip(data_batch['inputs'], data_batch['data_samples'])
        samples = [dict(inputs=clips, data_samples=sample) for clips, sample in pairs]
        figure = draw_clip_pairs(samples[: _GROUPS * group_size], group_size)
        _log(runner, 'clip_pairs.png', figure, runner.iter)

    def after_val_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Log pictures of a validation."""
        trains = isinstance(runner._train_loop, BaseLoop)  # reading the iteration would build it
        self._log_records(runner, runner.val_loop, runner.iter if trains else 0)

    def after_test_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Log pictures of a test."""
        self._log_records(runner, runner.test_loop, 0)

    def _log_records(self, runner: Runner, loop: BaseLoop, step: int) -> None:
        if not _is_wanted(runner):
            return
        from tev_mmaction.visualization import (
            draw_confusion_matrix,
            draw_equivariance_matrix,
            draw_feature_map,
            draw_neighbours,
        )

        for metric in loop.evaluator.metrics:
            record = getattr(metric, 'record', None)
            if record is None:
                record = record_of(metric, {}, loop.dataloader.dataset)
            if record.details.get('confusion'):
                matrix = confusion_matrix(record)
                figure = draw_confusion_matrix(matrix, class_names(record, len(matrix)))
                _log(runner, f'confusion_matrix_{record.metric}.png', figure, step)
            if record.details.get('map'):
                kept = record.details['map']
                figure = draw_feature_map(kept, class_names(record, 1 + max(kept['labels'])))
                _log(runner, 'feature_map.png', figure, step)
            if record.details.get('matrix'):
                figure = draw_equivariance_matrix(record.details['matrix'])
                _log(runner, 'equivariance_matrix.png', figure, step)
            if record.details.get('examples'):
                examples = record.details['examples'][:_QUERIES]
                figure = draw_neighbours(examples, record.protocol.get('classes', ()))
                _log(runner, 'neighbours.png', figure, step)


def _is_wanted(runner: Runner) -> bool:
    backends = runner.visualizer._vis_backends.values()
    return is_main_process() and any(not isinstance(each, LocalVisBackend) for each in backends)


def _log(runner: Runner, name: str, figure: Any, step: int) -> None:
    from tev_mmaction.visualization import as_pixels

    runner.visualizer.add_image(name, as_pixels(figure, _DPI), step)
