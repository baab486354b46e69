"""What a Python user calls: load, embed, search."""

from .embedder import VideoEmbedder
from .embedding_index import EmbeddingIndex, Neighbour
from .index_update import IndexChanges, update_index

__all__ = ['EmbeddingIndex', 'IndexChanges', 'Neighbour', 'VideoEmbedder', 'update_index']
