from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from tev_mmaction.temporal import NearbyClipSampler


def place(sampler, num_frames, rng, count):
    return [sampler.place(sampler.sample(num_frames, rng), num_frames, rng) for _ in range(count)]


def p_value(counts, expected):
    """Of a χ² test of counts against probabilities by outcome."""
    assert set(counts) <= set(expected)
    total = sum(counts.values())
    observed = [counts[outcome] for outcome in expected]
    return chisquare(observed, [total * share for share in expected.values()]).pvalue


@pytest.mark.parametrize('num_frames', [13, 14, 20, 60])
@pytest.mark.parametrize('speed', [1, 4])
def test_clips_fit_their_video(num_frames, speed, rng):
    sampler = NearbyClipSampler(4, speed=speed)
    for (p, q), labels in place(sampler, num_frames, rng, 200):
        for clip in (p, q):
            assert clip.frame_indices().tolist() == [clip.start + speed * t for t in range(4)]
            assert clip.start >= 0 and clip.start + 3 * speed < num_frames
        assert q.start >= p.start
        assert labels == dict(speeds=(speed, speed), directions=(1, 1))


def test_distances_decrease_linearly(rng):
    """20 frames leave starts 0 to 13, and distances that are 14, 13, ..., 1 times as likely."""
    pairs = place(NearbyClipSampler(4, speed=2), 20, rng, 20000)
    distances = Counter(q.start - p.start for (p, q), _ in pairs)
    shares = {d: (14 - d) / sum(range(1, 15)) for d in range(14)}
    assert p_value(distances, shares) > 1e-3
    uniform = {d: 1 / 14 for d in range(14)}
    assert p_value(distances, uniform) < 1e-9  # the test has the power to tell


def test_starts_are_uniform_given_their_distance(rng):
    pairs = place(NearbyClipSampler(4, speed=1), 10, rng, 20000)
    starts = Counter((p.start, q.start) for (p, q), _ in pairs)
    ordered = [(p, q) for p in range(7) for q in range(p, 7)]
    assert p_value(starts, {pair: 1 / len(ordered) for pair in ordered}) > 1e-3


def test_the_shortest_video_leaves_one_place(rng):
    sampler = NearbyClipSampler(16)
    assert sampler.min_frames == sampler.required_frames(None) == 31
    assert all(p.start == q.start == 0 for (p, q), _ in place(sampler, 31, rng, 5))
    with pytest.raises(ValueError, match='NearbyClipSampler with clips of 16 frames needs 31'):
        sampler.place(None, 30, rng)


def test_same_generator_state_same_draws():
    first, second = (
        place(NearbyClipSampler(8), 100, np.random.default_rng(3), 10) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    'arguments, named',
    [
        (dict(clip_len=1), 'clip_len=1'),
        (dict(clip_len=8, speed=0), 'speed=0'),
        (dict(clip_len=8, speed=1.5), 'speed=1.5'),
        (dict(clip_len=8, speed=(1, 2)), 'speed='),
    ],
)
def test_wrong_arguments_are_refused(arguments, named):
    with pytest.raises(ValueError, match=named):
        NearbyClipSampler(**arguments)
