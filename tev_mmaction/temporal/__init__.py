"""Temporal transformations: clips, relations between two clips, and clip samplers."""

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
from .cloze import Cloze, ClozeSampler
from .consecutive import ConsecutiveClipSampler
from .cubic_puzzle import CubicPuzzleSampler
from .frame_clip import FrameClip
from .frame_tasks import FrameTasksSampler
from .frames_and_tiles import FramesAndTilesSampler
from .independent import IndependentClipSampler
from .independent_pairs import IndependentPairsSampler
from .local_global import LocalGlobalClipSampler
from .nearby import NearbyClipSampler
from .odd_one_out import OddOneOutSampler
from .order_verification import OrderVerificationSampler
from .playback import Playback, PlaybackClip, PlaybackSampler
from .sampler import RelativeTransformSampler
from .shuffled import ShuffledClipSampler, orders_of
from .shuffled_speeds import ShuffledSpeedsSampler
from .slow_motion import SlowMotionSampler

__all__ = [
    'BACKWARD',
    'FORWARD',
    'Clip',
    'ClipOrder',
    'ClipPair',
    'ClipSampler',
    'ClipSpec',
    'Cloze',
    'ClozeSampler',
    'ConsecutiveClipSampler',
    'CubicPuzzleSampler',
    'FrameClip',
    'FrameTasksSampler',
    'FramesAndTilesSampler',
    'IndependentClipSampler',
    'IndependentPairsSampler',
    'LabelledClips',
    'LocalGlobalClipSampler',
    'NearbyClipSampler',
    'OddOneOutSampler',
    'OrderVerificationSampler',
    'Playback',
    'PlaybackClip',
    'PlaybackSampler',
    'RelativeTransform',
    'RelativeTransformSampler',
    'ShuffledClipSampler',
    'ShuffledSpeedsSampler',
    'SlowMotionSampler',
    'clip_extent',
    'orders_of',
]
