"""Video decoders with a common interface."""

from .base import VideoError, VideoReader
from .opener import DECODERS, open_video, resolve_decoder

__all__ = ['DECODERS', 'VideoError', 'VideoReader', 'open_video', 'resolve_decoder']
