"""Transforms, registered into MMAction2's TRANSFORMS."""

from .clip_color import ClipColorJitter
from .clip_geometry import ClipFlip, ClipRandomResizedCrop
from .video_reading import VideoDecode, VideoInit

__all__ = ['ClipColorJitter', 'ClipFlip', 'ClipRandomResizedCrop', 'VideoDecode', 'VideoInit']
