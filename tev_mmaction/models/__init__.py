"""Recognizer, heads, losses and backbones, registered into MMAction2's MODELS."""

from .backbones import VideoResNet
from .heads import DirectionHead, EquivarianceHead, InstanceHead, OrderHead, SpeedHead
from .losses import InfoNCELoss
from .recognizers import TimeEquivariantRecognizer

__all__ = [
    'DirectionHead',
    'EquivarianceHead',
    'InfoNCELoss',
    'InstanceHead',
    'OrderHead',
    'SpeedHead',
    'TimeEquivariantRecognizer',
    'VideoResNet',
]
