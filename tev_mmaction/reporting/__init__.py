"""Collects the results of runs and evaluations, and makes HTML pages from them."""

from .chance import classifiers_of, majority_shares, with_chance
from .class_tables import save_class_tables
from .gallery import retrieval_gallery
from .history import read_curves, read_evaluations, read_health, read_history
from .pages import save_page
from .places_page import SimilarityCurve, clock, save_places_page
from .report import report_page
from .search_page import neighbour_page, save_collection_page, save_neighbour_page
from .training_run import TrainingRun, read_training_run

__all__ = [
    'SimilarityCurve',
    'TrainingRun',
    'classifiers_of',
    'clock',
    'majority_shares',
    'neighbour_page',
    'read_curves',
    'read_evaluations',
    'read_health',
    'read_history',
    'read_training_run',
    'report_page',
    'retrieval_gallery',
    'save_class_tables',
    'save_collection_page',
    'save_neighbour_page',
    'save_page',
    'save_places_page',
    'with_chance',
]
