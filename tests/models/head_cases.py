"""Heads and features to try them on."""

import torch
from mmaction.registry import MODELS

WIDTH = 6
HEADS = dict(
    EquivarianceHead=dict(),
    InstanceHead=dict(),
    SpeedHead=dict(speeds=(1, 2, 4)),
    DirectionHead=dict(),
    OrderHead=dict(),
)
RIVALS = dict.fromkeys(
    (
        *('DistinctivenessHead', 'MotionHead', 'MoCoHead', 'BYOLHead', 'RelativePredictionHead'),
        'TubeletHead',
    ),
    {},
)
CONTRASTIVE = ('EquivarianceHead', 'InstanceHead')
AUXILIARY = ('SpeedHead', 'DirectionHead', 'OrderHead')
BATCH = ('before', 'before', 'after', 'overlapping', 'after', 'before')


def build(kind, **changes):
    """A head in float64 with fixed weights."""
    torch.manual_seed(0)
    cfg = dict(type=kind, in_channels=WIDTH, norm_cfg=None, **{**HEADS, **RIVALS}[kind])
    return MODELS.build({**cfg, **changes}).double()


def draw(count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(
        count, 2, WIDTH, generator=generator, dtype=torch.float64, requires_grad=True
    )


def close(actual, expected, tolerance=1e-6):
    torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


def assert_same_gradients(head, features, loss, expected, tolerance=1e-6):
    wanted = [features, *head.parameters()]
    for found, reference in zip(
        *(torch.autograd.grad(each, wanted, retain_graph=True) for each in (loss, expected))
    ):
        close(found, reference, tolerance)
