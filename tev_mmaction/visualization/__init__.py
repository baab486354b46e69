"""Pictures of clips, runs and features, and pages of videos."""

from .chance import classifiers_of, majority_shares, with_chance
from .clip_strips import draw_clip_pairs
from .curves import TaskCurve, draw_curves, read_curves, read_evaluations
from .equivariance_matrix import (
    draw_equivariance_matrix,
    read_matrices,
    save_equivariance_matrix,
)
from .gallery import retrieval_gallery
from .html import save_page
from .pictures import check_picture, save_picture
from .report import report_page
from .search_page import neighbour_page, save_neighbour_page
from .thumbnails import thumbnails
from .training_run import TrainingRun, read_training_run

__all__ = [
    'TaskCurve',
    'TrainingRun',
    'check_picture',
    'classifiers_of',
    'draw_clip_pairs',
    'draw_curves',
    'draw_equivariance_matrix',
    'majority_shares',
    'neighbour_page',
    'read_curves',
    'read_evaluations',
    'read_matrices',
    'read_training_run',
    'report_page',
    'retrieval_gallery',
    'save_equivariance_matrix',
    'save_neighbour_page',
    'save_page',
    'save_picture',
    'thumbnails',
    'with_chance',
]
