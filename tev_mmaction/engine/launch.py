"""What ``tools/train.py`` and ``tools/test.py`` have in common."""

import argparse
import os
import os.path as osp

import torch
from mmengine.config import Config, DictAction
from mmengine.dist import is_distributed


def add_common_options(parser: argparse.ArgumentParser, example: str) -> None:
    """Options of MMAction2's ``tools/train.py`` and ``tools/test.py`` alike.

    Args:
        parser (argparse.ArgumentParser): They are added to it.
        example (str): Of ``--cfg-options``, for the help.
    """
    parser.add_argument(
        '--work-dir', help='where logs and results go; default: work_dirs/<name of the config>'
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help=f'override keys of the config, for example {example}',
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='who starts the processes of a distributed run',
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)


def apply_common_options(cfg: Config, args: argparse.Namespace) -> None:
    """Set launcher and work directory; ``--cfg-options`` has the last word, and comes later."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg.launcher = args.launcher
    cfg.work_dir = (
        args.work_dir
        or cfg.get('work_dir')
        or osp.join('work_dirs', osp.splitext(osp.basename(args.config))[0])
    )


def start_cpu_processes(cfg: Config) -> None:
    """Let a distributed run work without a GPU, where mmengine would ask for one."""
    if cfg.launcher != 'pytorch' or torch.cuda.is_available() or is_distributed():
        return
    torch.distributed.init_process_group('gloo')
    cfg.model_wrapper_cfg = dict(
        type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False
    )
    cfg.sync_bn = None  # PyTorch has it for GPUs only
