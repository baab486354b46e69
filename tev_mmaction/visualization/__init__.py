"""Pictures of clip pairs and of training."""

from .clip_strips import draw_clip_pairs
from .curves import TaskCurve, draw_curves, read_curves, read_evaluations

__all__ = [
    'TaskCurve',
    'draw_clip_pairs',
    'draw_curves',
    'read_curves',
    'read_evaluations',
]
