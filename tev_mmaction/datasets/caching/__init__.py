"""Video caches: copies of videos that are small and quick to decode."""

from .check import check_cache, check_cache_of
from .manifest import CacheJob, CacheManifest, CacheRecord

__all__ = ['CacheJob', 'CacheManifest', 'CacheRecord', 'check_cache', 'check_cache_of']
