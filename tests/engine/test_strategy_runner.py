"""What does not go with a strategy is refused before anything is built."""

import pytest
import torch
from mmengine.config import Config

from tev_mmaction.engine import build_runner
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
    ],
)
def test_what_does_not_go_with_fsdp(changes, says):
    with pytest.raises(ValueError, match=says):
        build_runner(config(dict(type='FSDPStrategy'), **changes))


def test_deepspeed_is_refused():
    with pytest.raises(ValueError, match="'DeepSpeedStrategy': .*checkpoints as folders.*Use FSDP"):
        build_runner(config(dict(type='DeepSpeedStrategy')))


def test_a_checkpoint_beside_the_best_one_is_of_its_epoch(tmp_path):
    """mmengine's FlexibleRunner would write down the next epoch, and resuming would skip one."""
    cfg = runner_of(tmp_path / 'plain', hook=()).cfg
    cfg.merge_from_dict(
        dict(
            work_dir=str(tmp_path / 'run'),
            strategy=dict(type='SingleDeviceStrategy'),
            default_hooks=dict(checkpoint=dict(type='SoundCheckpointHook', save_best='acc/top1')),
        )
    )
    build_runner(cfg).train()
    for name in ('epoch_1.pth', 'best_acc_top1_epoch_1.pth'):
        meta = torch.load(tmp_path / 'run' / name, weights_only=False)['meta']
        assert (meta['epoch'], meta['iter']) == (1, 1), name
