"""Faults of a sampler are told as such, and not taken for those of a video."""

import numpy as np
import pytest
from mmaction.registry import TASK_UTILS

from helpers import build_dataset
from tev_mmaction.datasets.clip_loader import wanted_frames
from tev_mmaction.temporal import ClipSampler, ClipSpec, LabelledClips


class Frames:
    name = 'any'

    def __init__(self, frames):
        self.frames = np.array(frames)

    def frame_indices(self):
        return self.frames


@TASK_UTILS.register_module()
class FaultySampler(ClipSampler):
    """Clips end one frame late."""

    min_frames = 4

    def place(self, shared, num_frames, rng):
        clip = ClipSpec(num_frames - self.clip_len + 1, 1, 1, self.clip_len)
        return LabelledClips([clip], dict(speeds=(1,)))


def check(frames, num_frames=9, **labels):
    clips = [Frames(indices) for indices in frames]
    return wanted_frames(FaultySampler(3), LabelledClips(clips, labels), num_frames)


def test_frames_are_those_of_all_clips():
    labels = dict(draws=(0, 1), order=2, video_class=np.int64(3), skips=((0, 1, 2), (0, 0, 0)))
    wanted = check([[0, 8, 4], [2, 2, 1]], **labels)
    assert wanted.tolist() == [0, 8, 4, 2, 2, 1]


@pytest.mark.parametrize(
    'frames, labels, named',
    [
        ([[0, 1, 2], [3, 4]], {}, r'FaultySampler drew clips of \[2, 3\] frames.*clip_len=3'),
        ([[0, 1], [3, 4]], {}, r'clips of \[2\] frames'),
        ([[0, 1, 9]], {}, r'frames 0 to 9 of a video of 9 .*place\(\)'),
        ([[-1, 1, 2]], {}, 'frames -1 to 2'),
        ([[0, 1, 2]], dict(clips=0), "label 'clips', a name that ClipPairDataset uses"),
        ([[0, 1, 2]], dict(lag=0.5), 'label lag=0.5: give an int'),
        ([[0, 1, 2]] * 2, dict(lag=((0, 1), (0, 1))), 'tuples of 3 ints, one per frame'),
        ([[0, 1, 2]] * 2, dict(lag=((0, 1, 2), 0)), 'tuples of 3 ints'),
        ([[0, 1, 2]] * 2, dict(lag=((0, 1, 2),)), 'tuples of 3 ints'),
        ([[0, 1, 2]] * 3, dict(lag=(0, 1)), r'lag=\(0, 1\).*tuple of 3 ints'),
    ],
)
def test_faults_are_named(frames, labels, named):
    with pytest.raises(ValueError, match=named):
        check(frames, **labels)


def test_the_dataset_does_not_blame_the_video(clips):
    sampler = dict(type='FaultySampler', clip_len=4)
    dataset = build_dataset(clips, clip_sampler=sampler, group_size=1)
    with pytest.raises(ValueError, match='FaultySampler drew frames 37 to 40 of a video of 40'):
        dataset.__getitems__([0, 1])


def test_videos_that_are_all_too_short_are_named_with_the_length_they_lack(clips):
    sampler = dict(type='ShuffledClipSampler', clip_len=8, num_clips=6, interval=30)
    dataset = build_dataset(clips, clip_sampler=sampler, group_size=1)
    with pytest.raises(RuntimeError, match='is too short.*Clips need 198 frames.*--min-frames'):
        dataset.__getitems__([0, 1])


def test_unknown_samplers_are_refused(clips):
    with pytest.raises(KeyError, match='NoSampler is not in the'):
        build_dataset(clips, clip_sampler=dict(type='NoSampler', clip_len=4))
