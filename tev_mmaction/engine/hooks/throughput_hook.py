"""Logs the clips per second of a training, and warns if it waits for the data loader."""

import os
from collections import deque
from typing import Any, List, Mapping, Optional, Sequence, Union

import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_reduce, get_world_size
from mmengine.hooks import Hook, IterTimerHook
from mmengine.runner import Runner
from torch import Tensor
from torch.utils.data import DataLoader

# Iterations after a start that do not count: memory is allocated, and algorithms are chosen.
_WARM_UP = 5


@HOOKS.register_module()
class ThroughputHook(Hook):
    """Adds ``clips_per_s`` to the log, and warns once if training waits for data.

    mmengine's ``IterTimerHook`` measures the time of an iteration (``time``) and the part of it
    spent waiting for the data loader (``data_time``). This hook uses both over the last
    ``window`` iterations: ``clips_per_s`` is the number of clips of all ranks (ranks have equal
    batches) divided by the time.

    The share of waiting is checked at the end of every ``window`` iterations, for the rank that
    waits longest. The first iterations of a run and of an epoch, whose batches were prefetched, do
    not count. In an iteration-based loop, a validation or a checkpoint between two iterations
    counts as waiting: choose a larger ``max_data_share`` there.

    Args:
        window (int): Number of iterations. Defaults to 50.
        max_data_share (float): Share of the time spent waiting above which to warn, within (0, 1).
            Defaults to 0.2.

    Raises:
        ValueError: If an argument is out of its range; before training, if there is no
            ``IterTimerHook``.
    """

    # With IterTimerHook, which comes earlier as a default hook, and before LoggerHook.
    priority = 'NORMAL'

    def __init__(self, window: int = 50, max_data_share: float = 0.2):
        if window < 1:
            raise ValueError(f'ThroughputHook.window={window}: at least 1 iteration')
        if not 0 < max_data_share < 1:
            raise ValueError(
                f'ThroughputHook.max_data_share={max_data_share}: give a share between 0 and 1'
            )
        self.window = window
        self.max_data_share = max_data_share
        self._warned = False
        self._seen = 0  # iterations since training began or was resumed
        self._clips: deque = deque(maxlen=window)
        self._times: deque = deque(maxlen=window)
        self._waits: list = []  # (data_time, time) of the iterations that count

    def before_train(self, runner: Runner) -> None:
        """Check that times are measured."""
        if not any(isinstance(hook, IterTimerHook) for hook in runner.hooks):
            raise ValueError(
                'ThroughputHook reads the times that IterTimerHook measures: leave '
                'default_hooks.timer in the config, or take ThroughputHook out of custom_hooks'
            )

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Mapping[str, Any]
    ) -> None:
        """Count the clips, before the preprocessor changes the batch."""
        self._clips.append(_count_clips(data_batch['inputs']) * get_world_size())

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Optional[dict] = None,
        outputs: Optional[dict] = None,
    ) -> None:
        """Log the speed, and check it when a window is full."""
        hub = runner.message_hub
        time = hub.get_scalar('train/time').current()
        self._times.append(time)
        hub.update_scalar('train/clips_per_s', sum(self._clips) / max(sum(self._times), 1e-9))

        self._seen += 1
        loader = runner.train_dataloader
        if self._warned or self._seen <= _WARM_UP or batch_idx < max(1, loader.num_workers):
            return
        self._waits.append((hub.get_scalar('train/data_time').current(), time))
        if len(self._waits) == self.window:
            self._judge(runner)
            self._waits.clear()

    def _judge(self, runner: Runner) -> None:
        waited, total = (sum(values) for values in zip(*self._waits))
        # All ranks end a window together; the others wait for the slowest without knowing why.
        share = torch.tensor(waited / max(total, 1e-9))
        all_reduce(share, op='max')
        self._warned = share.item() > self.max_data_share
        if self._warned:
            runner.logger.warning(
                f'The data loader is the bottleneck: {share.item():.0%} of the last {self.window} '
                f'iterations went into waiting for it ({total / self.window:.3f} s an iteration). '
                f'In order of gain: {"; ".join(_remedies(runner.train_dataloader))}.'
            )


def _count_clips(inputs: Union[Tensor, Sequence[Tensor]]) -> int:
    """Of a batch, (N, clips, ...), or of its samples (clips, ...)."""
    if isinstance(inputs, Tensor):
        return inputs.size(0) * inputs.size(1)
    return sum(len(sample) for sample in inputs)


def _remedies(loader: DataLoader) -> List[str]:
    """Remedies that make the loader faster."""
    cores = max(1, _usable_cores() // int(os.environ.get('LOCAL_WORLD_SIZE', 1)))
    workers = f'train_dataloader.num_workers (now {loader.num_workers}; {cores} cores a process)'
    remedies = [
        'train on small files made by `python tools/data/cache_videos.py`, which decode many times '
        'faster',
        f'raise {workers}' if loader.num_workers < cores else f'more cores, then more {workers}',
    ]
    dataset: Any = loader.dataset
    if hasattr(dataset, 'index_file') and 'num_frames' not in dataset.get_data_info(0):
        remedies.append(
            'make a video index by `python tools/data/index_videos.py`: without, broken and short '
            'videos are found by opening them'
        )
    return remedies


def _usable_cores() -> int:
    """CPU cores of this process: fewer than the machine has, in containers and under Slurm."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
