"""Convolutions over time that begin as the identity."""

import pytest
import torch
from mmengine.model import BaseModule
from torch import nn

from tev_mmaction.models.backbones import TemporalIdentityInit


@pytest.mark.parametrize('length, dilation', [(3, 1), (7, 1), (3, 2)])
def test_frames_are_handed_on(length, dilation):
    padding = (dilation * (length // 2), 0, 0)
    conv = nn.Conv3d(6, 6, (length, 1, 1), padding=padding, dilation=(dilation, 1, 1))
    TemporalIdentityInit()(nn.Sequential(nn.ReLU(), nn.Sequential(conv)))
    x = torch.randn(2, 6, 8, 3, 4)
    assert torch.equal(conv(x), x)


@pytest.mark.parametrize(
    'layer',
    [
        nn.Conv3d(6, 6, 1),
        nn.Conv3d(6, 6, 3),
        nn.Conv3d(6, 6, (1, 3, 3)),
        nn.Conv3d(6, 6, (2, 1, 1)),
        nn.Conv3d(6, 8, (3, 1, 1)),
        nn.Conv3d(6, 6, (3, 1, 1), groups=2),
        nn.Conv1d(6, 6, 3),
        nn.Linear(6, 6),
    ],
    ids=str,
)
def test_other_layers_are_left_alone(layer):
    before = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    TemporalIdentityInit()(layer)
    assert all(torch.equal(layer.state_dict()[name], before[name]) for name in before)


def test_from_a_config_after_all_convolutions():
    class Network(BaseModule):
        def __init__(self, init_cfg):
            super().__init__(init_cfg)
            self.space = nn.Conv3d(4, 4, (1, 3, 3))
            self.time = nn.Conv3d(4, 4, (3, 1, 1))

    constant = dict(type='Constant', layer='Conv3d', val=5)
    network = Network([constant, dict(type='TemporalIdentity')])
    network.init_weights()
    assert (network.space.weight == 5).all()
    assert torch.equal(network.time.weight[:, :, 1, 0, 0], torch.eye(4))
    assert not network.time.weight[:, :, ::2].any()
