"""Tuples of three frames, against a list of all that the definition allows."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from tev_mmaction.temporal import OrderVerificationSampler

LENGTH, SPAN, GAP = 12, 4, 2  # frames of the video, greatest d − b, least b − a


def tuples():
    """Each tuple with its probability, by loops over five frames."""
    found = Counter()
    spans = [s for s in range(2, SPAN + 1) if s + 2 * GAP < LENGTH]
    for span in spans:
        starts = [b for b in range(LENGTH) if b >= GAP and b + span + GAP < LENGTH]
        for b in starts:
            d = b + span
            chance = 1 / len(spans) / len(starts) / 2  # for both directions of playback
            choices = {
                (1, 0.25): range(b + 1, d),
                (0, 0.375): range(b - GAP + 1),
                (2, 0.375): range(d + GAP, LENGTH),
            }
            for (label, share), middles in choices.items():
                for middle in middles:
                    for first, last in ((b, d), (d, b)):
                        key = first, middle, last, int(label == 1)
                        found[key] += chance * share / len(middles)
    return found


def test_tuples_are_those_of_the_definition(rng):
    sampler = OrderVerificationSampler(3, max_span=SPAN, min_gap=GAP)
    drawn = Counter()
    for _ in range(12000):
        placed = sampler.place(None, LENGTH, rng)
        for clip in placed.clips:
            assert len(set(clip.frame_indices())) == 1 and len(clip.frame_indices()) == 3
        drawn[(*(clip.frames[0] for clip in placed.clips), placed.labels['in_order'])] += 1
    expected = tuples()
    assert sum(expected.values()) == pytest.approx(1) and set(drawn) <= set(expected)
    counts = [(drawn[key], 12000 * chance) for key, chance in expected.items()]
    assert chisquare(*np.transpose(counts)).pvalue > 1e-3


def test_the_middle_frame_is_between_the_others_or_far_from_them(rng):
    sampler = OrderVerificationSampler(16)
    for num_frames in (33, 60, 300):
        for _ in range(100):
            placed = sampler.place(None, num_frames, rng)
            first, middle, last = (clip.frames[0] for clip in placed.clips)
            low, high = sorted((first, last))
            assert min(low, middle) >= 0 and max(high, middle) < num_frames
            assert 2 <= high - low <= 60
            if placed.labels['in_order']:
                assert low < middle < high
            else:
                assert middle <= low - 15 or middle >= high + 15


def test_short_videos_are_refused(rng):
    sampler = OrderVerificationSampler(16)
    assert sampler.min_frames == 33
    with pytest.raises(ValueError, match='OrderVerificationSampler.*needs 33'):
        sampler.place(None, 32, rng)


@pytest.mark.parametrize(
    'arguments, named',
    [
        (dict(max_span=1), 'max_span=1'),
        (dict(min_gap=0), 'min_gap=0'),
        (dict(share=1.0), 'share=1.0'),
    ],
)
def test_wrong_arguments_are_refused(arguments, named):
    with pytest.raises(ValueError, match=named):
        OrderVerificationSampler(8, **arguments)
