"""Heads on the features of clips, registered into MMAction2's MODELS."""

from .auxiliary_heads import AuxiliaryHead, DirectionHead, OrderHead, SpeedHead
from .base import TaskHead
from .contrastive_heads import (
    ContrastiveHead,
    DistinctivenessHead,
    EquivarianceHead,
    InstanceHead,
)
from .targets import ClipTargets, collect_targets

__all__ = [
    'AuxiliaryHead',
    'ClipTargets',
    'ContrastiveHead',
    'DirectionHead',
    'DistinctivenessHead',
    'EquivarianceHead',
    'InstanceHead',
    'OrderHead',
    'SpeedHead',
    'TaskHead',
    'collect_targets',
]
