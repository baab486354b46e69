"""Common functions of ``tools/train.py`` and ``tools/test.py``."""

import argparse
import difflib
import gc
import os
import os.path as osp
import sys
from contextlib import contextmanager
from typing import Any, Iterator, List

import torch
from mmengine.config import Config, ConfigDict
from mmengine.dist import is_distributed

from ..files import check_output, make_folder
from ..packaged import find_config
from ..stopping import is_interrupt
from .basic_values import check_basic_values
from .cfg_options import add_cfg_options, apply_cfg_options
from .resuming import last_checkpoint
from .vis_backends import check_vis_backends

# Hooks of every run; None in default_hooks removes one.
_HOOKS = dict(
    loaded_weights=dict(type='LoadedWeightsHook'),
    non_finite=dict(type='NonFiniteHook'),
    resumed_schedule=dict(type='ResumedScheduleHook'),
    drawn_classes=dict(type='DrawnClassesHook'),
    labels=dict(type='LabelsHook'),
    short_videos=dict(type='ShortVideosHook'),
    run_history=dict(type='RunHistoryHook'),
    pictures=dict(type='PicturesHook'),
)
# Those that Runner adds by itself.
_RUNNERS = ('runtime_info', 'timer', 'sampler_seed', 'logger', 'param_scheduler', 'checkpoint')


def read_config(path: str) -> Config:
    """Read a config, as ``Config.fromfile`` does.

    Args:
        path (str): A file, or ``tev_mmaction::NAME``, a config that comes with the package.

    Raises:
        ValueError: If the file does not exist or is not a config.
    """
    path = find_config(path)
    if not osp.isfile(path):
        folder, name = path if osp.isdir(path) else osp.dirname(path), osp.basename(path)
        found = sorted(osp.join(folder, file) for file in _configs_in(folder))
        near = difflib.get_close_matches(osp.join(folder, name), found, 1) or found[:1]
        what = 'is a folder, a config is' if osp.isdir(path) else 'does not exist, a config is'
        raise ValueError(f'{path} {what} needed, such as {(near or ["configs/NAME.py"])[0]}')
    try:
        return Config.fromfile(path)
    except FileNotFoundError as error:
        raise ValueError(
            f'{path}: {error.filename or error} does not exist, which its _base_ or its code '
            'names. Paths of _base_ start from the folder of the config that has them'
        ) from error
    except OSError as error:  # mmengine says so of extensions
        if error.errno is None:
            raise ValueError(f'{path} is not a config: {error}') from error
        raise


def _configs_in(folder: str) -> List[str]:
    folder = folder or '.'
    names = os.listdir(folder) if osp.isdir(folder) else ()
    return [name for name in names if name.endswith('.py')]


def add_common_options(parser: argparse.ArgumentParser, example: str) -> None:
    """Options that MMAction2's ``tools/train.py`` and ``tools/test.py`` share.

    Args:
        parser (argparse.ArgumentParser): Parser to which they are added.
        example (str): Example of ``--cfg-options``, for the help.
    """
    parser.add_argument(
        '--work-dir', help='folder for logs and results; default: work_dirs/<name of the config>'
    )
    add_cfg_options(parser, example)
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='launcher of the processes of a distributed run',
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)


