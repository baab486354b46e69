"""Weights of others in our backbones: names to names by a table for each source."""

from .importing import Imported, import_weights, list_sources

__all__ = ['Imported', 'import_weights', 'list_sources']
