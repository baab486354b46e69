"""Backbones that MMAction2 lacks, registered into its MODELS."""

from .hand_made import HandMadeAppearance, HandMadeFlow
from .initialization import TemporalIdentityInit
from .s3dg import S3DG
from .video_resnet import VideoResNet

__all__ = ['S3DG', 'HandMadeAppearance', 'HandMadeFlow', 'TemporalIdentityInit', 'VideoResNet']
