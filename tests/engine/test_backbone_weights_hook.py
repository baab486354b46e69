"""Invariant 9: what does not fill the whole backbone is an error."""

import copy

import pytest
import torch
from mmaction.registry import HOOKS, MODELS
from mmengine.hooks import Hook
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import find_latest_checkpoint
from torch import nn

from tev_mmaction.models.fingerprint import fingerprint
from toy_runs import (
    HOOK,
    SLOW_ONLY,
    SMALL,
    assert_same,
    messages,
    pretrained,
    recognizer_cfg,
    runner_of,
    save,
    vary,
)

PARTIAL = dict(HOOK, allow_partial=True)
TENSORS = 9 * 5  # convolutions, each with a batch-norm of weight, bias, mean and variance


@pytest.fixture(scope='module')
def model():
    return pretrained()


@pytest.fixture(scope='module')
def checkpoint(model, tmp_path_factory):
    return save(tmp_path_factory.mktemp('pretrained') / 'tev.pth', model.state_dict())


def hook_of(runner):
    return next(hook for hook in runner.hooks if type(hook).__name__ == 'BackboneWeightsHook')


def loaded_line(source, mark, matched=TENSORS, total=TENSORS, kind='VideoResNet'):
    return f'backbone {kind}: {matched} of {total} tensors loaded from {source}, fingerprint {mark}'


def without(state, *parts):
    return {name: t for name, t in state.items() if not any(part in name for part in parts)}


# what fits


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


def test_a_classifier_beside_plain_weights_is_left_alone(model, tmp_path):
    """As in the files of torchvision."""
    state = dict(model.backbone.state_dict(), **{'fc.weight': torch.ones(400, 32)})
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
    finally:
        torch.distributed.destroy_process_group()
    assert hook_of(runner).fingerprint == fingerprint(model.backbone)


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


# what does not


def test_a_missing_tensor_is_an_error(model, tmp_path):
    path = save(tmp_path / 'x.pth', without(model.state_dict(), 'backbone.layer2.0.conv1.0'))
    with pytest.raises(ValueError) as error:
        runner_of(tmp_path, load_from=path).test()
    said = str(error.value)
    assert f'{path} fills 44 of 45 tensors of the backbone VideoResNet: 1 missing' in said
    assert '(layer2.0.conv1.0.weight), 0 of another shape; 0 more' in said
    assert 'Configure model.backbone' in said and 'allow_partial=True' in said


def test_the_first_five_missing_are_named(model, tmp_path):
    path = save(tmp_path / 'x.pth', without(model.state_dict(), 'layer1', 'layer2'))
    with pytest.raises(ValueError, match='25 of 45 .* 20 missing .*') as error:
        runner_of(tmp_path, load_from=path).train()
    names = str(error.value).split('missing (')[1].split(')')[0].split(', ')
    assert len(names) == 6 and names[0] == 'layer1.0.conv1.0.weight' and names[-1] == '...'


def test_a_missing_statistic_is_an_error(model, tmp_path):
    path = save(tmp_path / 'x.pth', without(model.state_dict(), 'backbone.stem.1.running_mean'))
    with pytest.raises(ValueError, match='44 of 45 .* 1 missing .stem.1.running_mean'):
        runner_of(tmp_path, load_from=path).test()


def test_some_of_another_shape(model, tmp_path):
    cfg = recognizer_cfg(dict(SMALL, stem_kernel=(3, 7, 7)))
    path = save(tmp_path / 'x.pth', model.state_dict())
    with pytest.raises(ValueError, match=r'44 of 45 .* 0 missing, 1 of another shape') as error:
        runner_of(tmp_path, cfg, load_from=path).test()
    assert 'stem.0.weight 4×3×3×3×3 for 4×3×3×7×7' in str(error.value)


@pytest.mark.parametrize('hook', [HOOK, PARTIAL])
@pytest.mark.parametrize(
    'changes, prefix, remedy',
    [
        (dict(base_channels=8), '', 'Configure model.backbone'),
        (dict(), 'encoder.', r'another prefix .* \(encoder.backbone.stem.0.weight'),
    ],
    ids=['width', 'names'],
)
def test_no_match_at_all_is_always_an_error(tmp_path, hook, changes, prefix, remedy):
    """Counters of batch-norm fit everywhere: they must not pass for a match."""
    other = pretrained(backbone=dict(SMALL, **changes), feature_dim=64)
    state = {prefix + name: tensor for name, tensor in other.state_dict().items()}
    path = save(tmp_path / 'x.pth', state)
    with pytest.raises(ValueError, match=f'fills 0 of 45.*{remedy}') as error:
        runner_of(tmp_path, hook=hook, load_from=path).test()
    assert 'allow_partial' not in str(error.value)


def test_a_deeper_or_otherwise_other_checkpoint_is_an_error(tmp_path):
    """Every tensor of the model is filled, and yet it computes something else."""
    for changes in (dict(depth=18), dict(shortcut='B')):
        state = pretrained(backbone=dict(SMALL, **changes)).state_dict()
        path = save(tmp_path / 'x.pth', state)
        with pytest.raises(ValueError, match=r'45 of 45 .* \d\d more .* not in this backbone .lay'):
            runner_of(tmp_path, load_from=path).test()


