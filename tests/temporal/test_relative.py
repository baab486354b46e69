from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from tev_mmaction.temporal import RelativeTransform


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
