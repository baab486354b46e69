"""How things move, measured by optical flow: numpy and OpenCV alone."""

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
