import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tev_mmaction.models.backbones.residual_block import BasicBlock, ZeroPadShortcut


@pytest.mark.parametrize('stride, time, width_out', [(2, 2, 6), (1, 1, 5), (2, 1, 3)])
def test_zero_pad_shortcut_by_loops(stride, time, width_out):
    x = torch.randn(2, 3, 5, 4, 6)
    y = ZeroPadShortcut(3, width_out, stride, time)(x)
    size = [len(range(0, n, step)) for n, step in zip(x.shape[2:], (time, stride, stride))]
    assert y.shape == (2, width_out, *size)
    for n in range(2):
        for c in range(width_out):
            for t in range(size[0]):
                for h in range(size[1]):
                    for w in range(size[2]):
                        wanted = x[n, c, t * time, h * stride, w * stride] if c < 3 else 0
                        assert y[n, c, t, h, w] == wanted


def test_zero_pad_shortcut_fits_its_block():
    block = BasicBlock(3, 6, 2, 'full', 'A', dict(type='BN3d'))
    assert isinstance(block.downsample, ZeroPadShortcut) and not list(block.downsample.parameters())
    x = torch.randn(2, 3, 5, 7, 7)
    assert block(x).shape == (2, 6, 3, 4, 4)
    unchanged = BasicBlock(6, 6, 1, 'full', 'A', dict(type='BN3d'))
    assert isinstance(unchanged.downsample, nn.Identity)


def norm_by_hand(x, norm):
    return F.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias)


def conv_by_hand(x, conv, stride):
    if isinstance(conv, nn.Conv3d) and conv.weight.size(2) == 3:
        return F.conv3d(x, conv.weight, stride=stride, padding=1)
    if isinstance(conv, nn.Conv3d):
        return F.conv3d(x, conv.weight, stride=(1, stride, stride), padding=(0, 1, 1))
    x = F.conv3d(x, conv[0].weight, stride=(1, stride, stride), padding=(0, 1, 1))
    x = norm_by_hand(x, conv[1]).clamp(min=0)
    return F.conv3d(x, conv[3].weight, stride=(stride, 1, 1), padding=(1, 0, 0))


@pytest.mark.parametrize('conv', ['full', 'factorised', 'spatial'])
@pytest.mark.parametrize('shortcut', ['A', 'B'])
@pytest.mark.parametrize('width_out, stride', [(4, 1), (6, 2)])
def test_block_by_hand(conv, shortcut, width_out, stride):
    torch.manual_seed(0)
    block = BasicBlock(4, width_out, stride, conv, shortcut, dict(type='BN3d')).double()
    for name, tensor in block.state_dict().items():  # statistics and scales unlike 0 and 1
        if tensor.is_floating_point():
            tensor.uniform_(0.5, 1.5) if 'var' in name else tensor.normal_()
    x = torch.randn(2, 4, 5, 6, 7, dtype=torch.float64)
    y = conv_by_hand(x, block.conv1[0], stride)
    y = conv_by_hand(norm_by_hand(y, block.conv1[1]).clamp(min=0), block.conv2[0], 1)
    y = norm_by_hand(y, block.conv2[1])
    strides = (1 if conv == 'spatial' else 2, 2, 2)
    if stride == 1:
        way = x
    elif shortcut == 'A':
        way = F.pad(x[:, :, :: strides[0], ::2, ::2], (0, 0) * 3 + (0, 2))
    else:
        way = F.conv3d(x, block.downsample[0].weight, stride=strides)
        way = norm_by_hand(way, block.downsample[1])
    before = x.clone()
    torch.testing.assert_close(block.eval()(x), (y + way).clamp(min=0))
    assert torch.equal(x, before)
