"""Transforms, registered into MMAction2's TRANSFORMS."""

from .clip_audio import ClipAudio
from .clip_color import ClipColorJitter
from .clip_flow import ClipFlow
from .clip_frame_shift import ClipFrameShift
from .clip_geometry import ClipFlip, ClipRandomResizedCrop
from .clip_grid import ClipGridCrop, ClipTiles
from .clip_motion import ClipMotion
from .clip_rotation import ClipRotation
from .clip_statistics import ClipStatistics
from .clip_text import ClipText
from .clip_tubelets import ClipTubelets
from .mask_people import MaskPeople
from .reverse_playback import ReversePlayback
from .scene_label import SceneLabel
from .video_reading import VideoDecode, VideoInit
from .whole_video import SampleWholeVideo

__all__ = [
    'ClipAudio',
    'ClipColorJitter',
    'ClipFlip',
    'ClipFlow',
    'ClipFrameShift',
    'ClipGridCrop',
    'ClipMotion',
    'ClipRandomResizedCrop',
    'ClipRotation',
    'ClipStatistics',
    'ClipText',
    'ClipTiles',
    'ClipTubelets',
    'MaskPeople',
    'ReversePlayback',
    'SampleWholeVideo',
    'SceneLabel',
    'VideoDecode',
    'VideoInit',
]
