"""Makes a resumed run follow the schedule of its config, even if the run has changed."""

from copy import deepcopy
from typing import Any, Dict, List, Optional

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper, OptimWrapperDict, ReduceOnPlateauParamScheduler
from mmengine.runner import EpochBasedTrainLoop, Runner

# Keys of a scheduler's state that describe its position, not its settings.
_PROGRESS = ('last_step', '_global_step', '_last_value', 'verbose', 'base_values')


@HOOKS.register_module()
class ResumedScheduleHook(Hook):
    """Makes learning rates follow the epochs if a run is resumed with other batches or schedules.

    mmengine's checkpoints store the schedule in iterations. With another batch size, number of
    processes or list of videos, an epoch has another number of iterations, and the schedule would
    no longer match the epochs. This hook computes the iteration from the finished epochs, builds
    the schedulers from the config and advances them to it. It does the same if the schedule or
    the initial learning rate was changed in the config.

    If the config has not changed, a resumed run is not affected, bit for bit.

    Raises:
        ValueError: When resuming, if the length of an epoch changed and the schedule cannot be
            rebuilt (several optimizers, or rates that depend on a metric).
    """

    # Before other hooks read the iteration.
    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._initial: Optional[List[Dict[str, Any]]] = None
        self._schedule: Optional[List[Dict[str, Any]]] = None

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store the schedule of the config, before it is overwritten."""
        self._initial = self._schedule = None
        if not runner._resume or not _is_single(runner.optim_wrapper):
            return
        groups = runner.optim_wrapper.param_groups
        self._initial = [
            {key: value for key, value in group.items() if key.startswith('initial_')}
            for group in groups
        ]
        if isinstance(runner.param_schedulers, list):
            self._schedule = [deepcopy(s.state_dict()) for s in runner.param_schedulers]

    def before_train(self, runner: Runner) -> None:
        """Compare with the loaded schedule."""
        loop = runner.train_loop
        if not runner._resume or runner.iter == 0 or not isinstance(loop, EpochBasedTrainLoop):
            return
        length = len(loop.dataloader)
        expected = loop.epoch * length
        # a checkpoint within an epoch is resumed at the start of that epoch
        counted_alike = expected <= loop.iter < expected + max(length, 1)
        if counted_alike and not self._differs(runner):
            return
        if not self._can_rebuild(runner):
            if not counted_alike:
                raise ValueError(
                    f'{loop.iter} iterations of the checkpoint are {loop.epoch} epochs, now an '
                    f'epoch has {length}: set train_dataloader.batch_size and the number of '
                    'processes to those of the first run, as this schedule cannot follow'
                )
            return
        if not counted_alike:
            runner.logger.warning(
                f'resumed with other batches: epochs had {loop.iter / max(loop.epoch, 1):g} '
                f'iterations, now {length}. The schedule follows the epochs, so iteration '
                f'{loop.iter} becomes {expected}; the learning rate is that of the config, for '
                f'batches of {loop.dataloader.batch_size} videos on {runner.world_size} processes'
            )
            loop._iter = expected
            runner.optim_wrapper.initialize_count_status(runner.model, expected, loop.max_iters)
        else:
            runner.logger.warning(
                'resumed with another schedule than the checkpoint has: that of the config counts'
            )
        self._rebuild(runner, length)

    def _differs(self, runner: Runner) -> bool:
        """Whether schedulers or initial values of config and checkpoint are others."""
        if (
            self._schedule is None
            or self._initial is None
            or not isinstance(runner.param_schedulers, list)
        ):
            return False
        loaded = [scheduler.state_dict() for scheduler in runner.param_schedulers]
        return list(map(_definition, loaded)) != list(map(_definition, self._schedule)) or any(
            group.get(key) != value
            for group, initial in zip(runner.optim_wrapper.param_groups, self._initial)
            for key, value in initial.items()
        )

    def _can_rebuild(self, runner: Runner) -> bool:
        schedulers = runner.param_schedulers
        if not _is_single(runner.optim_wrapper) or self._initial is None:
            return False
        if schedulers is None:
            return True
        return isinstance(schedulers, list) and not any(
            isinstance(scheduler, ReduceOnPlateauParamScheduler) for scheduler in schedulers
        )

    def _rebuild(self, runner: Runner, length: int) -> None:
        if not runner.param_schedulers or self._initial is None:
            return
        for group, initial in zip(runner.optim_wrapper.param_groups, self._initial):
            for key, value in initial.items():
                group[key] = value
                group[key[len('initial_') :]] = value
        # in place: a strategy has the same list
        runner.param_schedulers[:] = runner.build_param_scheduler(
            deepcopy(runner.cfg.param_scheduler)
        )
        runner.optim_wrapper._global_step = 0  # it has stepped; else each scheduler warns
        by_iteration = [s for s in runner.param_schedulers if not s.by_epoch]
        by_epoch = [s for s in runner.param_schedulers if s.by_epoch]
        for _ in range(runner.epoch):
            for _ in range(length):
                for scheduler in by_iteration:
                    scheduler.step()
            for scheduler in by_epoch:
                scheduler.step()


def _definition(state: Dict[str, Any]) -> Dict[str, Any]:
    return {key: value for key, value in state.items() if key not in _PROGRESS}


def _is_single(wrapper: Any) -> bool:
    return isinstance(wrapper, OptimWrapper) and not isinstance(wrapper, OptimWrapperDict)
