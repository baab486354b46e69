import pytest
import torch
from mmaction.registry import OPTIM_WRAPPERS
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint


def wrapper_of(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return OPTIM_WRAPPERS.build(dict(type='BFloat16OptimWrapper', optimizer=optimizer))


def leave_garbage():
    """In the memory that is given out next."""
    junk = [torch.full((2**size,), 1e30) for size in range(4, 20) for _ in range(3)]
    del junk


# (in, out, kernel, stride), and the clip
SHAPES = {
    'third stage of a ResNet-18': ((32, 32, 3, 1), (2, 7, 7)),
    'temporal kernel': ((32, 32, (3, 1, 1), 1), (2, 7, 7)),
    'stride on one position': ((32, 64, 3, 2), (1, 1, 1)),
}


@pytest.mark.parametrize('recomputed', [False, True])
@pytest.mark.parametrize('channels_last', [False, True])
@pytest.mark.parametrize('shape', SHAPES)
def test_gradients_of_padded_convolutions_are_those_of_float32(shape, channels_last, recomputed):
    (width_in, width_out, kernel, stride), size = SHAPES[shape]
    kernel = kernel if isinstance(kernel, tuple) else (kernel,) * 3
    torch.manual_seed(0)
    conv = nn.Conv3d(
        width_in, width_out, kernel, stride, padding=tuple(k // 2 for k in kernel), bias=False
    )
    layout = torch.channels_last_3d if channels_last else torch.contiguous_format
    conv.to(memory_format=layout)
    clips = torch.randn(4, width_in, *size).contiguous(memory_format=layout).requires_grad_()
    wrapper = wrapper_of(conv)
    for _ in range(3):
        expected = F.conv3d(clips, conv.weight, stride=stride, padding=conv.padding)
        weights = torch.randn_like(expected)
        grads = torch.autograd.grad((expected * weights).sum(), [clips, conv.weight])
        leave_garbage()
        with wrapper.optim_context(conv):
            output = checkpoint(conv, clips, use_reentrant=False) if recomputed else conv(clips)
        assert output.dtype == torch.bfloat16
        leave_garbage()
        for grad, exact in zip(
            torch.autograd.grad((output * weights).sum(), [clips, conv.weight]), grads
        ):
            assert (grad - exact).abs().max() < 0.03 * exact.abs().max()
        torch.testing.assert_close(output.float(), expected, rtol=0.02, atol=0.02)


def test_only_paddings_of_small_inputs_are_made_explicit():
    net = nn.Sequential(
        nn.Conv3d(3, 4, 1),
        nn.Conv3d(4, 4, 3, padding=1),
        nn.Conv3d(4, 4, 3, padding=1, padding_mode='replicate'),
        nn.Conv3d(4, 4, (3, 1, 1), padding='same'),
        nn.Conv3d(4, 4, (1, 3, 3), padding=(0, 1, 1)),
    )
    state, wrapper = set(net.state_dict()), wrapper_of(net)
    modes = {}
    for frames in (4, 2, 4, 2):
        with wrapper.optim_context(net):
            assert net(torch.randn(1, 3, frames, 8, 8)).shape == (1, 4, frames, 8, 8)
        modes[frames] = [conv.padding_mode for conv in net]
    assert modes[4] == ['zeros', 'zeros', 'replicate', 'zeros', 'zeros']
    assert modes[2] == ['zeros', 'constant', 'replicate', 'constant', 'zeros']
    assert set(net.state_dict()) == state
    assert [len(conv._forward_pre_hooks) for conv in net] == [0, 1, 0, 1, 1]
