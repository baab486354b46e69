"""Our backbones against torchvision's, layer by layer, where it is installed."""

import pytest
import torch
from layers import outputs_of_layers

from tev_mmaction.models import S3DG, VideoResNet
from toy_runs import clip, trained

video = pytest.importorskip('torchvision.models.video')

NETWORKS = {
    'r3d_18': (VideoResNet, dict(stem_kernel=(3, 7, 7), stem_pool=False, shortcut='B'), 'fc'),
    'r2plus1d_18': (VideoResNet, dict(factorised=True, stem_pool=False, shortcut='B'), 'fc'),
    'mc3_18': (
        VideoResNet,
        dict(stem_kernel=(3, 7, 7), stem_pool=False, shortcut='B', spatial_stages=(2, 3, 4)),
        'fc',
    ),
    's3d': (S3DG, dict(gating=False), 'classifier'),
}
SMALL = (8, 32, 32)


def pair(name):
    backbone, kwargs, classifier = NETWORKS[name]
    return backbone(**kwargs), getattr(video, name)(), classifier


def features(name, theirs):
    """Of torchvision's network, the part that we have."""
    if name == 's3d':
        return theirs.features
    theirs.fc = torch.nn.Identity()
    return theirs


def compare(name, ours, theirs, x):
    """Every layer of ours against the one of theirs that bears the same name."""
    found = outputs_of_layers(ours.eval(), x)
    expected = outputs_of_layers(features(name, theirs.eval()), x)
    if name == 's3d':
        expected = {f'features.{key}': value for key, value in expected.items()}
    # Not ours: their head, and the ReLU of a block, a module there and a function here.
    missing = {key for key in expected.keys() - found.keys() if not key.endswith('.relu')}
    assert missing == ({'avgpool', 'fc'} if name != 's3d' else set())
    shared = found.keys() & expected.keys()
    for key in shared:
        torch.testing.assert_close(found[key], expected[key], rtol=1e-4, atol=1e-4, msg=key)
    assert list(found.values())[-1].std() > 0.01


@pytest.mark.parametrize('name', NETWORKS)
def test_their_weights_in_our_backbone(name):
    ours, theirs, classifier = pair(name)
    weights = trained(theirs).state_dict()
    keys = ours.load_state_dict(weights, strict=False)
    assert not keys.missing_keys
    assert {key.split('.')[0] for key in keys.unexpected_keys} == {classifier}
    compare(name, ours, theirs, clip(*SMALL))


@pytest.mark.parametrize('name', NETWORKS)
def test_our_weights_in_their_network(name):
    ours, theirs, classifier = pair(name)
    keys = theirs.load_state_dict(trained(ours).state_dict(), strict=False)
    assert not keys.unexpected_keys
    assert {key.split('.')[0] for key in keys.missing_keys} == {classifier}
    compare(name, ours, theirs, clip(*SMALL))


def test_training_moves_the_statistics_of_s3d_alike():
    """Its norms differ from PyTorch's default in eps and momentum."""
    ours, theirs, _ = pair('s3d')
    ours.load_state_dict(theirs.state_dict(), strict=False)
    x = clip(*SMALL)
    torch.testing.assert_close(ours.train()(x), theirs.train().features(x), rtol=1e-3, atol=1e-4)
    expected = theirs.state_dict()
    for name, tensor in ours.state_dict().items():
        torch.testing.assert_close(tensor, expected[name], rtol=1e-3, atol=1e-5, msg=name)
