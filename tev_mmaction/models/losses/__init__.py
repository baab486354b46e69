"""Losses, registered into MMAction2's MODELS."""

from .info_nce import Contrast, InfoNCELoss, compare
from .key_queue import KeyQueue

__all__ = ['Contrast', 'InfoNCELoss', 'KeyQueue', 'compare']
