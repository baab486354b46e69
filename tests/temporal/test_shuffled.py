from collections import Counter
from itertools import permutations
from math import factorial

import numpy as np
import pytest
from scipy.stats import chisquare

from tev_mmaction.temporal import ClipSpec, ShuffledClipSampler


def place(sampler, num_frames, rng, count):
    return [sampler.place(sampler.sample(num_frames, rng), num_frames, rng) for _ in range(count)]


def assert_uniform(counts, outcomes):
    """By a χ² test."""
    assert set(counts) <= set(outcomes)
    assert chisquare([counts[outcome] for outcome in outcomes]).pvalue > 1e-3


@pytest.mark.parametrize('num_clips', [2, 3, 4])
@pytest.mark.parametrize('interval', [0, 8])
@pytest.mark.parametrize('speed', [1, 3])
def test_clips_follow_one_another(num_clips, interval, speed, rng):
    sampler = ShuffledClipSampler(5, num_clips, interval, speed)
    for extra in (0, 1, 40):
        num_frames = sampler.min_frames + extra
        for placed in place(sampler, num_frames, rng, 50):
            in_time = sorted(placed.clips, key=lambda clip: clip.start)
            assert in_time[0].start >= 0 and in_time[-1].frame_indices()[-1] < num_frames
            for clip in in_time:
                assert clip == ClipSpec(clip.start, speed, 1, 5)
            for before, after in zip(in_time, in_time[1:]):
                last, first = before.frame_indices()[-1], after.frame_indices()[0]
                assert first - last - 1 == interval  # frames that no clip covers


def test_the_label_is_the_order_in_time(rng):
    sampler = ShuffledClipSampler(4, num_clips=3)
    for placed in place(sampler, 80, rng, 100):
        starts = [clip.start for clip in placed.clips]
        order = tuple(sorted(starts).index(start) for start in starts)
        assert placed.labels == dict(permutation=list(permutations(range(3))).index(order))


@pytest.mark.parametrize('num_clips', [2, 3, 4])
def test_orders_are_uniform(num_clips, rng):
    placed = place(ShuffledClipSampler(2, num_clips), 60, rng, 6000)
    counts = Counter(each.labels['permutation'] for each in placed)
    assert_uniform(counts, range(factorial(num_clips)))


def test_places_are_uniform_in_every_order(rng):
    sampler = ShuffledClipSampler(4, num_clips=2, interval=1)
    counts = Counter(
        (min(clip.start for clip in placed.clips), placed.labels['permutation'])
        for placed in place(sampler, 14, rng, 6000)
    )
    assert_uniform(counts, [(start, order) for start in range(6) for order in range(2)])


def test_three_clips_of_vcop_need_64_frames(rng):
    sampler = ShuffledClipSampler(16)
    assert sampler.min_frames == sampler.required_frames(None) == 16 + 8 + 16 + 8 + 16
    assert sorted(clip.start for clip in sampler.place(None, 64, rng).clips) == [0, 24, 48]
    with pytest.raises(ValueError, match='ShuffledClipSampler with clips of 16 frames needs 64'):
        sampler.place(None, 63, rng)


def test_stills_show_one_frame(rng):
    """The label is the order of the frames, played forwards or backwards."""
    sampler = ShuffledClipSampler(5, num_clips=4, interval=2, stills=True, reversible=True)
    assert sampler.min_frames == 10
    orders = [p for p in permutations(range(4)) if p < p[::-1]]
    counts = Counter()
    for placed in place(sampler, 12, rng, 3000):
        shown = np.array([clip.frame_indices() for clip in placed.clips])
        assert shown.shape == (4, 5) and (shown == shown[:, :1]).all()
        frames = shown[:, 0]
        assert sorted(frames - frames.min()) == [0, 3, 6, 9] and frames.max() < 12
        order = tuple(((frames - frames.min()) // 3).tolist())
        assert orders.index(min(order, order[::-1])) == placed.labels['permutation']
        counts[order] += 1
    assert len(orders) == 12
    assert_uniform(counts, list(permutations(range(4))))


def test_same_generator_state_same_draws():
    first, second = (
        place(ShuffledClipSampler(8), 100, np.random.default_rng(3), 10) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    'arguments, named',
    [
        (dict(clip_len=1), 'clip_len=1'),
        (dict(clip_len=8, num_clips=1), 'num_clips=1'),
        (dict(clip_len=8, num_clips=7), 'num_clips=7.*2 to 6'),
        (dict(clip_len=8, num_clips=2.5), 'num_clips=2.5'),
        (dict(clip_len=8, interval=-1), 'interval=-1'),
        (dict(clip_len=8, interval=True), 'interval=True'),
        (dict(clip_len=8, speed=0), 'speed=0'),
    ],
)
def test_wrong_arguments_are_refused(arguments, named):
    with pytest.raises(ValueError, match=named):
        ShuffledClipSampler(**arguments)
