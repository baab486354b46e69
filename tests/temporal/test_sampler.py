from collections import Counter

import numpy as np
import pytest

from tev_mmaction.temporal import ClipOrder, RelativeTransformSampler

LENGTHS = (16, 17, 40, 61, 120, 300)


def draw_pairs(sampler, num_frames, rng, count):
    for _ in range(count):
        relative = sampler.sample(num_frames, rng)
        yield relative, sampler.place(relative, num_frames, rng)


@pytest.mark.parametrize('balance_order', [False, True])
@pytest.mark.parametrize('num_frames', LENGTHS)
def test_pairs_fit_their_video(num_frames, balance_order, rng):
    """Invariant 1: no frame outside the video, nothing clamped or repeated."""
    sampler = RelativeTransformSampler(16, balance_order=balance_order)
    for relative, pair in draw_pairs(sampler, num_frames, rng, 300):
        assert pair.relative == relative
        assert sampler.required_frames(relative) <= num_frames
        for clip in (pair.p, pair.q):
            indices = clip.frame_indices()
            assert indices.min() >= 0 and indices.max() < num_frames
            assert len(set(indices.tolist())) == 16
            assert (np.diff(indices) == clip.speed * clip.direction).all()


def test_a_group_of_unequal_videos_shares_all_five_numbers(rng):
    """Invariant 1: ρ drawn for the shortest can be placed in every longer one, everywhere."""
    sampler = RelativeTransformSampler(16)
    for _ in range(200):
        lengths = rng.integers(16, 400, size=3)
        relative = sampler.sample(int(lengths.min()), rng)
        pairs = [sampler.place(relative, int(n), rng) for n in lengths]
        assert {pair.relative.id for pair in pairs} == {relative.id}


def test_required_frames_is_exact(rng):
    sampler = RelativeTransformSampler(8)
    for _ in range(100):
        relative = sampler.sample(200, rng)
        needed = sampler.required_frames(relative)
        sampler.place(relative, needed, rng)
        with pytest.raises(ValueError, match='too short'):
            sampler.place(relative, needed - 1, rng)


def test_every_speed_direction_and_order_is_drawn(rng):
    draws = list(draw_pairs(RelativeTransformSampler(16), 300, rng, 3000))
    speeds = Counter((pair.p.speed, pair.q.speed) for _, pair in draws)
    directions = Counter((pair.p.direction, pair.q.direction) for _, pair in draws)
    assert len(speeds) == 16 and len(directions) == 4
    # uniform to within 5 standard deviations of a binomial
    for counts, share in ((speeds, 1 / 16), (directions, 1 / 4)):
        tolerance = 5 * np.sqrt(3000 * share * (1 - share))
        assert all(abs(n - 3000 * share) < tolerance for n in counts.values())
    orders = Counter(pair.order for _, pair in draws)
    assert set(orders) == set(ClipOrder) and min(orders.values()) > 300


def test_order_classes_balance(rng):
    sampler = RelativeTransformSampler(16, balance_order=True)
    for num_frames in (40, 120, 300):
        orders = Counter(p.order for _, p in draw_pairs(sampler, num_frames, rng, 3000))
        assert all(abs(orders[order] - 1000) < 5 * np.sqrt(3000 * 2 / 9) for order in ClipOrder)
    only = {p.order for _, p in draw_pairs(sampler, 31, rng, 100)}
    assert only == {ClipOrder.OVERLAPPING}  # two clips of 16 frames need 32


def test_shifts_are_differences_of_uniform_starts(rng):
    """Against the plain way: draw both starts, subtract."""
    sampler = RelativeTransformSampler(4, speeds=(2,))
    shifts = Counter(sampler.sample(12, rng).shift for _ in range(20000))
    starts = range(12 - 7 + 1)
    expected = Counter(q - p for p in starts for q in starts)
    for shift, places in expected.items():
        share = places / len(starts) ** 2
        assert abs(shifts[shift] - 20000 * share) < 5 * np.sqrt(20000 * share)
    assert set(shifts) == set(expected)


