"""Optical flow and motion statistics; uses only numpy and OpenCV."""

from .block_statistics import (
    NUM_APPEARANCE,
    NUM_MOTION,
    appearance_statistics,
    clip_statistics,
    motion_statistics,
)
from .flow import flow_between, flow_of_clip, flow_pictures
from .statistics import GROUPS, STEP, WIDTH, Track, measure, mirror, reverse
from .tracks import MotionTracks

__all__ = [
    'GROUPS',
    'NUM_APPEARANCE',
    'NUM_MOTION',
    'STEP',
    'WIDTH',
    'MotionTracks',
    'Track',
    'appearance_statistics',
    'clip_statistics',
    'flow_between',
    'flow_of_clip',
    'flow_pictures',
    'measure',
    'mirror',
    'motion_statistics',
    'reverse',
]
