from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import chisquare

from tev_mmaction.temporal import ClipSpec, OddOneOutSampler


def place(sampler, num_frames, rng, count):
    return [sampler.place(None, num_frames, rng) for _ in range(count)]


def assert_uniform(counts, outcomes):
    """By a χ² test."""
    assert set(counts) <= set(outcomes)
    assert chisquare([counts[outcome] for outcome in outcomes]).pvalue > 1e-3


def test_one_clip_is_out_of_order_and_its_position_is_the_label(rng):
    positions = Counter()
    for placed in place(OddOneOutSampler(5, num_clips=4, speed=2), 20, rng, 1500):
        steps = [np.diff(clip.frame_indices()) for clip in placed.clips]
        (odd,) = (v for v, step in enumerate(steps) if (step != 2).any())
        assert placed.labels == dict(odd=odd)
        frames = np.sort(placed.clips[odd].frame_indices())
        assert (np.diff(frames) == 2).all()
        assert min(c.frame_indices().min() for c in placed.clips) >= 0
        assert max(c.frame_indices().max() for c in placed.clips) < 20
        positions[odd] += 1
    assert_uniform(positions, range(4))


def test_wrong_orders_are_uniform(rng):
    seen = Counter()
    for placed in place(OddOneOutSampler(3, num_clips=2), 10, rng, 3000):
        frames = placed.clips[placed.labels['odd']].frame_indices()
        seen[tuple(np.argsort(np.argsort(frames)).tolist())] += 1
    assert_uniform(seen, [p for p in permutations(range(3)) if p != (0, 1, 2)])


def test_starts_are_uniform_and_independent(rng):
    starts = np.array(
        [
            [clip.frame_indices().min() for clip in placed.clips]
            for placed in place(OddOneOutSampler(4, num_clips=2), 10, rng, 3000)
        ]
    )
    assert_uniform(
        Counter(map(tuple, starts.tolist())), [(a, b) for a in range(7) for b in range(7)]
    )


def test_the_shortest_video_has_one_clip(rng):
    sampler = OddOneOutSampler(8, speed=2)
    assert sampler.min_frames == 15
    assert sum(clip == ClipSpec(0, 2, 1, 8) for clip in sampler.place(None, 15, rng).clips) == 5
    with pytest.raises(ValueError, match='needs 15'):
        sampler.place(None, 14, rng)


@pytest.mark.parametrize('arguments', [dict(num_clips=1), dict(speed=0), dict(num_clips=True)])
def test_wrong_arguments_are_refused(arguments):
    ((name, value),) = arguments.items()
    with pytest.raises(ValueError, match=f'{name}={value}'):
        OddOneOutSampler(8, **arguments)
