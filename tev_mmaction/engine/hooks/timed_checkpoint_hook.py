"""Saves checkpoints by the clock, within epochs that take long."""

from time import monotonic

from mmaction.registry import HOOKS
from mmengine.dist import get_comm_device, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner

from ...models.distributed import global_any
from ..divided import is_divided
from ..mid_epoch_train_loop import MidEpochTrainLoop
from ..resuming import last_name
from .sound_checkpoint_hook import SoundCheckpointHook

WITHIN_EPOCH = 'within_epoch.pth'


@HOOKS.register_module()
class TimedCheckpointHook(Hook):
    """Saves a checkpoint every few minutes, so that a stopped run loses no more than those.

    It is ``within_epoch.pth`` in the folder of the run's other checkpoints; the next one replaces
    it, and so does that of the epoch. ``--resume`` goes on from it. The first process decides when;
    the others wait for it in their next step.

    Args:
        minutes (float): Time between two checkpoints, positive. Defaults to 10.

    Raises:
        ValueError: If ``minutes`` is not positive; before training, if the run has no
            :class:`SoundCheckpointHook`, or if its loop would begin epochs anew.
    """

    priority = 'LOWEST'  # after the checkpoint of the epoch

    def __init__(self, minutes: float = 10):
        if not minutes > 0:
            raise ValueError(f'TimedCheckpointHook.minutes={minutes}: a positive number')
        self._seconds = 60 * minutes
        self._due = 0.0

    def before_train(self, runner: Runner) -> None:
        """Check that a checkpoint could be resumed; start the clock."""
        loop = runner.train_loop
        if isinstance(loop, EpochBasedTrainLoop) and not isinstance(loop, MidEpochTrainLoop):
            raise ValueError(
                f'TimedCheckpointHook: train_cfg.type={type(loop).__name__!r} would begin an '
                "epoch anew from a checkpoint within it: set train_cfg.type='MidEpochTrainLoop'"
            )
        found = [hook for hook in runner.hooks if isinstance(hook, SoundCheckpointHook)]
        if not found:
            raise ValueError(
                'TimedCheckpointHook needs default_hooks.checkpoint, a SoundCheckpointHook'
            )
        self._checkpoints = found[0]
        self._due = monotonic() + self._seconds

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch=None, outputs=None
    ) -> None:
        """Save, if it is time; not where the epoch's own checkpoint is about to be saved."""
        due = is_main_process() and monotonic() >= self._due
        if is_divided(runner.model):  # all processes have a part in its checkpoints
            due = global_any(due, get_comm_device())
        if due and not self.end_of_epoch(runner.train_dataloader, batch_idx):
            self._checkpoints.save_within_epoch(runner, WITHIN_EPOCH)
            self._due = monotonic() + self._seconds

    def after_train_epoch(self, runner: Runner) -> None:
        """Remove what the epoch's own checkpoint has replaced."""
        if not is_main_process() or last_name(runner.work_dir) in (WITHIN_EPOCH, None):
            return
        backend = self._checkpoints.file_backend
        path = backend.join_path(self._checkpoints.out_dir, WITHIN_EPOCH)
        if backend.isfile(path):
            backend.remove(path)
