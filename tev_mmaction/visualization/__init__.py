"""Figures: clips, curves, matrices, and thumbnails of videos."""

from .accuracies import draw_accuracies
from .clip_strips import clip_pictures, describe_clips, draw_clip_pairs
from .confusion_matrix import draw_confusion_matrix
from .curves import TaskCurve, draw_curves
from .equivariance_matrix import draw_equivariance_matrix
from .feature_map import draw_feature_map
from .neighbours import draw_neighbours
from .pictures import as_pixels, check_picture, save_picture
from .thumbnails import thumbnails

__all__ = [
    'TaskCurve',
    'as_pixels',
    'check_picture',
    'clip_pictures',
    'describe_clips',
    'draw_accuracies',
    'draw_clip_pairs',
    'draw_confusion_matrix',
    'draw_curves',
    'draw_equivariance_matrix',
    'draw_feature_map',
    'draw_neighbours',
    'save_picture',
    'thumbnails',
]
