"""S3D and S3D-G in eval mode, written anew as a chain of functions of torchvision's names."""

import math

import torch
import torch.nn.functional as F

EPS = 1e-3


def conv(weights, name, x, stride=(1, 1, 1)):
    """Convolution, batch-norm by its formula, ReLU; takes its tensors out of ``weights``."""
    kernel = weights.pop(f'{name}.0.weight')
    x = F.conv3d(x, kernel, stride=stride, padding=[k // 2 for k in kernel.shape[2:]])
    norm = {
        part: weights.pop(f'{name}.1.{part}').view(1, -1, 1, 1, 1)
        for part in ('weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked')
    }
    x = (x - norm['running_mean']) / (norm['running_var'] + EPS).sqrt()
    return (x * norm['weight'] + norm['bias']).clamp(min=0)


def separable(weights, name, x, kernel, stride=1):
    assert weights[f'{name}.0.0.weight'].shape[2:] == (1, kernel, kernel)
    assert weights[f'{name}.1.0.weight'].shape[2:] == (kernel, 1, 1)
    x = conv(weights, f'{name}.0', x, (1, stride, stride))
    return conv(weights, f'{name}.1', x, (stride, 1, 1))


def gate(weights, name, x):
    """Feature gating of Xie et al. by loops over clips and channels."""
    matrix, bias = weights.pop(f'{name}.fc.weight'), weights.pop(f'{name}.fc.bias')
    clips = []
    for clip in x:
        means = [channel.sum().item() / channel.numel() for channel in clip]
        channels = []
        for row, shift, channel in zip(matrix.tolist(), bias.tolist(), clip):
            score = sum(w * mean for w, mean in zip(row, means)) + shift
            channels.append(channel / (1 + math.exp(-score)))
        clips.append(torch.stack(channels))
    return torch.stack(clips)


def inception(weights, name, x, gating):
    branches = [
        conv(weights, f'{name}.branch0', x),
        separable(weights, f'{name}.branch1.1', conv(weights, f'{name}.branch1.0', x), 3),
        separable(weights, f'{name}.branch2.1', conv(weights, f'{name}.branch2.0', x), 3),
        conv(weights, f'{name}.branch3.1', F.max_pool3d(x, 3, 1, 1)),
    ]
    if gating:
        places = ('branch0.3', 'branch1.2', 'branch2.2', 'branch3.2')
        branches = [gate(weights, f'{name}.{p}', y) for p, y in zip(places, branches)]
    return torch.cat(branches, 1)


@torch.no_grad()
def s3d(weights, x, gating=False):
    """Output of every layer of ``features``; each tensor of ``weights`` is used once."""
    weights = dict(weights)
    outputs = []

    def to(y):
        outputs.append(y)
        return y

    x = to(separable(weights, 'features.0', x, 7, stride=2))
    x = to(F.max_pool3d(x, (1, 3, 3), (1, 2, 2), (0, 1, 1)))
    x = to(conv(weights, 'features.2', x))
    x = separable(weights, 'features.3', x, 3)
    x = to(gate(weights, 'features.3.2', x) if gating else x)
    x = to(F.max_pool3d(x, (1, 3, 3), (1, 2, 2), (0, 1, 1)))
    for number in range(5, 16):
        if number == 7:
            x = F.max_pool3d(x, 3, 2, 1)
        elif number == 13:
            x = F.max_pool3d(x, 2, 2)
        else:
            x = inception(weights, f'features.{number}', x, gating)
        to(x)
    assert not weights, f'never used: {list(weights)}'
    return outputs
