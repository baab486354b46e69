"""Shards: tar files that hold the videos of a data set, and an index of them."""

from .build import ShardsStopped, ShardSummary, build_shards

__all__ = ['ShardSummary', 'ShardsStopped', 'build_shards']
