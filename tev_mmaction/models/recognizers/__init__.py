"""Recognizers, registered into MMAction2's MODELS."""

from .chunking import ChunkedForward, chunk_order
from .momentum import MomentumEncoder
from .pooled import PooledRecognizer, pool_features, pool_space
from .time_equivariant import TimeEquivariantRecognizer

__all__ = [
    'ChunkedForward',
    'MomentumEncoder',
    'PooledRecognizer',
    'TimeEquivariantRecognizer',
    'chunk_order',
    'pool_features',
    'pool_space',
]