def apply_common_options(cfg: Config, args: argparse.Namespace) -> None:
    """Set launcher and work directory; ``--cfg-options`` is applied later and has priority."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg.launcher = args.launcher
    cfg.work_dir = (
        args.work_dir
        or cfg.get('work_dir')
        or osp.join('work_dirs', osp.splitext(osp.basename(find_config(args.config)))[0])
    )


def finish_config(cfg: Config, args: argparse.Namespace) -> None:
    """Apply ``--cfg-options``, and add the hooks that protect results and checkpoints.

    Raises:
        ValueError: If an option or an argument of a loop is unknown, a value is invalid, or the
            package of a backend of ``visualizer`` is not installed.
    """
    apply_cfg_options(cfg, args.cfg_options or {})
    _check_loops(cfg, args.config)
    check_basic_values(cfg)
    check_vis_backends(cfg)
    _fit_loaders(cfg)
    imports = section(cfg, 'custom_imports', imports=[], allow_failed_imports=False)
    if 'tev_mmaction' not in imports.get('imports', []):
        imports['imports'] = [*imports.get('imports', []), 'tev_mmaction']
    hooks = section(cfg, 'default_hooks')
    for name, hook in _HOOKS.items():
        hooks.setdefault(name, hook)
    for name in [name for name, hook in hooks.items() if hook is None and name not in _RUNNERS]:
        hooks.pop(name)  # Runner knows how to leave out its own hooks alone
    hooks.setdefault('checkpoint', dict(type='CheckpointHook', interval=1))
    checkpoint = hooks.checkpoint
    if checkpoint and checkpoint.get('type') == 'CheckpointHook':
        checkpoint['type'] = 'SoundCheckpointHook'  # takes the same arguments


def section(cfg: Config, key: str, **default: Any) -> ConfigDict:
    """A part of a config, made if there is none; ``setdefault`` would return a copy of it."""
    if cfg.get(key) is None:
        cfg[key] = default
    return cfg[key]


def _check_loops(cfg: Config, source: str) -> None:
    loop = cfg.get('train_cfg') or {}
    kind = str(loop.get('type', 'EpochBasedTrainLoop' if loop.get('by_epoch', True) else '')) or (
        'IterBasedTrainLoop'
    )
    if kind.endswith('IterBasedTrainLoop') and 'max_epochs' in loop:
        raise ValueError(
            f'{source}: train_cfg has max_epochs, and its type {kind} counts iterations. Train by '
            'epochs (train_cfg.max_epochs=...), or write a config with '
            "train_cfg=dict(_delete_=True, type='IterBasedTrainLoop', max_iters=...), "
            'log_processor=dict(by_epoch=False), default_hooks=dict(checkpoint=dict('
            'by_epoch=False, interval=...)) and a param_scheduler with by_epoch=False'
        )
    if kind.endswith('EpochBasedTrainLoop') and loop and 'max_epochs' not in loop:
        raise ValueError(f'{source}: train_cfg lacks max_epochs, the number of epochs to train')


def _fit_loaders(cfg: Config) -> None:
    """Remove options of data loaders that PyTorch refuses or warns about here."""
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        loader = cfg.get(name)
        if not isinstance(loader, dict):
            continue
        if loader.get('num_workers') == 0:
            loader['persistent_workers'] = False
            loader.pop('prefetch_factor', None)
        if not torch.cuda.is_available():
            loader.pop('pin_memory', None)


def check_work_dir(cfg: Config) -> None:
    """Check before the work starts whether a run can write its outputs.

    Raises:
        OSError: If it cannot; with the config key, the file or folder, and the reason.
    """
    checkpoint = (cfg.get('default_hooks') or {}).get('checkpoint') or {}
    folders = dict(work_dir=cfg.work_dir)
    if checkpoint.get('out_dir') and '://' not in checkpoint['out_dir']:
        folders['default_hooks.checkpoint.out_dir'] = checkpoint['out_dir']
    for key, folder in folders.items():
        try:
            make_folder(folder)
            check_output(osp.join(folder, 'last_checkpoint'))
        except OSError as error:
            raise type(error)(error.errno, f'{key}: {error.strerror}', error.filename) from error


def forget_weights(cfg: Config) -> None:
    """Prevent any loading of weights, for baselines.

    Raises:
        ValueError: If the backbone itself loads some.
    """
    backbone = cfg.model.get('backbone', {})
    for key in ('pretrained', 'init_cfg'):
        if 'Pretrained' in str(backbone.get(key)) or (key == 'pretrained' and backbone.get(key)):
            raise ValueError(
                f'--random-init: model.backbone.{key} loads weights, set it to None: '
                f'--cfg-options model.backbone.{key}=None'
            )
    cfg.load_from, cfg.resume = None, False
    hooks = cfg.get('custom_hooks') or []
    cfg.custom_hooks = [hook for hook in hooks if hook['type'] != 'BackboneWeightsHook']


def start_cpu_processes(cfg: Config) -> None:
    """Make a distributed run work without a GPU, which mmengine would require."""
    if cfg.launcher != 'pytorch' or torch.cuda.is_available():
        return
    if not is_distributed():
        torch.distributed.init_process_group('gloo')
    if not cfg.get('strategy'):
        cfg.model_wrapper_cfg = dict(
            type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False
        )
    cfg.sync_bn = None  # PyTorch has it for GPUs only


@contextmanager
def ending_process_group() -> Iterator[None]:
    """End the group of processes that a run has begun, before the interpreter ends.

    A thread of a group that is still there may ask for the interpreter while it ends, which aborts
    the process (``terminate called without an active exception``), with status -6 after a run
    that was complete. PyTorch leaves it to scripts to end their groups.

    After an error, other processes may wait for this one, and ending the group would wait for them.
    So the error is shown, and this process ends at once, with the status it would have had.
    """
    try:
        yield
    except BaseException as error:
        if not is_distributed():
            raise
        _exit(error)
    end_process_group()


def end_process_group() -> None:
    """End the group of processes, if there is one, after the models that nothing holds any more.

    A model that is the last to hold the group would wait for its threads with the interpreter's
    lock, and hang if one of them asks for it. Runners and hooks hold each other in cycles.
    """
    gc.collect()
    if is_distributed():
        torch.distributed.destroy_process_group()


def _exit(error: BaseException) -> None:
    """End this process with the words and status of an unhandled error, and nothing after it."""
    status: Any = 130 if isinstance(error, KeyboardInterrupt) else 1
    if not isinstance(error, SystemExit):
        sys.excepthook(type(error), error, error.__traceback__)
    elif error.code is None or isinstance(error.code, int):
        status = error.code or 0
    else:
        print(error.code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


@contextmanager
def interruptible(cfg: Config, command: str) -> Iterator[None]:
    """End on Ctrl-C with one line: where the run stands, and how it goes on.

    Args:
        cfg (Config): Of the run.
        command (str): What resumes it.
    """
    try:
        yield
    except BaseException as error:
        if not is_interrupt(error):  # mmengine makes a SyntaxError of it, while it writes a config
            raise
        if int(os.environ.get('RANK', 0)) == 0:
            checkpoint = (cfg.get('default_hooks') or {}).get('checkpoint') or {}
            state = last_checkpoint(cfg.work_dir, checkpoint.get('out_dir'), command)
            print(f'\ninterrupted. {state}', file=sys.stderr, flush=True)
        # Workers of data loaders hold on to nothing, and would only be waited for.
        sys.stdout.flush()
        os._exit(130)
