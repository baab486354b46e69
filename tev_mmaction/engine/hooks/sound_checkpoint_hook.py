"""Writes only complete and finite checkpoints, and keeps earlier valid ones."""

import os.path as osp
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Set, Union

from mmaction.registry import HOOKS
from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend, get_file_backend, register_backend
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from ...files import write_file
from ...models.backbone_weights import first, non_finite
from ..divided import found_on_any, held_tensors, plain_name, unwrapped
from ..resuming import last_checkpoint

# Parts of names of our metrics for which higher is better.
GREATER = ('R@', 'nn1', 'linear', 'svm', '_r2', 'top')


class AtomicLocalBackend(LocalBackend):
    """mmengine's backend for local files with atomic writes."""

    def put(self, obj: bytes, filepath: Union[str, Path]) -> None:
        """Write a file; an existing file stays until the new one is complete.

        Raises:
            OSError: If it cannot be written; no partial file is left.
        """
        write_file(filepath, bytes(obj))


register_backend('atomic_local', AtomicLocalBackend)


@HOOKS.register_module()
class SoundCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook``, which loses nothing.

    - A file is written under another name and renamed when it is complete: a full disk or a kill
      leaves no partial checkpoint. Older ones (``max_keep_ckpts``) are removed afterwards, so the
      disk needs space for one more.
    - NaN or infinite weights are not saved, neither as the last nor as the best
      checkpoint: they would replace checkpoints from which a run can continue.
    - ``save_best='retrieval/R@1'`` needs no ``rule``: higher is better in our metrics.
    - If the folder of a run was copied or moved, its own best checkpoint is used; that
      of the original is never removed.

    Args:
        **kwargs: Arguments of ``mmengine.hooks.CheckpointHook``.
    """

    backend_args: Optional[dict]
    max_keep_ckpts: int
    _default_greater_keys = [*CheckpointHook._default_greater_keys, *GREATER]

    def before_train(self, runner: Runner) -> None:
        """Remember what need not be finite, and take the own folder for that of the best one."""
        folder = self.out_dir or runner.work_dir
        if not (self.backend_args or self.file_client_args) and type(
            get_file_backend(folder)
        ) is LocalBackend:  # fmt: skip
            self.backend_args = dict(backend='atomic_local')
        super().before_train(runner)
        # Masks of attention may hold infinities; weights and statistics never do.
        learned = {plain_name(name) for name, _ in unwrapped(runner.model).named_parameters()}
        self._may_be_infinite: Set[str] = {
            name
            for name in non_finite(held_tensors(runner.model))
            if name not in learned and 'running_' not in name
        }
        if self.save_best is None:
            return
        self._set_best_paths({key: self._own(path) for key, path in self._best_paths().items()})

    def _own(self, path: Optional[str]) -> Optional[str]:
        """The file with that name in the folder of this run, if it exists."""
        if path is None:
            return None
        path = self.file_backend.join_path(self.out_dir, osp.basename(path))
        return path if self.file_backend.isfile(path) else None

    def _save_best_checkpoint(self, runner: Runner, metrics: Dict[str, float]) -> None:
        if not self.save_best:
            return
        if 'auto' not in self.key_indicators:
            unknown = [key for key in self.key_indicators if key not in metrics]
            if unknown:
                raise ValueError(
                    f'default_hooks.checkpoint.save_best={unknown[0]!r} is not a figure of this '
                    f'validation: there are {", ".join(metrics)}. {last_sound_checkpoint(runner)}'
                )
        elif not any(map(self._has_rule, list(metrics)[:1])):
            name = next(iter(metrics))
            raise ValueError(
                f"default_hooks.checkpoint.save_best='auto' takes {name}, of which it is not known "
                f'whether more is better: set default_hooks.checkpoint.save_best={name!r} and '
                "rule='greater' or 'less'"
            )
        if not self._is_sound(runner):
            return
        finite = {key: value if _is_finite(value) else None for key, value in metrics.items()}
        before = self._best_paths()
        self._set_best_paths(dict.fromkeys(before))  # nothing is removed before it is replaced
        try:
            with _told(runner):
                super()._save_best_checkpoint(runner, finite)
        finally:
            after = self._best_paths()
            self._set_best_paths({key: after[key] or path for key, path in before.items()})
        for key, path in before.items():
            if path and after[key] and path != after[key] and is_main_process():
                self.file_backend.remove(path)

    def _best_paths(self) -> Dict[str, Optional[str]]:
        if len(self.key_indicators) == 1:
            return dict(single=self.best_ckpt_path)
        return dict(self.best_ckpt_path_dict)

    def _set_best_paths(self, paths: Dict[str, Optional[str]]) -> None:
        if len(self.key_indicators) == 1:
            self.best_ckpt_path = paths['single']
        else:
            self.best_ckpt_path_dict = paths

    def _has_rule(self, name: str) -> bool:
        known = (*self.greater_keys, *self.less_keys)
        return self.rules != [None] or any(key.lower() in name.lower() for key in known)

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        if not self._is_sound(runner):
            return
        outdated: List[int] = []
        if self.max_keep_ckpts > 0:
            kept = [number for number in self.keep_ckpt_ids if number != step] + [step]
            outdated = kept[: -self.max_keep_ckpts]
            self.keep_ckpt_ids.extend([] if step in self.keep_ckpt_ids else [step])
            runner.message_hub.update_info('keep_ckpt_ids', list(self.keep_ckpt_ids))
        limit, self.max_keep_ckpts = (
            self.max_keep_ckpts,
            -1,
        )  # nothing is removed before it is saved
        try:
            with _told(runner):
                super()._save_checkpoint_with_step(runner, step, meta)
        finally:
            self.max_keep_ckpts = limit
        for number in outdated if is_main_process() else ():
            path = self.file_backend.join_path(self.out_dir, self.filename_tmpl.format(number))
            if self.file_backend.isfile(path):
                self.file_backend.remove(path)

    def save_within_epoch(self, runner: Runner, name: str) -> None:
        """Save the state after the current iteration, which becomes the last checkpoint.

        Args:
            runner (Runner): A run in the middle of an epoch. If its model is divided among the
                processes, all of them have to call this; otherwise, the first one.
            name (str): File name, in the folder of the other checkpoints.

        Raises:
            OSError: If it cannot be written; the message names the last sound checkpoint.
        """
        if not self._is_sound(runner):
            return
        with _told(runner):
            runner.save_checkpoint(
                self.out_dir,
                name,
                save_optimizer=self.save_optimizer,
                save_param_scheduler=self.save_param_scheduler,
                by_epoch=False,
                backend_args=self.backend_args,
            )
            if is_main_process():
                path = self.file_backend.join_path(self.out_dir, name)
                write_file(osp.join(runner.work_dir, 'last_checkpoint'), str(path).encode())

    def _is_sound(self, runner: Runner) -> bool:
        bad = non_finite(held_tensors(runner.model))
        bad = [name for name in bad if name not in self._may_be_infinite]
        bad = found_on_any(bad, runner.model)  # all save, or none
        if bad:
            runner.logger.warning(
                f'no checkpoint is saved at epoch {runner.epoch + 1}: {len(bad)} tensors of the '
                f'model are not finite{first(bad)}. {last_sound_checkpoint(runner)}'
            )
        return not bad


def last_sound_checkpoint(runner: Runner) -> str:
    """A sentence with the checkpoint from which the run can continue."""
    hooks = [hook for hook in runner.hooks if isinstance(hook, CheckpointHook)]
    out_dir = getattr(hooks[0], 'out_dir', None) if hooks else None  # has the run's name by now
    folder = runner.work_dir if out_dir is None else osp.dirname(osp.abspath(out_dir))
    same = out_dir is None or osp.abspath(out_dir) == osp.abspath(runner.work_dir)
    return last_checkpoint(runner.work_dir, None if same else folder)


@contextmanager
def _told(runner: Runner) -> Iterator[None]:
    """If a checkpoint cannot be written, name the one from which the run can continue."""
    try:
        yield
    except OSError as error:
        raise OSError(
            error.errno,
            f'a checkpoint of epoch {runner.epoch + 1} could not be written ({error.strerror}), '
            f'nothing of it is left. {last_sound_checkpoint(runner)} Make room or give access, '
            'then resume',
            error.filename,
        ) from None


def _is_finite(value: Any) -> bool:
    return not isinstance(value, (int, float)) or isfinite(value)
