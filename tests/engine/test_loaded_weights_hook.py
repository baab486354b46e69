"""What is tested was loaded; what is trained from parts says which parts."""

from types import SimpleNamespace

import pytest
import torch

from tev_mmaction.engine.hooks.loaded_weights_hook import _unused
from toy_runs import HOOK, messages, pretrained, recognizer_cfg, runner_of, save, without

LOADED = dict(loaded_weights=dict(type='LoadedWeightsHook'))
NOT_EXACTLY = 'do not match exactly'


@pytest.fixture
def tuned(tmp_path):
    """A checkpoint of a fine-tuning, with its classifier."""
    runner = runner_of(tmp_path / 'tuned', hook=())
    return save(tmp_path / 'tuned.pth', runner.model.state_dict())


@pytest.mark.parametrize('hooks', [(), HOOK], ids=['no hook', 'BackboneWeightsHook'])
@pytest.mark.parametrize('what', ['test', 'val'])
def test_a_classifier_that_was_never_loaded_is_refused(checkpoint, tmp_path, hooks, what):
    runner = runner_of(tmp_path, hook=hooks, load_from=checkpoint, default_hooks=LOADED)
    with pytest.raises(ValueError, match='of cls_head, 2 tensors are missing.*fc_cls.weight'):
        getattr(runner, what)()


def test_another_number_of_classes_is_refused(tuned, tmp_path):
    model = recognizer_cfg()
    model['cls_head'].update(num_classes=3)
    runner = runner_of(tmp_path, model, load_from=tuned, default_hooks=LOADED)
    with pytest.raises(ValueError, match=r'2 have another shape .*2×32 for 3×32.*num_classes'):
        runner.test()


def test_a_backbone_that_is_not_filled_is_refused_without_its_hook(model, tmp_path):
    path = save(tmp_path / 'x.pth', without(model.state_dict(), 'layer2'))
    runner = runner_of(tmp_path, hook=(), load_from=path, default_hooks=LOADED)
    with pytest.raises(ValueError, match='of backbone, cls_head, 12 tensors are missing'):
        runner.test()


@pytest.mark.parametrize('place', ['state_dict', 'model'])
def test_a_whole_load_is_quiet(tuned, tmp_path, place, capfd):
    state = torch.load(tuned, weights_only=True)['state_dict']
    torch.save({place: {f'module.{name}': t for name, t in state.items()}}, tmp_path / 'x.pth')
    hooks = dict(load_from=str(tmp_path / 'x.pth'), default_hooks=LOADED)
    runner = runner_of(tmp_path, hook=(), **hooks)
    runner.test()
    for name, value in runner.model.state_dict().items():
        assert torch.equal(value, state[name]), name
    assert NOT_EXACTLY not in ''.join(capfd.readouterr())
    assert not messages(runner, 'with their initial values')


def test_a_training_says_what_stays_as_it_was_drawn(checkpoint, tmp_path, capfd):
    runner = runner_of(tmp_path, load_from=checkpoint, default_hooks=LOADED)
    runner.train()
    (line,) = messages(runner, 'with their initial values', 'WARNING')
    assert '2 tensors are missing (cls_head.fc_cls.weight, cls_head.fc_cls.bias)' in line
    assert messages(runner, 'not used: heads')
    assert NOT_EXACTLY not in ''.join(capfd.readouterr())


def test_heads_that_no_test_uses_may_be_missing(tmp_path):
    """Retrieval by a recognizer of pre-training, from the checkpoint of a fine-tuning."""
    model = pretrained()
    assert model.training_only == ('heads', 'momentum_encoder')


def test_heads_that_a_metric_needs_must_be_loaded(tmp_path):
    """Text-to-video retrieval by heads as they were drawn would be chance."""
    runner, model = runner_of(tmp_path), SimpleNamespace(training_only=('heads',))
    metrics = runner.test_loop.evaluator.metrics
    assert 'heads.' in _unused(runner, model)
    metrics[0].tests_heads = True
    assert 'heads.' not in _unused(runner, model)


def test_a_run_is_resumed_by_its_own_checkpoint_only(checkpoint, tuned, tmp_path):
    runner = runner_of(tmp_path, hook=(), load_from=checkpoint, resume=True, default_hooks=LOADED)
    with pytest.raises(
        ValueError, match='not a checkpoint of this run: 2 tensors are missing.*heads'
    ):
        runner.train()


@pytest.mark.parametrize('what', ['train', 'test'])
def test_channels_that_do_not_fit_are_named(tmp_path, what):
    model = recognizer_cfg()
    model['cls_head'].update(in_channels=64)
    runner = runner_of(tmp_path, model, hook=(), default_hooks=LOADED)
    with pytest.raises(ValueError, match='in_channels=64 does not fit .* gives 32 channels: set'):
        getattr(runner, what)()
