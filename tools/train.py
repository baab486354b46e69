"""Train a model from a config: ``python tools/train.py CONFIG [options]``.

The options are those of MMAction2's ``tools/train.py``.
"""

import argparse
import shlex
import sys
from typing import Optional

import torch
from mmengine.config import Config

from tev_mmaction.engine import build_runner
from tev_mmaction.engine.launch import (
    add_common_options,
    apply_common_options,
    check_work_dir,
    ending_process_group,
    finish_config,
    forget_weights,
    interruptible,
    read_config,
    section,
    start_cpu_processes,
)
from tev_mmaction.engine.resuming import check_resumable, find_resumable
from tev_mmaction.user_errors import errors_in_a_sentence

TRAINING = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper')


def parse_args(argv=None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description='Train a model from a config.')
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='resume from a checkpoint; without a path, from the latest one in '
        'the work directory, if there is one',
    )
    parser.add_argument(
        '--random-init',
        action='store_true',
        help='train from random weights, whatever checkpoint the config names: a baseline',
    )
    parser.add_argument(
        '--amp',
        action='store_true',
        help='mixed precision: float16 with loss scaling on a GPU, bfloat16 on a CPU',
    )
    parser.add_argument('--no-validate', action='store_true', help='train without validation')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate with the global batch size, relative to '
        'auto_scale_lr.base_batch_size of the config',
    )
    parser.add_argument('--seed', type=int, help='random seed; default: that of the config')
    parser.add_argument('--diff-rank-seed', action='store_true', help='seed every rank differently')
    parser.add_argument(
        '--deterministic', action='store_true', help='use deterministic cuDNN algorithms'
    )
    add_common_options(parser, 'train_dataloader.batch_size=8 model.heads.speed.loss_weight=0.5')
    args = parser.parse_args(argv)
    if args.random_init and 'load_from' in (args.cfg_options or {}):
        parser.error('give either load_from or --random-init')
    return args


def merge_args(cfg: Config, args: argparse.Namespace) -> Config:
    """Apply the command line to the config; ``--cfg-options`` has the last word."""
    missing = [key for key in TRAINING if not cfg.get(key)]
    if missing:
        raise ValueError(
            f'{args.config} has no {", ".join(missing)}: it does not train. Configs at the top of '
            'configs and in configs/finetune do; evaluate with this one by tools/test.py'
        )
    apply_common_options(cfg, args)
    if args.random_init and not args.work_dir:
        cfg.work_dir += '_random-init'
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if args.amp:
        _enable_amp(cfg)
    if args.auto_scale_lr:
        if 'base_batch_size' not in cfg.get('auto_scale_lr', {}):
            raise ValueError(
                f'--auto-scale-lr: {args.config} does not say what batch size its '
                'learning rate is for; add auto_scale_lr=dict(base_batch_size=...)'
            )
        cfg.auto_scale_lr.enable = True
    randomness = section(cfg, 'randomness', seed=None)
    if args.seed is not None:
        randomness.seed = args.seed
    if args.diff_rank_seed:
        randomness.diff_rank_seed = True
    if args.deterministic:
        randomness.deterministic = True
    finish_config(cfg, args)
    if args.random_init:
        forget_weights(cfg)
    _resume(cfg, args.resume)
    return cfg


def _resume(cfg: Config, resume: Optional[str]) -> None:
    """Say from which checkpoint to go on; without one it is a first start."""
    if resume and resume != 'auto':
        cfg.resume, cfg.load_from = True, resume
    if resume == 'auto' or (cfg.get('resume') and not cfg.get('load_from')):
        checkpoint = cfg.default_hooks.get('checkpoint') or {}
        found = find_resumable(cfg.work_dir, checkpoint.get('out_dir'))
        cfg.resume = found is not None
        if found:  # else the config's load_from must stay
            cfg.load_from = found
    elif cfg.get('resume') and '://' not in cfg.load_from:
        check_resumable(cfg.load_from)


def _enable_amp(cfg: Config) -> None:
    wrapper = cfg.optim_wrapper.get('type', 'OptimWrapper')
    if wrapper not in ('OptimWrapper', 'AmpOptimWrapper'):
        raise ValueError(f'--amp does not go with optim_wrapper.type={wrapper!r}')
    if torch.cuda.is_available():
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    else:
        cfg.optim_wrapper.type = 'BFloat16OptimWrapper'


def main() -> None:
    """Train."""
    args = parse_args()
    cfg = merge_args(read_config(args.config), args)
    again = [word for word in sys.argv if not word.startswith('--resume')]
    with interruptible(cfg, f'python {shlex.join([*again[:2], "--resume", *again[2:]])}'):
        train(cfg)


def train(cfg: Config) -> None:
    """Train by a config to which the command line was applied."""
    check_work_dir(cfg)
    start_cpu_processes(cfg)
    runner = build_runner(cfg)
    if len(runner.train_dataloader) == 0:
        raise ValueError(
            f'{len(runner.train_dataloader.dataset)} videos make no batch of '
            f'train_dataloader.batch_size={cfg.train_dataloader.batch_size}, and drop_last=True '
            'leaves out what does not fill one: lower the batch size'
        )
    runner.train()


if __name__ == '__main__':
    with ending_process_group(), errors_in_a_sentence():
        main()
