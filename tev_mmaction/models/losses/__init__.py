"""Losses, registered into MMAction2's MODELS."""

from .info_nce import Contrast, InfoNCELoss
from .key_queue import KeyQueue

__all__ = ['Contrast', 'InfoNCELoss', 'KeyQueue']
