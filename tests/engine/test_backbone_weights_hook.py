"""Invariant 9: what fits the backbone is loaded, and checked."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import find_latest_checkpoint

from tev_mmaction.engine.launch import end_process_group
from tev_mmaction.models.fingerprint import fingerprint
from toy_runs import (
    HOOK,
    SLOW_ONLY,
    TENSORS,
    assert_same,
    hook_of,
    loaded_line,
    messages,
    recognizer_cfg,
    runner_of,
    save,
    vary,
    without,
)

PARTIAL = dict(HOOK, allow_partial=True)


@pytest.mark.parametrize('what', ['test', 'val'])
def test_a_pretraining_checkpoint_fills_the_backbone(model, checkpoint, tmp_path, what):
    runner = runner_of(tmp_path, load_from=checkpoint)
    getattr(runner, what)()
    assert_same(runner.model.backbone.state_dict(), model.backbone.state_dict())
    hook, mark = hook_of(runner), fingerprint(model.backbone)
    assert (hook.matched, hook.total) == (TENSORS, TENSORS)
    assert (hook.fingerprint, hook.source) == (mark, checkpoint)
    assert messages(runner, 'fingerprint') == [loaded_line(checkpoint, mark)]
    assert messages(runner, 'weights of a whole model')


def test_training_validating_and_testing_check_the_loaded_weights_once(model, checkpoint, tmp_path):
    runner = runner_of(tmp_path, load_from=checkpoint)
    runner.train()
    runner.test()
    assert fingerprint(runner.model.backbone) != fingerprint(model.backbone)
    assert messages(runner, 'fingerprint') == [loaded_line(checkpoint, fingerprint(model.backbone))]
    assert hook_of(runner)._state is None  # or the checkpoint would stay in memory


@pytest.mark.parametrize('auto', [True, False])
def test_a_resumed_fine_tuning_has_its_own_weights(checkpoint, tmp_path, auto):
    first = runner_of(tmp_path, load_from=checkpoint)
    first.train()
    written = find_latest_checkpoint(str(tmp_path))
    assert 'optimizer' in torch.load(written, weights_only=True)

    load_from = None if auto else written
    runner = runner_of(tmp_path, load_from=load_from, resume=True, max_epochs=2)
    runner.train()
    assert runner.epoch == 2
    mark = fingerprint(first.model.backbone)
    assert messages(runner, 'fingerprint') == [loaded_line(written, mark)]
    assert hook_of(runner).fingerprint == mark


@pytest.mark.parametrize('wrapped', [True, False])
@pytest.mark.parametrize('prefix', ['', 'module.'])
def test_plain_backbone_weights_are_loaded(model, tmp_path, wrapped, prefix):
    state = {prefix + name: t for name, t in model.backbone.state_dict().items()}
    path = str(tmp_path / 'plain.pth')
    torch.save(dict(meta=dict(by='hand'), state_dict=state) if wrapped else state, path)
    runner = runner_of(tmp_path, load_from=path)
    runner.test()
    assert_same(runner.model.backbone.state_dict(), model.backbone.state_dict())
    assert messages(runner, 'plain backbone weights')
    assert messages(runner, 'fingerprint') == [loaded_line(path, fingerprint(model.backbone))]


def test_the_rest_of_a_plain_checkpoint_is_kept(model, tmp_path):
    runner = runner_of(tmp_path)
    for checkpoint in (
        dict(meta=1, state_dict=dict(model.backbone.state_dict())),
        dict(model.backbone.state_dict(), meta=1),
    ):
        hook_of(runner).after_load_checkpoint(runner, checkpoint)
        assert checkpoint.keys() == {'meta', 'state_dict'} and checkpoint['meta'] == 1
        assert all(name.startswith('backbone.') for name in checkpoint['state_dict'])


@pytest.mark.parametrize('name', ['fc.weight', 'classifier.1.weight'])
def test_a_classifier_beside_plain_weights_is_left_alone(model, tmp_path, name):
    """As in the files of torchvision."""
    state = dict(model.backbone.state_dict(), **{name: torch.ones(400, 32)})
    runner = runner_of(tmp_path, load_from=save(tmp_path / 'x.pth', state))
    runner.test()
    assert hook_of(runner).matched == TENSORS


def test_keys_of_a_distributed_model_are_loaded(model, tmp_path):
    state = {f'module.{name}': tensor for name, tensor in model.state_dict().items()}
    runner = runner_of(tmp_path, load_from=save(tmp_path / 'x.pth', state))
    runner.test()
    assert_same(runner.model.backbone.state_dict(), model.backbone.state_dict())


def test_a_backbone_of_mmaction2(tmp_path):
    cfg = recognizer_cfg(SLOW_ONLY)
    other = vary(MODELS.build(cfg))
    path = save(tmp_path / 'x.pth', other.state_dict())
    runner = runner_of(tmp_path, cfg, load_from=path)
    runner.test()
    assert_same(runner.model.backbone.state_dict(), other.backbone.state_dict())
    counted = len(without(other.backbone.state_dict(), 'num_batches_tracked'))
    mark, kind = fingerprint(other.backbone), 'ResNet3dSlowOnly'
    line = loaded_line(path, mark, counted, counted, kind)
    assert messages(runner, 'fingerprint') == [line]
    path = save(tmp_path / 'y.pth', without(other.state_dict(), 'backbone.conv1.conv'))
    with pytest.raises(ValueError, match=f'{counted - 1} of {counted} .* 1 missing .conv1.conv'):
        runner_of(tmp_path, cfg, load_from=path).test()


def test_half_precision_and_nan_are_loaded_too(model, tmp_path):
    state = {k: t.half() if t.is_floating_point() else t for k, t in model.state_dict().items()}
    state['backbone.stem.0.weight'][0, 0, 0, 0, 0] = torch.nan
    runner = runner_of(tmp_path, load_from=save(tmp_path / 'x.pth', state))
    runner.test()
    assert hook_of(runner).matched == TENSORS


def test_without_batch_norm_counters(model, tmp_path):
    """As PyTorch wrote checkpoints before 0.4.1."""
    path = save(tmp_path / 'x.pth', without(model.state_dict(), 'num_batches_tracked'))
    runner = runner_of(tmp_path, load_from=path)
    runner.test()
    assert hook_of(runner).matched == hook_of(runner).total == TENSORS


def test_in_a_distributed_run(model, checkpoint, tmp_path, monkeypatch):
    for name, value in dict(LOCAL_RANK=0, OMP_NUM_THREADS=1, MKL_NUM_THREADS=1).items():
        monkeypatch.setenv(name, str(value))
    store = torch.distributed.HashStore()
    torch.distributed.init_process_group('gloo', store=store, rank=0, world_size=1)
    try:
        runner = runner_of(
            tmp_path,
            launcher='pytorch',
            model_wrapper_cfg=dict(type='MMDistributedDataParallel', device_ids=None),
            load_from=checkpoint,
        )
        assert isinstance(runner.model, MMDistributedDataParallel)
        runner.train()
        assert hook_of(runner).fingerprint == fingerprint(model.backbone)
    finally:
        runner = None
        end_process_group()


def test_beside_an_ema(model, checkpoint, tmp_path):
    """EMAHook swaps the two sets of weights of a checkpoint while Runner loads it."""
    plain = save(tmp_path / 'plain.pth', model.backbone.state_dict())
    for path in (plain, checkpoint):
        hooks = [dict(type='EMAHook', momentum=0.5), HOOK]
        first = runner_of(tmp_path / 'run', hook=hooks, load_from=path)
        first.train()
        runner = runner_of(tmp_path / 'run', hook=hooks, resume=True, max_epochs=2)
        runner.train()
        assert hook_of(runner).fingerprint == fingerprint(first.model.backbone)
        assert hook_of(first).fingerprint == fingerprint(model.backbone)