def test_places_are_uniform(rng):
    sampler = RelativeTransformSampler(4, speeds=(1,))
    relative = sampler.sample(6, rng)
    slack = 20 - sampler.required_frames(relative)
    starts = Counter(sampler.place(relative, 20, rng).p.start for _ in range(8000))
    assert len(starts) == slack + 1
    assert all(
        abs(n - 8000 / (slack + 1)) < 5 * np.sqrt(8000 / (slack + 1)) for n in starts.values()
    )


def test_one_direction_only(rng):
    pairs = draw_pairs(RelativeTransformSampler(8, directions=(1,)), 100, rng, 50)
    assert {(p.p.direction, p.q.direction) for _, p in pairs} == {(1, 1)}


def test_same_generator_state_same_draws():
    sampler = RelativeTransformSampler(16)
    first, second = (
        [sampler.sample(200, rng) for _ in range(20)]
        for rng in (np.random.default_rng(3), np.random.default_rng(3))
    )
    assert first == second


@pytest.mark.parametrize(
    'arguments, named',
    [
        (dict(clip_len=1), 'clip_len=1'),
        (dict(clip_len=8, speeds=()), 'speeds'),
        (dict(clip_len=8, speeds=(2, 1)), r'speeds=\(2, 1\)'),
        (dict(clip_len=8, speeds=(1, 1)), 'increasing'),
        (dict(clip_len=8, speeds=(0, 1)), 'speeds'),
        (dict(clip_len=8, directions=(1, 0)), 'directions'),
        (dict(clip_len=8, directions=()), 'directions'),
        (dict(clip_len=8.5), 'clip_len=8.5'),
        (dict(clip_len=8, speeds=(1, 1.5, 2)), 'whole numbers'),
        (dict(clip_len=8, speeds='1,2'), 'whole numbers'),
    ],
)
def test_wrong_arguments_are_refused(arguments, named):
    with pytest.raises(ValueError, match=named):
        RelativeTransformSampler(**arguments)


def test_too_short_a_video_is_refused(rng):
    sampler = RelativeTransformSampler(16, speeds=(2, 4))
    assert sampler.min_frames == 31
    sampler.sample(31, rng)
    with pytest.raises(ValueError, match='31'):
        sampler.sample(30, rng)


def test_a_single_speed_may_stand_alone():
    assert RelativeTransformSampler(8, speeds=4).speeds == (4,)


def test_without_shifts_both_clips_start_together(rng):
    pairs = [
        pair for _, pair in draw_pairs(RelativeTransformSampler(8, shifted=False), 90, rng, 400)
    ]
    assert all(pair.relative.shift == 0 and pair.order == ClipOrder.OVERLAPPING for pair in pairs)
    assert {(p.p.speed, p.q.speed) for p in pairs} == {
        (a, b) for a in (1, 2, 4, 8) for b in (1, 2, 4, 8)
    }
    assert len({pair.p.start for pair in pairs}) > 30
    with pytest.raises(ValueError, match='balance_order=True needs shifted=True'):
        RelativeTransformSampler(8, balance_order=True, shifted=False)


def test_views_show_the_clips_of_a_pair_again(rng):
    plain, viewed = (RelativeTransformSampler(8, num_views=views) for views in (1, 2))
    for seed in range(50):
        relative = plain.sample(90, np.random.default_rng(seed))
        pair = plain.place(relative, 90, np.random.default_rng(seed))
        placed = viewed.place(relative, 90, np.random.default_rng(seed))
        assert placed.clips == (pair.p, pair.q, pair.p, pair.q)
        assert placed.labels['speeds'] == (pair.p.speed, pair.q.speed) * 2
        assert placed.labels['directions'] == (pair.p.direction, pair.q.direction) * 2
        assert placed.labels['draws'] == ((0, 0, 0, 0) if pair.p == pair.q else (0, 1, 0, 1))
        for name in ('relative_id', 'swapped_id', 'order'):
            assert placed.labels[name] == pair.labels[name]


@pytest.mark.parametrize('views', [0, 1.5, True])
def test_impossible_numbers_of_views_are_refused(views):
    with pytest.raises(ValueError, match='num_views'):
        RelativeTransformSampler(8, num_views=views)
