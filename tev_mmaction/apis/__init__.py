"""The Python interface: load weights, embed videos, search."""

from .embedder import VideoEmbedder
from .embedding_index import EmbeddingIndex, Neighbour
from .feature_file import features_files, save_features
from .index_update import IndexChanges, update_index
from .publishing import publish

__all__ = [
    'EmbeddingIndex',
    'IndexChanges',
    'Neighbour',
    'VideoEmbedder',
    'features_files',
    'publish',
    'save_features',
    'update_index',
]
