"""Losses, registered into MMAction2's MODELS."""

from .info_nce import Contrast, InfoNCELoss

__all__ = ['Contrast', 'InfoNCELoss']
