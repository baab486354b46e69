import pickle
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from tev_mmaction.temporal import ClipOrder, ClipPair, ClipSpec, LabelledClips, RelativeTransform


@pytest.mark.parametrize('start', [0, 7])
@pytest.mark.parametrize('speed', [1, 2, 8])
@pytest.mark.parametrize('direction', [1, -1])
@pytest.mark.parametrize('length', [2, 16])
def test_frame_indices_are_the_definition(start, speed, direction, length):
    clip = ClipSpec(start, speed, direction, length)
    expected = [start + speed * t for t in range(length)]
    if direction < 0:
        expected.reverse()
    assert clip.frame_indices().tolist() == expected
    assert clip.frame_indices().dtype == np.int64
    assert clip.extent == max(expected) - min(expected) + 1
    assert clip.interval == (min(expected), max(expected) + 1)


@pytest.mark.parametrize(
    'fields', [(-1, 1, 1, 8), (0, 0, 1, 8), (0, 1, 0, 8), (0, 1, 2, 8), (0, 1, 1, 1)]
)
def test_impossible_clips_are_refused(fields):
    with pytest.raises(ValueError, match='must be'):
        ClipSpec(*fields)


def reference_order(p: ClipSpec, q: ClipSpec) -> ClipOrder:
    """By the sets of source frames that the intervals cover."""
    covered_p, covered_q = set(range(*p.interval)), set(range(*q.interval))
    if covered_p & covered_q:
        return ClipOrder.OVERLAPPING
    return ClipOrder.BEFORE if max(covered_p) < min(covered_q) else ClipOrder.AFTER


def test_order_is_of_source_time_whatever_the_playback():
    for start in range(0, 40):
        for speed_p, speed_q in [(1, 1), (1, 4), (4, 2)]:
            for direction in (1, -1):
                p = ClipSpec(20, speed_p, direction, 4)
                q = ClipSpec(start, speed_q, -direction, 4)
                assert ClipPair(p, q).order is reference_order(p, q)


def test_clips_that_touch_do_not_overlap():
    p = ClipSpec(0, 2, 1, 4)  # frames 0..6
    assert ClipPair(p, ClipSpec(7, 1, 1, 4)).order is ClipOrder.BEFORE
    assert ClipPair(p, ClipSpec(6, 1, 1, 4)).order is ClipOrder.OVERLAPPING
    assert ClipPair(ClipSpec(7, 1, 1, 4), p).order is ClipOrder.AFTER


def test_relative_and_swapped():
    pair = ClipPair(ClipSpec(10, 2, 1, 4), ClipSpec(3, 8, -1, 4))
    relative = pair.relative
    assert (
        relative.speed_p,
        relative.direction_p,
        relative.speed_q,
        relative.direction_q,
        relative.shift,
    ) == (2, 1, 8, -1, -7)
    assert pair.swapped().relative == relative.swapped()
    assert relative.swapped().swapped() == relative
    assert pair.swapped().swapped() == pair


def test_a_pair_is_labelled_clips():
    p, q = ClipSpec(10, 2, 1, 4), ClipSpec(3, 8, -1, 4)
    pair = ClipPair(p, q)
    assert isinstance(pair, LabelledClips) and pair.clips == (p, q) == (pair.p, pair.q)
    assert pair.labels == dict(
        relative_id=pair.relative.id,
        shift=pair.q.start - pair.p.start,
        swapped_id=pair.swapped().relative.id,
        speeds=(2, 8),
        directions=(1, -1),
        order=int(pair.order),
    )
    assert len({pair, ClipPair(p, q), pair.swapped()}) == 2
    assert pickle.loads(pickle.dumps(pair)) == pair


def test_captions():
    assert ClipSpec(0, 2, 1, 8).name == '2× →' and ClipSpec(5, 1, -1, 8).name == '1× ←'


def test_broken_frame_numbers_are_refused():
    with pytest.raises(ValueError, match='whole'):
        ClipSpec(0, 1.5, 1, 8)


def test_id_is_injective_over_a_grid():
    """Invariant 2: equal ids iff all five numbers are equal."""
    grid = list(
        product(
            (1, 2, 4, 8, 32767),
            (1, -1),
            (1, 2, 4, 8, 32767),
            (1, -1),
            (-(2**29), -300, -1, 0, 1, 2, 300, 2**29),
        )
    )
    ids = {RelativeTransform(*numbers).id for numbers in grid}
    assert len(ids) == len(grid)
    assert all(-(2**63) <= i < 2**63 for i in ids)
    assert np.array(sorted(ids), dtype=np.int64).tolist() == sorted(ids)


def test_id_depends_on_each_number_and_on_nothing_else():
    relative = RelativeTransform(2, 1, 4, -1, 5)
    assert RelativeTransform(2, 1, 4, -1, 5).id == relative.id
    for change in (
        dict(speed_p=4),
        dict(direction_p=-1),
        dict(speed_q=2),
        dict(direction_q=1),
        dict(shift=-5),
    ):
        assert replace(relative, **change).id != relative.id


def test_id_takes_numpy_integers():
    assert (
        RelativeTransform(np.int64(2), 1, np.int32(4), -1, np.int64(-3)).id
        == RelativeTransform(2, 1, 4, -1, -3).id
    )


@pytest.mark.parametrize(
    'numbers', [(0, 1, 1, 1, 0), (1, 0, 1, 1, 0), (1, 1, 40000, 1, 0), (1, 1, 1, 1, 2**30)]
)
def test_numbers_out_of_range_are_refused(numbers):
    with pytest.raises(ValueError):
        RelativeTransform(*numbers)


def test_broken_numbers_are_refused_and_do_not_share_an_id():
    with pytest.raises(ValueError, match='whole'):
        RelativeTransform(1.5, 1, 1, 1, 0)
