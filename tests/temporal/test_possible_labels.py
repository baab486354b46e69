"""What samplers say that they can draw, against what they draw."""

from collections import defaultdict

import numpy as np
import pytest

from tev_mmaction import temporal
from tev_mmaction.temporal import ClipSampler, LabelledClips

SAMPLERS = dict(
    pairs=dict(type='RelativeTransformSampler', clip_len=4, speeds=(1, 2, 5)),
    balanced=dict(
        type='RelativeTransformSampler',
        clip_len=4,
        speeds=(2, 3),
        directions=-1,
        balance_order=True,
    ),
    unshifted=dict(type='RelativeTransformSampler', clip_len=4, speeds=(1, 3), shifted=False),
    several=dict(type='IndependentPairsSampler', clip_len=4, speeds=(1, 2, 5), num_pairs=2),
    independent=dict(type='IndependentClipSampler', clip_len=4, speeds=(1, 2, 5)),
    distinct=dict(
        type='IndependentClipSampler', clip_len=4, speeds=(1, 2, 5), distinct_speeds=True
    ),
    consecutive=dict(type='ConsecutiveClipSampler', clip_len=4, num_clips=3, speed=2),
    local_global=dict(type='LocalGlobalClipSampler', clip_len=4, num_local=2, num_views=1),
    nearby=dict(type='NearbyClipSampler', clip_len=4, speed=2),
    shuffled=dict(type='ShuffledClipSampler', clip_len=4, interval=1),
    stills=dict(
        type='ShuffledClipSampler', clip_len=4, interval=1, stills=True, reversible=True
    ),
    puzzle=dict(type='CubicPuzzleSampler', clip_len=2),
    cloze=dict(type='ClozeSampler', clip_len=4, interval=1),
    velocities=dict(type='ShuffledSpeedsSampler', clip_len=4, velocities=(-2, 1, 3)),
    slow=dict(type='SlowMotionSampler', clip_len=8, speeds=(1, 2, 5)),
    verified=dict(type='OrderVerificationSampler', clip_len=4, min_gap=2, share=0.5),
    odd=dict(type='OddOneOutSampler', clip_len=4, num_clips=3, speed=2),
    playback=dict(type='PlaybackSampler', clip_len=4, speeds=(1, 2, 5)),
)  # fmt: skip
LENGTHS = (3, 4, 5, 7, 8, 10, 13, 14, 15, 16, 20, 31, 60)


def build(name):
    cfg = dict(SAMPLERS[name])
    return getattr(temporal, cfg.pop('type'))(**cfg)


def drawn(sampler, num_frames, count=400):
    """Values of all labels, among so many draws."""
    rng, found = np.random.default_rng(0), defaultdict(set)
    for _ in range(count):
        placed = sampler.place(sampler.sample(num_frames, rng), num_frames, rng)
        for name, value in placed.labels.items():
            found[name] |= set(value) if isinstance(value, tuple) else {value}
    return found


@pytest.mark.parametrize('name', SAMPLERS)
def test_they_are_those_that_are_drawn(name):
    sampler = build(name)
    for num_frames in LENGTHS:
        possible = sampler.possible_labels(num_frames)
        assert possible, 'all samplers of ours say it'
        if num_frames < sampler.min_frames:
            assert not any(possible.values())
            continue
        found = drawn(sampler, num_frames)
        assert possible == {label: found[label] for label in possible}, num_frames


def test_a_sampler_of_ones_own_may_draw_anything():
    class Own(ClipSampler):
        min_frames = 4

        def place(self, shared, num_frames, rng):
            return LabelledClips([], {})

    assert Own(4).possible_labels(100) == {}
