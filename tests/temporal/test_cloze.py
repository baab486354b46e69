from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chisquare

from tev_mmaction.temporal import Cloze, ClozeSampler


def place(sampler, num_frames, rng, count):
    return [sampler.place(None, num_frames, rng) for _ in range(count)]


def assert_uniform(counts, outcomes):
    """By a χ² test."""
    assert set(counts) <= set(outcomes)
    assert chisquare([counts[outcome] for outcome in outcomes]).pvalue > 1e-3


def test_the_middle_clip_alone_is_changed_as_the_label_says(rng):
    counts, turns, tiles, swaps = Counter(), Counter(), Counter(), Counter()
    for clips, labels in place(ClozeSampler(8, interval=2, speed=2), 60, rng, 4000):
        first, middle, last = (clip.frame_indices() for clip in clips)
        blank = first[0] + 17 + 2 * np.arange(8)  # 15 frames of a clip, and the gap
        assert (np.diff(first) == 2).all() and (last == first + 34).all() and last[-1] < 60
        operation = Cloze(labels['operation'])
        counts[operation] += 1
        for name, seen, kind in (('rotations', turns, 1), ('tiles', tiles, 2)):
            assert labels[name][0] == labels[name][2] == 0
            assert bool(labels[name][1]) == (operation == kind)
            seen[labels[name][1]] += operation == kind
        if operation <= Cloze.PERMUTATION:
            assert (middle == blank).all()
        elif operation == Cloze.ADJACENT:
            parts, shown = blank.reshape(4, 2), middle.reshape(4, 2)
            moved = [i for i in range(4) if (parts[i] != shown[i]).any()]
            assert len(moved) == 2 and (shown[moved] == parts[moved[::-1]]).all()
            swaps[tuple(moved)] += 1
        else:
            assert (np.diff(middle) == 2).all() and middle[0] >= 0 and middle[-1] < 60
            assert abs(middle[0] - blank[0]) >= 15
    assert_uniform(counts, list(Cloze))
    assert_uniform(+turns, [1, 2, 3])
    assert_uniform(+tiles, range(1, 24))
    assert_uniform(swaps, list(combinations(range(4), 2)))


def test_remote_clips_are_uniform_over_what_does_not_overlap(rng):
    """In the shortest video, whose blank is at one place."""
    sampler = ClozeSampler(4, interval=1)
    assert sampler.min_frames == 14
    remote = [c for c, labels in place(sampler, 14, rng, 2500) if labels['operation'] == 4]
    assert_uniform(Counter(c[1].frame_indices()[0] for c in remote), [0, 1, 9, 10])


def test_clips_of_fewer_frames_than_parts_are_refused():
    with pytest.raises(ValueError, match='clip_len=3'):
        ClozeSampler(3)
