"""Small recognizers, and what tests do with them."""

import torch
from mmaction.registry import MODELS
from pairs import samples_of
from torch import nn

from helpers import model_cfg

TASKS = ('equivariance', 'instance', 'speed', 'direction', 'order')
CONTRASTIVE = ('equivariance', 'instance')
LOG_NAMES = {
    *(f'loss_{task}' for task in TASKS),
    *(f'acc_{task}' for task in TASKS),
    *(f'chance_{task}' for task in TASKS),
    *(f'negatives_{task}' for task in CONTRASTIVE),
    'feature_std',
}
BATCH = ('before', 'after', 'before', 'after')
FIELD = 'clip_features'  # of a data sample, set by predict
GROUP_NORM = dict(
    type='VideoResNet',
    depth=10,
    base_channels=4,
    stem_kernel=(3, 3, 3),
    norm_cfg=dict(type='GN', num_groups=2),
)


def build(**changes):
    torch.manual_seed(0)
    return MODELS.build(model_cfg(**changes))


def heads_but(*left_out):
    return {k: None if k in left_out else v for k, v in model_cfg()['heads'].items()}


def clips(num_videos=4, num_clips=2, seed=0, shape=(3, 4, 16, 16)):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(num_videos, num_clips, *shape, generator=generator)


def raw_batch(num_videos=4, num_clips=2, seed=0):
    """What the data loader hands over."""
    generator = torch.Generator().manual_seed(seed)
    shape = (num_clips, 3, 4, 16, 16)
    inputs = [
        torch.randint(256, shape, generator=generator, dtype=torch.uint8) for _ in range(num_videos)
    ]
    return dict(inputs=inputs, data_samples=samples_of(BATCH[:num_videos]))


def loss_of(model, inputs=None):
    logs = model(clips() if inputs is None else inputs, samples_of(BATCH), mode='loss')
    return model.parse_losses(logs)[0]


def gradients(model):
    return {name: p.grad.clone() for name, p in model.named_parameters()}


def close(actual, expected, tolerance):
    torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


def calls_of(module):
    """Shapes of the inputs of a module's forwards, as they happen."""
    shapes = []
    module.register_forward_hook(lambda _, inputs, output: shapes.append(tuple(inputs[0].shape)))
    return shapes


class FrameNet(nn.Module):
    """A backbone of single frames; ``tanh`` so that averaging frames first would not do."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)

    def forward(self, frames):
        return self.conv(frames).tanh()


FRAMES = dict(backbone=dict(type=FrameNet), feature_dim=8, frames_as_batch=True)


class Constant(nn.Module):
    """A backbone that returns what it was given, whatever the clips."""

    def __init__(self, output):
        super().__init__()
        self.output = output

    def forward(self, clips):
        return self.output
