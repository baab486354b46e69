"""Pictures of clips, runs and features, and pages of videos."""

from .clip_strips import draw_clip_pairs
from .curves import TaskCurve, draw_curves, read_curves, read_evaluations
from .equivariance_matrix import (
    draw_equivariance_matrix,
    read_matrices,
    save_equivariance_matrix,
)
from .search_page import neighbour_page, save_neighbour_page
from .thumbnails import moving_thumbnail

__all__ = [
    'TaskCurve',
    'draw_clip_pairs',
    'draw_curves',
    'draw_equivariance_matrix',
    'moving_thumbnail',
    'neighbour_page',
    'read_curves',
    'read_evaluations',
    'read_matrices',
    'save_equivariance_matrix',
    'save_neighbour_page',
]
