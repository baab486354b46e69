"""Heads on the features of clip pairs, registered into MMAction2's MODELS."""

from .auxiliary_heads import AuxiliaryHead, DirectionHead, OrderHead, SpeedHead
from .base import PairHead
from .contrastive_heads import ContrastiveHead, EquivarianceHead, InstanceHead
from .targets import PairTargets, collect_targets

__all__ = [
    'AuxiliaryHead',
    'ContrastiveHead',
    'DirectionHead',
    'EquivarianceHead',
    'InstanceHead',
    'OrderHead',
    'PairHead',
    'PairTargets',
    'SpeedHead',
    'collect_targets',
]
