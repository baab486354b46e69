"""Weights are found wherever public code keeps them, and said where that is not clear."""

import argparse

import pytest
import torch
from torch import nn

from tev_mmaction.models import VideoResNet
from tev_mmaction.models.backbone_weights import (
    find_backbone,
    load_backbone,
    make_loadable,
    non_finite,
)
from tev_mmaction.models.checkpoint_file import read_checkpoint
from toy_runs import assert_same, vary

SMALL = dict(depth=10, base_channels=4, stem_kernel=(3, 3, 3))


@pytest.fixture(scope='module')
def backbone():
    return vary(VideoResNet(**SMALL))


def prefixed(state, prefix):
    return {prefix + name: tensor for name, tensor in state.items()}


@pytest.mark.parametrize('where', ['', 'state_dict', 'model', 'encoder', 'net', 'model.weights'])
@pytest.mark.parametrize('prefix', ['', 'module.', 'encoder.', 'module.encoder_q.', 'backbone.'])
def test_places_and_prefixes(backbone, where, prefix):
    """Under ``model`` in MAE and VideoMAE, ``encoder_q`` in MoCo, ``module`` of DataParallel."""
    state = prefixed(backbone.state_dict(), prefix)
    state['decoder.weight'] = torch.ones(3)
    checkpoint = dict(state) if not where else {}
    place = checkpoint
    for part in where.split('.')[:-1]:
        place = place.setdefault(part, {})
    if where:
        place[where.split('.')[-1]] = state
    checkpoint.update(args=argparse.Namespace(lr=1), epoch=3)
    own = VideoResNet(**SMALL)
    fit = find_backbone(checkpoint, own.state_dict())
    assert fit.matched == fit.total == 45 and fit.where == where and fit.prefix == prefix
    make_loadable(checkpoint, own.state_dict(), fit)
    loaded = {
        name[len('backbone.') :]: tensor
        for name, tensor in checkpoint['state_dict'].items()
        if name.startswith('backbone.') and name != 'backbone.decoder.weight'
    }
    assert_same(loaded, dict(backbone.state_dict()))
    assert checkpoint['epoch'] == 3


def test_a_classifier_under_any_prefix_is_left_alone(backbone):
    state = prefixed({**backbone.state_dict(), 'fc.0.weight': torch.ones(2)}, 'encoder_q.')
    own = VideoResNet(**SMALL)
    load_backbone(own, dict(state_dict=state), 'x.pth')
    assert_same(dict(own.state_dict()), dict(backbone.state_dict()))


def test_a_recognizer_in_a_wrapper_keeps_its_classifier(backbone):
    """As PyTorch Lightning writes it."""
    state = prefixed(backbone.state_dict(), 'model.backbone.')
    checkpoint = dict(state_dict={**state, 'model.cls_head.fc_cls.bias': torch.ones(2)})
    own = backbone.state_dict()
    make_loadable(checkpoint, own, find_backbone(checkpoint, own))
    assert 'cls_head.fc_cls.bias' in checkpoint['state_dict']
    assert 'backbone.stem.0.weight' in checkpoint['state_dict']


def test_two_backbones_are_told_apart_or_refused(backbone):
    own = backbone.state_dict()
    twice = {**prefixed(own, 'encoder_q.'), **prefixed(own, 'encoder_k.')}
    with pytest.raises(ValueError, match=r"several times.*'encoder_\w\.' and 'encoder_\w\.': keep"):
        find_backbone(twice, own)
    ours = {**prefixed(own, 'backbone.'), **prefixed(own, 'momentum.')}
    assert find_backbone(ours, own).prefix == 'backbone.'
    assert find_backbone(dict(model_ema=own, model=own), own).where == 'model'


def test_nothing_fits():
    fit = find_backbone(dict(epoch=3), nn.Linear(2, 2).state_dict())
    assert (fit.matched, fit.total, fit.missing) == (0, 2, ['weight', 'bias'])


def test_what_is_not_finite():
    state = dict(a=torch.tensor([1.0, torch.nan]), b=torch.tensor([torch.inf]), c=torch.ones(2))
    assert non_finite({**state, 'd': torch.tensor([1]), 'meta': 'x'}) == ['a', 'b']


def test_files_of_public_code_are_read(tmp_path):
    torch.save(dict(model=dict(w=torch.ones(2)), args=argparse.Namespace(lr=1)), tmp_path / 'x.pth')
    assert read_checkpoint(tmp_path / 'x.pth')['model']['w'].tolist() == [1, 1]


class Local:
    """What no reader knows."""


def files_of_faults(folder):
    torch.save(dict(w=torch.ones(10000)), folder / 'whole.pth')
    whole = (folder / 'whole.pth').read_bytes()
    (folder / 'half.pth').write_bytes(whole[: len(whole) // 2])
    (folder / 'zeros.pth').write_bytes(bytes(len(whole)))
    (folder / 'empty.pth').touch()
    (folder / 'text.pth').write_text('<html>404: not found</html>')
    torch.save(dict(model=dict(), args=Local()), folder / 'objects.pth')
    torch.save(torch.ones(2), folder / 'tensor.pth')
    (folder / 'folder.pth').mkdir()


@pytest.mark.parametrize(
    'name, reason',
    [
        ('none.pth', 'there is no file'),
        ('folder.pth', 'folder.pth is a folder: give the path of a checkpoint'),
        ('half.pth', 'damaged, cut short'),
        ('zeros.pth', 'damaged, cut short'),
        ('text.pth', 'damaged, cut short'),
        ('empty.pth', 'the file is empty'),
        ('objects.pth', r'Python objects \(.*Local\), which could execute code.*weights alone'),
        ('tensor.pth', 'it holds one Tensor instead of named weights'),
    ],
)
def test_files_that_cannot_be_read_say_why(tmp_path, name, reason):
    files_of_faults(tmp_path)
    with pytest.raises(ValueError, match=reason) as error:
        read_checkpoint(tmp_path / name)
    assert name in str(error.value) and '\n' not in str(error.value)
    if name != 'objects.pth':
        assert 'weights_only' not in str(error.value)  # PyTorch advises to execute what is there
