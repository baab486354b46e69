"""Losses, registered into MMAction2's MODELS."""

from .info_nce import Contrast, InfoNCELoss, compare
from .key_queue import KeyQueue
from .similarity import dot_products, widened

__all__ = ['Contrast', 'InfoNCELoss', 'KeyQueue', 'compare', 'dot_products', 'widened']
