"""Test a checkpoint: ``python tools/test.py CONFIG CHECKPOINT [options]``.

The options are those of MMAction2's ``tools/test.py``, and ``--random-init`` instead of a
checkpoint, for a baseline with random weights. A model without weights, such as that of
``configs/studies/motion/flow.py``, needs neither.
"""

import argparse

from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from tev_mmaction.engine import build_runner
from tev_mmaction.engine.launch import (
    add_common_options,
    apply_common_options,
    check_work_dir,
    ending_process_group,
    finish_config,
    forget_weights,
    read_config,
    start_cpu_processes,
)
from tev_mmaction.files import check_output
from tev_mmaction.user_errors import errors_in_a_sentence


def parse_args(argv=None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description='Test a checkpoint.')
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', nargs='?', help='checkpoint file')
    parser.add_argument(
        '--random-init', action='store_true', help='test random weights instead of a checkpoint'
    )
    parser.add_argument('--dump', metavar='FILE.pkl', help='also write all predictions to a file')
    add_common_options(parser, 'test_dataloader.num_workers=2')
    args = parser.parse_args(argv)
    if args.checkpoint and args.random_init:
        parser.error('give either a checkpoint or --random-init')
    if args.dump and not args.dump.endswith(('.pkl', '.pickle')):
        parser.error(f'--dump {args.dump}: the name is to end in .pkl')
    return args


def merge_args(cfg: Config, args: argparse.Namespace) -> Config:
    """Apply the command line to the config."""
    apply_common_options(cfg, args)
    if args.random_init and not args.work_dir:
        cfg.work_dir += '_random-init'
    finish_config(cfg, args)
    if not cfg.get('test_dataloader') or not cfg.get('test_evaluator'):
        raise ValueError(
            f'{args.config} has no test_dataloader and test_evaluator: it is for '
            'pre-training only. Test with a config of configs/retrieval, configs/linear, '
            'configs/studies or configs/finetune.'
        )
    if not (args.checkpoint or args.random_init):
        _check_weightless(cfg)
    cfg.load_from = args.checkpoint
    if args.checkpoint:  # all that is tested must be loaded, whatever a config leaves out
        cfg.default_hooks.setdefault('loaded_weights', dict(type='LoadedWeightsHook'))
    if args.random_init:
        forget_weights(cfg)
        cfg.default_hooks.pop('loaded_weights', None)
    if args.dump:
        evaluators = cfg.test_evaluator
        evaluators = list(evaluators) if isinstance(evaluators, (list, tuple)) else [evaluators]
        cfg.test_evaluator = [*evaluators, dict(type='DumpResults', out_file_path=args.dump)]
    return cfg


def _check_weightless(cfg: Config) -> None:
    """Refuse to test weights that nobody trained, unless that was asked for."""
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    if any(True for _ in MODELS.build(cfg.model).parameters()):
        raise SystemExit(
            f'{cfg.filename} has a model with weights: give a checkpoint, or --random-init'
        )


def main() -> None:
    """Test."""
    args = parse_args()
    cfg = merge_args(read_config(args.config), args)
    check_work_dir(cfg)
    if args.dump:
        check_output(args.dump)
    start_cpu_processes(cfg)
    runner = build_runner(cfg)
    if args.random_init and not cfg.get('strategy'):  # which does so by itself
        # Runner does so before training only: without, these would be PyTorch's defaults.
        getattr(runner.model, 'module', runner.model).init_weights()
    runner.test()


if __name__ == '__main__':
    with ending_process_group(), errors_in_a_sentence():
        main()
