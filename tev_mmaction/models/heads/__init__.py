"""Heads on the features of clips, registered into MMAction2's MODELS."""

from .audio_heads import AudioHead, AudioVisualHead, SynchronisationHead
from .auxiliary_heads import (
    AuxiliaryHead,
    ClassificationHead,
    DirectionHead,
    OrderHead,
    SpeedHead,
)
from .base import TaskHead
from .clip_order_head import ClipOrderHead
from .coclr_head import CoCLRHead
from .contrastive_heads import (
    ContrastiveHead,
    DistinctivenessHead,
    EquivarianceHead,
    InstanceHead,
    draw_labels,
)
from .cross_modal_cluster_head import CrossModalClusterHead
from .debiased_head import DebiasedHead
from .dense_prediction_head import DensePredictionHead
from .frame_label_head import FrameLabelHead
from .hugging_face_text_encoder import HuggingFaceTextEncoder
from .label_head import LabelHead
from .local_global_heads import GlobalLocalHead, LayersHead
from .map_head import MapHead
from .masked_clip_head import MaskedClipHead
from .milnce_head import MILNCEHead
from .momentum_heads import BYOLHead, MoCoHead
from .motion_head import MotionHead
from .playback_head import PlaybackHead, PlaybackSpeedHead
from .policy_order_head import PolicyOrderHead
from .reconstruction_head import ReconstructionHead
from .relative_prediction_head import RelativePredictionHead
from .relative_speed_head import RelativeSpeedHead
from .statistics_head import StatisticsHead
from .swav_head import SwAVHead
from .targets import ClipTargets, collect_targets
from .text_encoder import TextEncoder
from .tubelet_head import TubeletHead
from .word_encoder import WordEncoder

__all__ = [
    'AudioHead',
    'AudioVisualHead',
    'AuxiliaryHead',
    'ClassificationHead',
    'BYOLHead',
    'ClipOrderHead',
    'ClipTargets',
    'CoCLRHead',
    'ContrastiveHead',
    'CrossModalClusterHead',
    'DebiasedHead',
    'DensePredictionHead',
    'DirectionHead',
    'DistinctivenessHead',
    'EquivarianceHead',
    'FrameLabelHead',
    'GlobalLocalHead',
    'HuggingFaceTextEncoder',
    'InstanceHead',
    'LabelHead',
    'LayersHead',
    'MapHead',
    'MaskedClipHead',
    'MILNCEHead',
    'MoCoHead',
    'MotionHead',
    'OrderHead',
    'PlaybackHead',
    'PlaybackSpeedHead',
    'PolicyOrderHead',
    'ReconstructionHead',
    'RelativePredictionHead',
    'RelativeSpeedHead',
    'SpeedHead',
    'StatisticsHead',
    'SwAVHead',
    'SynchronisationHead',
    'TaskHead',
    'TextEncoder',
    'TubeletHead',
    'WordEncoder',
    'collect_targets',
    'draw_labels',
]
