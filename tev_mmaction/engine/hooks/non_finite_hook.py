"""Stops a training whose loss is not finite, while there is a valid checkpoint."""

import math
from typing import Dict, List, Optional

import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object, all_reduce, get_comm_device, get_world_size
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

from .sound_checkpoint_hook import last_sound_checkpoint


@HOOKS.register_module()
class NonFiniteHook(Hook):
    """Stops a training whose loss was NaN or infinite for some iterations in a row.

    Single iterations cause a warning: mixed precision skips them, and training may recover. Their
    accuracies count as 0, because the argmax of NaN scores is arbitrary. Accuracies of a validation
    are NaN if some scores are not finite. A test is refused.

    In distributed training, the loss of any process counts, so that all stop together.

    Earlier checkpoints stay: :class:`SoundCheckpointHook` writes only finite ones.

    Args:
        max_steps (int): Number of such iterations in a row that ends the training. Defaults to 10.

    Raises:
        ValueError: If ``max_steps`` is not positive.
        FloatingPointError: While training, naming the last checkpoint with finite weights; while
            testing, naming the video.
    """

    # Before RuntimeInfoHook (VERY_HIGH) stores the values for the log.
    priority = 'HIGHEST'

    def __init__(self, max_steps: int = 10):
        if isinstance(max_steps, bool) or not isinstance(max_steps, int) or max_steps < 1:
            raise ValueError(f'NonFiniteHook.max_steps={max_steps!r}: an integer of at least 1')
        self.max_steps = max_steps
        self._steps = 0
        self._bad_scores: List[str] = []
        self._num_scores = 0

    def before_train(self, runner: Runner) -> None:
        """Start counting."""
        self._steps = 0

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Optional[dict] = None,
        outputs: Optional[dict] = None,
    ) -> None:
        """Check the losses of this iteration."""
        outputs = {} if outputs is None else outputs  # its accuracies are changed in place
        losses = {name: value for name, value in outputs.items() if 'loss' in name}
        bad = [name for name, value in losses.items() if not _finite(value)]
        if get_world_size() > 1 and bool(
            losses
        ):  # all ranks count in the same way, and stop together
            found = torch.tensor(float(bool(bad)), device=get_comm_device())
            all_reduce(found, 'max')
            bad = bad or ['the loss of another process'] * bool(found)
        if not bad:
            self._steps = 0
            return
        for name in [name for name in outputs if 'acc' in name and 'loss' not in name]:
            own = name.replace('acc_', 'loss_')  # of a head; others share one loss
            if own in losses and own not in bad:
                continue
            value = outputs[name]
            outputs[name] = torch.zeros_like(value) if isinstance(value, Tensor) else 0.0
        self._steps += 1
        if self._steps == 1:
            runner.logger.warning(
                f'iteration {runner.iter + 1}: {", ".join(bad)} not finite; training stops after '
                f'{self.max_steps} such iterations in a row'
            )
        if self._steps >= self.max_steps:
            raise FloatingPointError(
                f'{", ".join(bad)}: not finite for {self._steps} iterations in a row, until '
                f'iteration {runner.iter + 1} (epoch {runner.epoch + 1}). '
                f'{last_sound_checkpoint(runner)} Lower the learning rate '
                '(optim_wrapper.optimizer.lr), or clip gradients '
                '(optim_wrapper.clip_grad.max_norm=1); '
                'default_hooks.non_finite.max_steps allows more'
            )

    def before_val_epoch(self, runner: Runner) -> None:
        """Start counting scores."""
        self._bad_scores, self._num_scores = [], 0

    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Optional[dict] = None,
        outputs: Optional[list] = None,
    ) -> None:
        """Check the scores of a batch."""
        self._num_scores += len(outputs) if isinstance(outputs, list) else 0
        self._bad_scores += _without_scores(outputs)

    def after_val_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Replace accuracies that depend on such scores."""
        found = all_gather_object((self._bad_scores, self._num_scores))
        bad, total = [name for names, _ in found for name in names], sum(n for _, n in found)
        if not bad or not metrics:
            return
        taken = [name for name in metrics if 'acc' in name]
        metrics.update(dict.fromkeys(taken, math.nan))
        runner.logger.warning(
            f'scores of {len(bad)} of {total} videos are not finite, the first of {bad[0]}: '
            f'{", ".join(taken) or "no figure"} cannot be given'
        )

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Optional[dict] = None,
        outputs: Optional[list] = None,
    ) -> None:
        """Refuse scores that are not finite."""
        bad = _without_scores(outputs)
        if bad:
            raise FloatingPointError(
                f'the scores of {bad[0]} are not finite: the weights of {runner._load_from} have '
                'diverged, or the video overflows its precision. Test an earlier checkpoint'
            )


def _finite(value) -> bool:
    value = value if isinstance(value, Tensor) else torch.as_tensor(value)
    return not value.is_floating_point() or bool(torch.isfinite(value).all())


def _without_scores(outputs: Optional[list]) -> List[str]:
    """Names of samples whose scores are not finite; metrics check features themselves."""
    names = []
    for sample in outputs if isinstance(outputs, list) else ():
        score = getattr(sample, 'pred_score', None)
        if isinstance(score, Tensor) and not _finite(score):
            metainfo = getattr(sample, 'metainfo', {})
            names.append(str(metainfo.get('filename', metainfo.get('img_key', 'a video'))))
    return names
