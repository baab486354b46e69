"""Video caches: data sets decoded once, and kept small and quick to decode."""

from .check import check_cache, check_cache_of
from .manifest import CacheJob, CacheManifest, CacheRecord

__all__ = ['CacheJob', 'CacheManifest', 'CacheRecord', 'check_cache', 'check_cache_of']
