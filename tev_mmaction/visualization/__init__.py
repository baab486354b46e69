"""Pictures of clip pairs, of training and of what a search finds."""

from .clip_strips import draw_clip_pairs
from .curves import TaskCurve, draw_curves, read_curves, read_evaluations
from .search_page import neighbour_page, save_neighbour_page
from .thumbnails import moving_thumbnail

__all__ = [
    'TaskCurve',
    'draw_clip_pairs',
    'draw_curves',
    'moving_thumbnail',
    'neighbour_page',
    'read_curves',
    'read_evaluations',
    'save_neighbour_page',
]
