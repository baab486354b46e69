"""Recognizers, registered into MMAction2's MODELS."""

from .pooling import pool_features
from .time_equivariant import TimeEquivariantRecognizer

__all__ = ['TimeEquivariantRecognizer', 'pool_features']
