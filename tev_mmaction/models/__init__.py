"""Recognizers, heads, losses, backbones and data preprocessors in MMAction2's MODELS."""

from .backbones import S3DG, HandMadeAppearance, HandMadeFlow, VideoResNet
from .data_preprocessors import ClipPairDataPreprocessor
from .heads import (
    BYOLHead,
    ClipOrderHead,
    DensePredictionHead,
    DirectionHead,
    DistinctivenessHead,
    EquivarianceHead,
    GlobalLocalHead,
    InstanceHead,
    LabelHead,
    LayersHead,
    MaskedClipHead,
    MoCoHead,
    MotionHead,
    OrderHead,
    PlaybackHead,
    PlaybackSpeedHead,
    ReconstructionHead,
    RelativeSpeedHead,
    SpeedHead,
    SwAVHead,
)
from .losses import InfoNCELoss
from .recognizers import TimeEquivariantRecognizer

__all__ = [
    'BYOLHead',
    'ClipOrderHead',
    'ClipPairDataPreprocessor',
    'DensePredictionHead',
    'DirectionHead',
    'DistinctivenessHead',
    'EquivarianceHead',
    'HandMadeAppearance',
    'HandMadeFlow',
    'InfoNCELoss',
    'GlobalLocalHead',
    'InstanceHead',
    'LabelHead',
    'LayersHead',
    'MaskedClipHead',
    'MoCoHead',
    'MotionHead',
    'OrderHead',
    'PlaybackHead',
    'PlaybackSpeedHead',
    'ReconstructionHead',
    'RelativeSpeedHead',
    'S3DG',
    'SpeedHead',
    'SwAVHead',
    'TimeEquivariantRecognizer',
    'VideoResNet',
]
