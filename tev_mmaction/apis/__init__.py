"""The Python interface: load weights, embed videos, search."""

from .embedder import VideoEmbedder
from .embedding_index import EmbeddingIndex, Neighbour
from .exporting import ExportedNetwork, export_network
from .feature_file import features_files, save_features
from .index_update import IndexChanges, update_index
from .publishing import publish

__all__ = [
    'EmbeddingIndex',
    'ExportedNetwork',
    'IndexChanges',
    'Neighbour',
    'VideoEmbedder',
    'export_network',
    'features_files',
    'publish',
    'save_features',
    'update_index',
]
