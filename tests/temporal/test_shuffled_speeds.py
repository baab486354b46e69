from collections import Counter
from itertools import permutations

import pytest
from scipy.stats import chisquare

from tev_mmaction.temporal import ShuffledSpeedsSampler


def assert_uniform(counts, outcomes):
    """By a χ² test."""
    assert set(counts) <= set(outcomes)
    assert chisquare([counts[outcome] for outcome in outcomes]).pvalue > 1e-3


def test_the_label_is_the_order_of_the_velocities(rng):
    sampler, orders, starts = ShuffledSpeedsSampler(4, (-3, -1, 2)), Counter(), Counter()
    for _ in range(3000):
        clips, labels = sampler.place(None, 12, rng)
        velocities = [int(clip.frame_indices()[1] - clip.frame_indices()[0]) for clip in clips]
        assert sorted(velocities) == [-3, -1, 2]
        order = tuple(sorted(velocities).index(velocity) for velocity in velocities)
        assert labels == dict(
            permutation=list(permutations(range(3))).index(order),
            speeds=tuple(map(abs, velocities)),
            directions=tuple(1 if velocity > 0 else -1 for velocity in velocities),
        )
        orders[order] += 1
        starts[tuple(clips[velocities.index(v)].start for v in (-3, -1, 2))] += 1
    assert_uniform(orders, list(permutations(range(3))))
    assert_uniform(starts, [(a, b, c) for a in range(3) for b in range(9) for c in range(6)])


def test_the_fastest_clip_must_fit(rng):
    sampler = ShuffledSpeedsSampler(16)
    assert sampler.min_frames == 31 and sampler.speeds == ()
    with pytest.raises(ValueError, match='ShuffledSpeedsSampler.*needs 31'):
        sampler.place(None, 30, rng)


@pytest.mark.parametrize('velocities', [(1,), (0, 1), (2, 1), (1, 1.5), (-3, -2, -1, 1, 2, 3, 4)])
def test_wrong_velocities_are_refused(velocities):
    with pytest.raises(ValueError, match='velocities='):
        ShuffledSpeedsSampler(8, velocities)
