"""Runs of tools/train.py and tools/test.py on two gloo processes, with and without FSDP."""

import json
import os
import runpy
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from unittest.mock import patch

import torch.distributed as dist
from mmaction.registry import HOOKS
from mmengine.config import Config
from mmengine.hooks import Hook

from helpers import ROOT, dataset_cfg, model_cfg

EPOCHS, LENGTH = 2, 3  # two ranks of two of twelve videos each
STOPPED = 4
FSDP = Config.fromfile(ROOT / 'configs/_base_/fully_sharded.py').strategy
BACKBONE = dict(
    type='VisionTransformer', img_size=32, embed_dims=32, depth=2, num_heads=2, num_frames=8
)


@HOOKS.register_module()
class StopAtHook(Hook):
    """Stops a run before an iteration."""

    def __init__(self, iteration):
        self.iteration = iteration

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.iteration:
            raise KeyboardInterrupt


@HOOKS.register_module()
class SpoilHook(Hook):
    """The second process loses a weight after an iteration."""

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.rank == 1:
            held = next(p for p in runner.model.parameters() if p.numel())
            held.data.fill_(float('nan'))


def heads():
    return dict(
        equivariance=dict(type='EquivarianceHead', norm_cfg=None),
        speed=dict(type='SpeedHead', speeds=(1, 2, 4), norm_cfg=None),
    )


def model(**changes):
    return model_cfg(backbone=dict(BACKBONE), feature_dim=32, heads=heads(), **changes)


def training(clips, work_dir, strategy=None, hooks=(), timed=False, **changes):
    """A config file of a pre-training; its gradients are clipped, and its rate falls."""
    loader = dict(
        batch_size=2,
        num_workers=0,
        drop_last=True,
        sampler=dict(type='DefaultSampler', shuffle=True),
        dataset=dataset_cfg(clips),
    )
    cfg = dict(
        default_scope='mmaction',
        model=model(chunk_size=1),
        train_dataloader=loader,
        train_cfg=dict(type='MidEpochTrainLoop', max_epochs=EPOCHS),
        optim_wrapper=dict(
            optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.1),
            paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0),
            clip_grad=dict(max_norm=0.05),
        ),
        param_scheduler=[dict(type='LinearLR', start_factor=0.5, by_epoch=False, end=4)],
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=1),
            timed_checkpoint=dict(type='TimedCheckpointHook', minutes=1e-6) if timed else None,
            drawn_classes=None,
            feature_health=dict(type='FeatureHealthHook', interval=1, num_videos=4),
        ),
        custom_hooks=list(hooks),
        randomness=dict(seed=1),
        strategy=strategy,
    )
    cfg.update(changes)
    return write(work_dir, cfg)


def testing(clips, work_dir, strategy=None):
    """A config file of a test of the heads."""
    dataset = dataset_cfg(clips, test_mode=True)
    dataset['pipeline'] = [
        dict(type='Resize', scale=(32, 32), keep_ratio=False),
        *dataset['pipeline'][2:],
    ]
    cfg = dict(
        default_scope='mmaction',
        model=model(),
        test_dataloader=dict(
            batch_size=2,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=dataset,
        ),
        test_cfg=dict(type='TaskTestLoop'),
        test_evaluator=dict(type='TaskMetric', split='toy'),
        custom_hooks=[dict(type='BackboneWeightsHook'), dict(type='EvaluationReportHook')],
        strategy=strategy,
    )
    return write(work_dir, cfg)


def write(work_dir, cfg):
    path = Path(f'{work_dir}.py')
    if int(os.environ.get('RANK', 0)) == 0:
        Config(dict(cfg, experiment_name=path.stem, work_dir=str(work_dir))).dump(path)
    if dist.is_initialized():
        dist.barrier()
    return str(path)


@cache
def tool(name):
    return runpy.run_path(str(ROOT / 'tools' / f'{name}.py'))


def run(name, *arguments):
    """A tool within a process of a distributed run; what it raised, in a sentence."""
    main = tool(name)['main']
    words = [f'{name}.py', *map(str, arguments), '--launcher', 'pytorch']
    changes = {
        'sys.argv': words,
        'os._exit': lambda status: None,
        # takes long
        'mmengine.runner.runner.collect_env': dict,
        'mmengine._strategy.base.collect_env': dict,
    }
    with ExitStack() as stack:
        for name, value in changes.items():
            stack.enter_context(patch(name, value))
        try:
            main()
        except Exception as error:
            return f'{type(error).__name__}: {error}'
    return ''


def logged(work_dir, start=-1):
    """The lines of the log of a run with losses, of one of its starts."""
    path = sorted(Path(work_dir).glob('*/vis_data/scalars.json'))[start]
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in lines if 'loss' in line]
