"""Transforms, registered into MMAction2's TRANSFORMS."""

from .clip_color import ClipColorJitter
from .clip_geometry import ClipFlip, ClipRandomResizedCrop
from .reverse_playback import ReversePlayback
from .video_reading import VideoDecode, VideoInit

__all__ = [
    'ClipColorJitter',
    'ClipFlip',
    'ClipRandomResizedCrop',
    'ReversePlayback',
    'VideoDecode',
    'VideoInit',
]
