"""What does not go with a strategy is refused before anything is built."""

import pytest
import torch
from mmengine._strategy import DDPStrategy, DeepSpeedStrategy, FSDPStrategy
from mmengine.config import Config
from mmengine.hooks import EMAHook

from tev_mmaction.engine import SoundFSDPStrategy, StrategyRunner, build_runner
from toy_runs import runner_of


def config(strategy, **changes):
    cfg = dict(launcher='pytorch', strategy=strategy, default_hooks=dict(checkpoint=None))
    return Config(dict(cfg, **changes))


@pytest.mark.parametrize(
    'changes, says',
    [
        (dict(launcher='none'), "'FSDPStrategy' divides the model among processes.*strategy=None"),
        (dict(compile=True), 'compile has no effect on a run with a strategy'),
        (dict(activation_checkpointing=['backbone']), 'no effect .*: use model.chunk_size'),
        (dict(model_wrapper_cfg=dict(device_ids=None)), 'arguments to strategy.model_wrapper'),
        (dict(custom_hooks=[dict(type='EMAHook')]), 'EMAHook works on whole weights'),
        (dict(custom_hooks=[dict(type='mmengine.EMAHook')]), 'EMAHook works on whole weights'),
        (dict(custom_hooks=[dict(type=EMAHook)]), 'EMAHook works on whole weights'),
        (dict(custom_hooks=[dict(type='ClusteringHook')]), 'ClusteringHook works on whole weights'),
    ],
)
def test_what_does_not_go_with_fsdp(changes, says):
    with pytest.raises(ValueError, match=says):
        build_runner(config(dict(type='FSDPStrategy'), **changes))


@pytest.mark.parametrize('kind', ['DeepSpeedStrategy', DeepSpeedStrategy])
def test_deepspeed_is_refused(kind):
    with pytest.raises(ValueError, match="'DeepSpeedStrategy': .*checkpoints as folders.*Use FSDP"):
        build_runner(config(dict(type=kind)))


@pytest.mark.parametrize(
    'kind',
    ['DDPStrategy', 'mmengine.SingleDeviceStrategy', 'ColossalAIStrategy', 'MyFSDPs', DDPStrategy],
)
def test_other_strategies_are_refused(kind):
    with pytest.raises(ValueError, match="type='[A-Za-z]+': only SoundFSDPStrategy .* no strategy"):
        build_runner(config(dict(type=kind)))


@pytest.mark.parametrize(
    'kind',
    ['FSDPStrategy', 'mmengine.FSDPStrategy', FSDPStrategy, 'SoundFSDPStrategy', SoundFSDPStrategy],
)
def test_each_way_to_name_fsdp(kind, monkeypatch):
    monkeypatch.setattr(StrategyRunner, 'from_cfg', lambda cfg: cfg)
    strategy = build_runner(config(dict(type=kind), sync_bn='torch')).strategy
    assert strategy == dict(type='SoundFSDPStrategy', _scope_='mmengine', sync_bn='torch')


def test_a_checkpoint_beside_the_best_one_is_of_its_epoch(tmp_path):
    """mmengine's FlexibleRunner would write down the next epoch, and resuming would skip one."""
    cfg = runner_of(tmp_path / 'plain', hook=()).cfg
    cfg.merge_from_dict(
        dict(
            work_dir=str(tmp_path / 'run'),
            strategy=dict(type='SingleDeviceStrategy', _scope_='mmengine'),
            env_cfg=dict(),
            default_hooks=dict(checkpoint=dict(type='SoundCheckpointHook', save_best='acc/top1')),
        )
    )
    StrategyRunner.from_cfg(cfg).train()
    for name in ('epoch_1.pth', 'best_acc_top1_epoch_1.pth'):
        meta = torch.load(tmp_path / 'run' / name, weights_only=False)['meta']
        assert (meta['epoch'], meta['iter']) == (1, 1), name
