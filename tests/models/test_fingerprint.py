"""Weights are recognised by their values."""

import copy

import pytest
import torch
from torch import nn

from tev_mmaction.models.fingerprint import fingerprint
from toy_runs import (
    vary,
)


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
