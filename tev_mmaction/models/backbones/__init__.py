"""Backbones that MMAction2 lacks, registered into its MODELS."""

from .video_resnet import VideoResNet

__all__ = ['VideoResNet']
