from collections import Counter
from itertools import permutations

import pytest
from scipy.stats import chisquare

from tev_mmaction.temporal import CubicPuzzleSampler

ORDERS = list(permutations(range(4)))


def test_pieces_are_neighbours_in_space_or_in_time(rng):
    sampler, counts = CubicPuzzleSampler(3, interval=1, speed=2), Counter()
    for _ in range(6000):
        clips, labels = sampler.place(None, 30, rng)
        order, cells = ORDERS[labels['permutation']], labels['cells']
        starts = [clip.start for clip in clips]
        assert all((clip.speed, clip.direction, clip.length) == (2, 1, 3) for clip in clips)
        assert min(starts) >= 0 and max(starts) + 5 <= 30
        if len(set(starts)) == 1:
            assert cells == order
            counts['space', order, starts[0]] += 1
        else:
            assert len(set(cells)) == 1
            assert [(start - min(starts)) // 6 for start in starts] == list(order)
            assert {(start - min(starts)) % 6 for start in starts} == {0}
            counts['time', cells[0], min(starts)] += 1
    for kind, firsts, places in (('space', ORDERS, 26), ('time', range(4), 8)):
        outcomes = [(kind, first, start) for first in firsts for start in range(places)]
        seen = [counts.pop(outcome, 0) for outcome in outcomes]
        assert chisquare(seen).pvalue > 1e-3 and abs(sum(seen) - 3000) < 200
    assert not counts


def test_four_clips_must_fit(rng):
    sampler = CubicPuzzleSampler(16)
    assert sampler.min_frames == 64
    with pytest.raises(ValueError, match='CubicPuzzleSampler.*needs 64'):
        sampler.place(None, 63, rng)
