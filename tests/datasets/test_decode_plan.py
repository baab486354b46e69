import numpy as np
import pytest

from tev_mmaction.datasets.readers.packets.decode_plan import (
    CodedPicture,
    PictureTable,
    Unpredictable,
    ranks_of,
)


def stream(rng, num_groups):
    """A random stream of I, P and B pictures in order of decoding, some groups open.

    Returns the kinds, the times at which pictures are shown, and what each is predicted from.
    """
    kinds, times, needs, anchors, now = [], [], [], [], 0
    for group in range(num_groups):
        for position in range(int(rng.integers(1, 6))):
            num_b = int(rng.integers(0, 4)) if group + position else 0
            is_intra = position == 0
            kinds.append('I' if is_intra else 'P')
            needs.append([] if is_intra else [anchors[-1]])
            times.append(now + num_b)
            anchors.append(len(kinds) - 1)
            for number in range(num_b):
                kinds.append('B')
                needs.append(anchors[-2:])
                times.append(now + number)
            now += num_b + 1
    return kinds, times, needs


def table_of(kinds, times, hidden=None):
    pictures = [CodedPicture(0, 1, kind == 'I', kind != 'B') for kind in kinds]
    return PictureTable(pictures, times, hidden or [False] * len(kinds))


def test_plans_hold_all_that_is_needed_and_nothing_else(rng):
    for _ in range(200):
        kinds, times, needs = stream(rng, 5)
        hidden = (rng.random(len(kinds)) < rng.choice([0, 0.2])).tolist()
        table = table_of(kinds, times, hidden)
        seen = [p for p in np.argsort(times) if not hidden[p]]
        assert len(table) == len(seen)
        if not seen:
            continue
        indices = np.sort(rng.choice(len(seen), rng.integers(1, len(seen) + 1), replace=False))
        plan = table.plan(indices)
        wanted = [seen[i] for i in indices]
        needed, todo = {0}, list(wanted)
        while todo:
            picture = todo.pop()
            needed.add(picture)
            todo.extend(needs[picture])
        assert needed <= set(plan.decode)
        # Any other is a reference that may have been needed, between a keyframe and a wanted one.
        assert all(kinds[picture] != 'B' for picture in set(plan.decode) - needed)
        assert plan.decode == sorted(plan.decode)
        assert plan.shown == [p for p in seen if p in plan.decode]
        assert [p for p in plan.shown if p in plan.wanted] == wanted


def test_decoding_starts_at_the_last_keyframe_that_will_do():
    #        0    1    2    3    4    5    6    7
    kinds = ['I', 'P', 'B', 'I', 'B', 'P', 'B', 'P']
    times = [0, 2, 1, 4, 3, 6, 5, 7]
    table = table_of(kinds, times)
    assert table.plan(np.array([4])).decode == [0, 3]
    assert table.plan(np.array([3])).decode == [0, 1, 3, 4]  # leads the second keyframe
    assert table.plan(np.array([7])).decode == [0, 3, 5, 7]
    assert table.plan(np.array([1, 5])).decode == [0, 1, 2, 3, 5, 6]
    assert table.reorder_depth == 1
    without = PictureTable(
        [CodedPicture(0, 1, kind == 'I', True) for kind in 'III'], [0, 1, 2], [False] * 3, False
    )
    assert without.plan(np.array([2])).decode == [2] and without.reorder_depth == 0


def test_reorder_depth_counts_what_must_be_held_back(rng):
    for _ in range(200):
        times = np.concatenate([[0], 1 + rng.permutation(int(rng.integers(1, 12)))])
        depth = max((times[:k] > times[k]).sum() for k in range(len(times)))
        assert table_of('I' + 'P' * (len(times) - 1), times).reorder_depth == depth


@pytest.mark.parametrize(
    'kinds, times, reason',
    [
        ('', [], 'no pictures'),
        ('PI', [0, 1], 'on its own'),
        ('IB', [1, 0], 'on its own'),
        ('IPI', [0, 2, 1], 'before an entry is shown after'),
        ('IPP', [0, 1, 1], 'at the same time'),
        ('IPP', [0, None, 1], 'missing'),
        ('IIIB', [0, 2, 3, 1], 'before two entries'),
    ],
)
def test_what_cannot_be_told(kinds, times, reason):
    with pytest.raises(Unpredictable, match=reason):
        table_of(kinds, times)


def test_ranks():
    assert ranks_of([30, -5, 7]).tolist() == [2, 0, 1]
