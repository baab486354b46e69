from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from tev_mmaction.temporal import SlowMotionSampler


def test_every_second_frame_is_a_clip_at_the_rate_of_the_label(rng):
    counts = Counter()
    for _ in range(4000):
        placed = SlowMotionSampler(8, speeds=(1, 2, 4)).place(None, 16, rng)
        ((clip,), (rate,)) = placed.clips, placed.labels['speeds']
        frames = clip.frame_indices()
        assert (np.diff(frames[::2]) == rate).all() and 0 <= frames.min() <= frames.max() < 16
        halves = [(a + b) // 2 for a, b in zip(frames[::2], frames[2::2])]
        assert frames[1:-1:2].tolist() == halves
        counts[rate, frames[0]] += 1
    rates = {1: 13, 2: 9, 4: 2}  # starts that fit
    expected = {(rate, start): 4000 / 3 / n for rate, n in rates.items() for start in range(n)}
    assert set(counts) == set(expected)
    seen = [counts[outcome] for outcome in expected]
    assert chisquare(seen, list(expected.values())).pvalue > 1e-3


def test_the_shortest_video_has_the_least_rate(rng):
    sampler = SlowMotionSampler(32)
    assert sampler.min_frames == 16
    assert sampler.place(None, 16, rng).labels == dict(speeds=(1,))
    with pytest.raises(ValueError, match='SlowMotionSampler.*needs 16'):
        sampler.place(None, 15, rng)
