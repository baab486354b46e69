"""Heads on the features of clips, registered into MMAction2's MODELS."""

from .auxiliary_heads import (
    AuxiliaryHead,
    ClassificationHead,
    DirectionHead,
    OrderHead,
    SpeedHead,
)
from .base import TaskHead
from .clip_order_head import ClipOrderHead
from .contrastive_heads import (
    ContrastiveHead,
    DistinctivenessHead,
    EquivarianceHead,
    InstanceHead,
)
from .label_head import LabelHead
from .momentum_heads import BYOLHead, MoCoHead
from .motion_head import MotionHead
from .playback_head import PlaybackHead, PlaybackSpeedHead
from .targets import ClipTargets, collect_targets

__all__ = [
    'AuxiliaryHead',
    'ClassificationHead',
    'BYOLHead',
    'ClipOrderHead',
    'ClipTargets',
    'ContrastiveHead',
    'DirectionHead',
    'DistinctivenessHead',
    'EquivarianceHead',
    'InstanceHead',
    'LabelHead',
    'MoCoHead',
    'MotionHead',
    'OrderHead',
    'PlaybackHead',
    'PlaybackSpeedHead',
    'SpeedHead',
    'TaskHead',
    'collect_targets',
]
