"""Losses, registered into MMAction2's MODELS."""

from .cross_modal import cross_contrast
from .info_nce import Contrast, InfoNCELoss, compare
from .key_queue import KeyQueue
from .mil_nce import mil_nce
from .similarity import dot_products, widened

__all__ = [
    'Contrast',
    'InfoNCELoss',
    'KeyQueue',
    'compare',
    'cross_contrast',
    'dot_products',
    'mil_nce',
    'widened',
]
