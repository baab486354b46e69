"""Temporal transformations: what a clip shows, how two clips are related, how clips are drawn."""

from .base import Clip, ClipSampler, LabelledClips
from .clip import (
    BACKWARD,
    FORWARD,
    ClipOrder,
    ClipPair,
    ClipSpec,
    RelativeTransform,
    clip_extent,
)
from .independent import IndependentClipSampler
from .independent_pairs import IndependentPairsSampler
from .nearby import NearbyClipSampler
from .playback import Playback, PlaybackClip, PlaybackSampler
from .sampler import RelativeTransformSampler
from .shuffled import ShuffledClipSampler

__all__ = [
    'BACKWARD',
    'FORWARD',
    'Clip',
    'ClipOrder',
    'ClipPair',
    'ClipSampler',
    'ClipSpec',
    'IndependentClipSampler',
    'IndependentPairsSampler',
    'LabelledClips',
    'NearbyClipSampler',
    'Playback',
    'PlaybackClip',
    'PlaybackSampler',
    'RelativeTransform',
    'RelativeTransformSampler',
    'ShuffledClipSampler',
    'clip_extent',
]
