"""Records properties and progress of a training besides its losses."""

import platform
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Dict

import mmaction
import mmcv
import mmengine
import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.device import get_device
from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from tev_mmaction.version import __version__

from ..run_history import RunStart, add_progress, add_start
from ..source_commit import source_commit


@HOOKS.register_module()
class RunHistoryHook(Hook):
    """Writes ``run.jsonl`` into the folder of the run's log, for the report.

    The first line has seed, processes, devices, batch size and versions, see
    :class:`~tev_mmaction.engine.run_history.RunStart`. The other lines have the progress of the
    training, one line per minute and one at the end.

    Args:
        interval (float): Seconds between lines. Defaults to 60.

    Raises:
        OSError: Before training, if the file cannot be written. Later, this is a warning.
    """

    # After ResumedScheduleHook, which may correct the iteration.
    priority = 'VERY_LOW'

    def __init__(self, interval: float = 60):
        self.interval = interval
        self._begin = self._written = 0.0

    def before_train(self, runner: Runner) -> None:
        """Write the first line."""
        devices = sorted(set(all_gather_object(_device())))
        self._begin = self._written = time.monotonic()
        if not is_main_process():
            return
        start = RunStart(
            started=datetime.now().astimezone().isoformat(timespec='seconds'),
            iteration=runner.iter,
            seed=runner.seed,
            processes=runner.world_size,
            devices=devices,
            batch_size=runner.train_dataloader.batch_size,
            versions=_versions(),
            commit=source_commit(),
        )
        add_start(Path(runner.log_dir), start)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Write a line if the interval has passed."""
        if time.monotonic() - self._written >= self.interval:
            self._write(runner, runner.iter + 1)

    def after_train(self, runner: Runner) -> None:
        """Write the last line."""
        self._write(runner, runner.iter)

    def _write(self, runner: Runner, iteration: int) -> None:
        self._written = time.monotonic()
        if not is_main_process():
            return
        try:
            add_progress(Path(runner.log_dir), iteration, self._written - self._begin)
        except OSError as error:  # the training is more important
            runner.logger.warning(f'the time of the run could not be written down: {error}')


def _device() -> str:
    kind = get_device()
    return torch.cuda.get_device_name() if kind == 'cuda' else kind.upper()


def _versions() -> Dict[str, str]:
    packages = (mmaction, mmcv, mmengine, np, torch)
    versions = {package.__name__: str(package.__version__) for package in packages}
    versions.update(python=platform.python_version(), tev_mmaction=__version__)
    if torch.version.cuda:
        versions['cuda'] = torch.version.cuda
    return versions