def test_allow_partial_warns_and_loads_what_fits(model, tmp_path):
    path = save(tmp_path / 'x.pth', without(model.state_dict(), 'layer1', 'layer2'))
    cfg = recognizer_cfg(dict(SMALL, stem_kernel=(3, 7, 7)))
    runner = runner_of(tmp_path, cfg, hook=PARTIAL, load_from=path)
    before = copy.deepcopy(runner.model.backbone.state_dict())
    runner.test()
    after, trained = runner.model.backbone.state_dict(), model.backbone.state_dict()
    for name, tensor in after.items():
        kept = name.startswith(('layer1', 'layer2')) or name == 'stem.0.weight'
        assert torch.equal(tensor, (before if kept else trained)[name]), name
    counts = f'{path} fills 24 of 45 tensors of the backbone VideoResNet: 20 missing (layer1'
    assert messages(runner, counts, 'WARNING')
    assert messages(runner, 'fingerprint') == [
        loaded_line(path, fingerprint(runner.model.backbone), matched=24)
    ]


@pytest.mark.parametrize('what', ['train', 'val', 'test'])
@pytest.mark.parametrize('options', [dict(), dict(resume=True), dict(hook=PARTIAL)], ids=str)
def test_without_a_checkpoint_nothing_runs(tmp_path, what, options):
    runner = runner_of(tmp_path, **options)
    with pytest.raises(ValueError, match='VideoResNet would be random.*load_from.*baseline'):
        getattr(runner, what)()


@HOOKS.register_module()
class Meddler(Hook):
    """Does something to the weights between the check of the names and the end of loading."""

    def __init__(self, what):
        self.what = what

    def after_load_checkpoint(self, runner, checkpoint):
        state = checkpoint['state_dict']
        if self.what == 'rename':
            state['backbone.stem_0.weight'] = state.pop('backbone.stem.0.weight')
        elif self.what == 'replace':
            checkpoint['state_dict'] = {
                k.replace('backbone', 'encoder'): v for k, v in state.items()
            }
        elif self.what == 'statistic':
            runner.model.backbone.stem[1].register_load_state_dict_post_hook(
                lambda module, _: module.reset_running_stats()
            )


@pytest.mark.parametrize('what, number', [('rename', 1), ('replace', 54), ('statistic', 3)])
def test_weights_that_did_not_arrive_are_found(checkpoint, tmp_path, what, number):
    hooks = [dict(type='Meddler', what=what), HOOK]
    with pytest.raises(ValueError, match=rf'{number} of 54 tensors .* after loading \(.*stem'):
        runner_of(tmp_path, hook=hooks, load_from=checkpoint).train()


def test_a_model_without_a_backbone_is_refused(tmp_path):
    runner = runner_of(tmp_path)
    del runner.model.backbone
    with pytest.raises(ValueError, match='Recognizer3D has no backbone'):
        hook_of(runner).after_load_checkpoint(runner, dict(state_dict={}))


# fingerprints


def test_a_fingerprint_is_that_of_the_values():
    net = vary(nn.Sequential(nn.Conv3d(3, 4, 3), nn.BatchNorm3d(4)))
    state = net.state_dict()
    mark = fingerprint(net)
    assert len(mark) == 12 and int(mark, 16) >= 0
    assert fingerprint(state) == mark
    assert fingerprint(dict(reversed(state.items()))) == mark
    assert fingerprint(dict(state, epoch=3)) == mark
    assert fingerprint(copy.deepcopy(net).to(memory_format=torch.channels_last_3d)) == mark
    sliced = {name: torch.stack([t, t], dim=-1)[..., 1] for name, t in state.items()}
    assert fingerprint(sliced) == mark


@pytest.mark.parametrize('change', ['value', 'name', 'dtype', 'shape', 'counter', 'swapped'])
def test_a_fingerprint_tells_weights_apart(change):
    state = vary(nn.Sequential(nn.Conv3d(3, 4, 3), nn.BatchNorm3d(4))).state_dict()
    mark = fingerprint(state)
    state = {name: tensor.clone() for name, tensor in state.items()}
    if change == 'value':
        state['0.weight'][3, 2, 2, 2, 2] += 1e-6
    elif change == 'name':
        state['0.weights'] = state.pop('0.weight')
    elif change == 'dtype':
        state['1.bias'] = state['1.bias'].view(torch.int32)
    elif change == 'shape':
        state['0.weight'] = state['0.weight'].reshape(4, 3, 27)
    elif change == 'counter':
        state['1.num_batches_tracked'] += 1
    else:
        state['1.bias'], state['1.weight'] = state['1.weight'], state['1.bias']
    assert fingerprint(state) != mark


@pytest.mark.parametrize(
    'dtype', [torch.bfloat16, torch.half, torch.bool, torch.double, torch.int8]
)
def test_a_fingerprint_of_any_dtype(dtype):
    state = dict(a=torch.tensor([0.0, 1.0, 0.0]).to(dtype), b=torch.zeros(0, dtype=dtype))
    other = dict(state, a=torch.tensor([0.0, 0.0, 1.0]).to(dtype))
    assert fingerprint(state) != fingerprint(other)


def test_a_fingerprint_does_not_change_with_the_version():
    """It is written into files and reports: the SHA-256 of what hashlib and struct pack."""
    state = dict(weight=torch.arange(6.0).reshape(2, 3), counter=torch.tensor(7))
    assert fingerprint(state) == '629eec608809'


def test_nothing_has_no_fingerprint():
    with pytest.raises(ValueError, match='no tensors'):
        fingerprint(dict(meta=dict(), state_dict=dict()))
