"""Video decoders with a common interface, and the sound of videos."""

from .base import VideoError, VideoReader
from .opener import DECODERS, open_soundtrack, open_video, resolve_decoder

__all__ = [
    'DECODERS',
    'VideoError',
    'VideoReader',
    'open_soundtrack',
    'open_video',
    'resolve_decoder',
]
