"""Invariant 9: what does not fill the whole backbone is an error."""

import copy

import pytest
import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook

from tev_mmaction.models.fingerprint import fingerprint
from toy_runs import (
    HOOK,
    SMALL,
    hook_of,
    loaded_line,
    messages,
    pretrained,
    recognizer_cfg,
    runner_of,
    save,
    without,
)

PARTIAL = dict(HOOK, allow_partial=True)


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
    assert len(names) == 6 and names[0] == 'layer1.0.conv1.0.weight' and names[-1] == 'and 15 more'


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
    'changes, ending, remedy',
    [
        (dict(base_channels=8), '', 'Configure model.backbone'),
        (dict(), '_v2', r'names are others, with any prefix \(stem.0.weight_v2'),
    ],
    ids=['width', 'names'],
)
def test_no_match_at_all_is_always_an_error(tmp_path, hook, changes, ending, remedy):
    """Counters of batch-norm fit everywhere: they must not pass for a match."""
    other = pretrained(backbone=dict(SMALL, **changes), feature_dim=64)
    module = other.backbone if ending else other
    state = {name + ending: tensor for name, tensor in module.state_dict().items()}
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
