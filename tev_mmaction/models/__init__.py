"""Recognizer, heads, losses, backbones, data preprocessor, registered into MMAction2's MODELS."""

from .backbones import S3DG, VideoResNet
from .data_preprocessors import ClipPairDataPreprocessor
from .heads import (
    DirectionHead,
    DistinctivenessHead,
    EquivarianceHead,
    InstanceHead,
    OrderHead,
    SpeedHead,
)
from .losses import InfoNCELoss
from .recognizers import TimeEquivariantRecognizer

__all__ = [
    'ClipPairDataPreprocessor',
    'DirectionHead',
    'DistinctivenessHead',
    'EquivarianceHead',
    'InfoNCELoss',
    'InstanceHead',
    'OrderHead',
    'S3DG',
    'SpeedHead',
    'TimeEquivariantRecognizer',
    'VideoResNet',
]
