"""The Python interface: load weights, embed videos, search."""

from .embedder import VideoEmbedder
from .embedding_index import EmbeddingIndex, Neighbour
from .exporting import ExportedNetwork, export_network
from .feature_file import features_files, save_features
from .feature_folder import FolderSummary, embed_to_folder
from .index_update import IndexChanges, update_index
from .localising import Localisation, Place, localise
from .mteb_encoder import MTEBEncoder
from .publishing import publish
from .stored_features import read_features
from .window_grid import PlacedWindows, WindowFeatures, WindowGrid

__all__ = [
    'EmbeddingIndex',
    'ExportedNetwork',
    'FolderSummary',
    'IndexChanges',
    'Localisation',
    'MTEBEncoder',
    'Neighbour',
    'Place',
    'PlacedWindows',
    'VideoEmbedder',
    'export_network',
    'WindowFeatures',
    'WindowGrid',
    'embed_to_folder',
    'features_files',
    'localise',
    'publish',
    'read_features',
    'save_features',
    'update_index',
]
