"""Motion statistics from optical flow; uses only numpy and OpenCV."""

from .statistics import GROUPS, STEP, WIDTH, Track, flow_between, measure, mirror, reverse
from .tracks import MotionTracks

__all__ = [
    'GROUPS',
    'STEP',
    'WIDTH',
    'MotionTracks',
    'Track',
    'flow_between',
    'measure',
    'mirror',
    'reverse',
]
