"""Hooks, registered into MMAction2's HOOKS."""

from .clip_pair_batch_hook import ClipPairBatchHook
from .skipped_videos_hook import SkippedVideosHook

__all__ = ['ClipPairBatchHook', 'SkippedVideosHook']
