from collections import Counter

import numpy as np
import pytest

from tev_mmaction.temporal import ClipSpec, IndependentClipSampler


def place(sampler, num_frames, rng):
    return sampler.place(sampler.sample(num_frames, rng), num_frames, rng)


@pytest.mark.parametrize('num_frames', [16, 17, 40, 300])
@pytest.mark.parametrize('num_draws, num_views', [(1, 1), (1, 2), (2, 1), (3, 2)])
def test_clips_fit_and_labels_say_what_they_show(num_frames, num_draws, num_views, rng):
    sampler = IndependentClipSampler(16, num_draws=num_draws, num_views=num_views)
    for _ in range(100):
        clips, labels = place(sampler, num_frames, rng)
        assert len(clips) == num_draws * num_views
        for clip, speed, direction in zip(clips, labels['speeds'], labels['directions']):
            indices = clip.frame_indices()
            assert indices.min() >= 0 and indices.max() < num_frames and len(indices) == 16
            assert (np.diff(indices) == speed * direction).all()
        for a, draw_a in zip(clips, labels['draws']):
            for b, draw_b in zip(clips, labels['draws']):
                assert (a == b) == (draw_a == draw_b)
        assert len(set(clips)) <= num_draws


def test_views_show_the_same_frames_and_draws_others(rng):
    sampler = IndependentClipSampler(16, num_draws=2, num_views=2)
    draws = [place(sampler, 300, rng) for _ in range(200)]
    assert all(clips[0] == clips[1] and clips[2] == clips[3] for clips, _ in draws)
    assert sum(clips[0] != clips[2] for clips, _ in draws) > 190


def test_draws_that_happen_to_be_the_same_bear_one_number(rng):
    sampler = IndependentClipSampler(16, directions=1, num_draws=3)
    clips, labels = place(sampler, 16, rng)
    assert set(clips) == {ClipSpec(0, 1, 1, 16)} and labels['draws'] == (0, 0, 0)


def test_speeds_directions_and_starts_are_uniform(rng):
    sampler = IndependentClipSampler(4, speeds=(1, 2, 3), num_draws=1)
    clips = [place(sampler, 12, rng)[0][0] for _ in range(6000)]
    for counts in (
        Counter(c.speed for c in clips),
        Counter(c.direction for c in clips),
        Counter(c.start for c in clips if c.speed == 2),
    ):
        total, share = sum(counts.values()), 1 / len(counts)
        tolerance = 5 * np.sqrt(total * share * (1 - share))
        assert all(abs(n - total * share) < tolerance for n in counts.values())
    assert {c.start for c in clips if c.speed == 2} == set(range(6))


def test_distinct_speeds(rng):
    sampler = IndependentClipSampler(8, speeds=(1, 2, 4), num_draws=2, distinct_speeds=True)
    assert sampler.min_frames == 15  # two speeds have to fit
    pairs = Counter(tuple(sorted(place(sampler, 60, rng).labels['speeds'])) for _ in range(300))
    assert set(pairs) == {(1, 2), (1, 4), (2, 4)} and min(pairs.values()) > 60
    assert set(place(sampler, 15, rng).labels['speeds']) == {1, 2}


def test_successive_draws_may_have_one_speed(rng):
    sampler = IndependentClipSampler(
        8, speeds=(1, 2, 4), num_draws=4, draws_per_speed=2, distinct_speeds=True
    )
    assert sampler.min_frames == 15
    speeds, equal = Counter(), set()
    for _ in range(600):
        placed = place(sampler, 40, rng)
        first, again, other, last = placed.labels['speeds']
        assert first == again != other == last
        speeds[first, other] += 1
        equal.add(placed.clips[0].start == placed.clips[1].start)
    assert len(speeds) == 6 and min(speeds.values()) > 60
    assert equal == {True, False}  # each draw has its own start


@pytest.mark.parametrize(
    'changes, named',
    [
        (dict(clip_len=1), 'clip_len=1'),
        (dict(speeds=(2, 1)), r'speeds=\(2, 1\)'),
        (dict(directions=(0,)), 'directions'),
        (dict(num_draws=0), 'num_draws=0'),
        (dict(num_views=1.5), 'num_views=1.5'),
        (dict(draws_per_speed=3), 'draws_per_speed=3.*num_draws=2'),
        (dict(num_draws=5, distinct_speeds=True), r'num_draws=5.*\(1, 2, 4, 8\)'),
    ],
)
def test_wrong_arguments_are_refused(changes, named):
    with pytest.raises(ValueError, match=named):
        IndependentClipSampler(**{'clip_len': 16, **changes})


def test_short_videos_are_refused(rng):
    with pytest.raises(ValueError, match='15 frames is too short.*IndependentClipSampler.*16'):
        place(IndependentClipSampler(16), 15, rng)
