"""Pictures of clip pairs and of training."""

from .clip_strips import draw_clip_pairs
from .curves import TaskCurve, draw_curves, read_curves, read_evaluations
from .equivariance_matrix import (
    draw_equivariance_matrix,
    read_matrices,
    save_equivariance_matrix,
)

__all__ = [
    'TaskCurve',
    'draw_clip_pairs',
    'draw_curves',
    'draw_equivariance_matrix',
    'read_curves',
    'read_evaluations',
    'read_matrices',
    'save_equivariance_matrix',
]
