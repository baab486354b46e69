from collections import Counter

import pytest
from scipy.stats import chisquare

from tev_mmaction.temporal import FramesAndTilesSampler


def test_frames_are_in_order_and_tiles_are_of_one_frame(rng):
    counts = Counter()
    for _ in range(3000):
        clips, labels = FramesAndTilesSampler(3, step=2).place(None, 10, rng)
        assert labels == dict(cells=(4, 4, 4, 4, 0, 1, 2, 3))
        assert all(clip.frames == clip.frames[:1] * 3 for clip in clips)
        frames = [clip.frames[0] for clip in clips]
        assert [frame - frames[0] for frame in frames[:4]] == [0, 2, 4, 6]
        assert len(set(frames[4:])) == 1
        counts[frames[0], frames[4]] += 1
    outcomes = [(first, tiled) for first in range(4) for tiled in range(10)]
    assert set(counts) <= set(outcomes)
    assert chisquare([counts[outcome] for outcome in outcomes]).pvalue > 1e-3


def test_four_frames_must_fit(rng):
    sampler = FramesAndTilesSampler(16)
    assert sampler.min_frames == 25
    with pytest.raises(ValueError, match='FramesAndTilesSampler.*needs 25'):
        sampler.place(None, 24, rng)
    with pytest.raises(ValueError, match='step=0'):
        FramesAndTilesSampler(16, step=0)
