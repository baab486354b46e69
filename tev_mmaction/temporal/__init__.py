"""Temporal transformations: what a clip shows, how two clips are related, how pairs are drawn."""

from .clip import BACKWARD, FORWARD, ClipOrder, ClipPair, ClipSpec, clip_extent
from .relative import RelativeTransform
from .sampler import RelativeTransformSampler

__all__ = [
    'BACKWARD',
    'FORWARD',
    'ClipOrder',
    'ClipPair',
    'ClipSpec',
    'RelativeTransform',
    'RelativeTransformSampler',
    'clip_extent',
]
