"""Weights of other projects in our backbones, with a table of names for each source."""

from .importing import Imported, import_weights, list_sources

__all__ = ['Imported', 'import_weights', 'list_sources']
