import numpy as np
import pytest

from tev_mmaction.datasets.seeds import partner_seeds, seeds_of_group


@pytest.mark.parametrize(('num_videos', 'group_size'), [(4, 2), (12, 2), (12, 3), (8, 4)])
def test_partners_are_of_different_groups(num_videos, group_size):
    seeds = partner_seeds(num_videos, group_size, np.random.default_rng(0))
    assert len(set(seeds)) == num_videos // group_size
    for seed in seeds:
        sharing = [video for video in range(num_videos) if seeds[video] == seed]
        groups = [video // group_size for video in sharing]
        assert len(sharing) == group_size and len(set(groups)) == 2
        if group_size == 2:
            assert groups[0] != groups[1]


def test_a_remainder_and_a_single_group_have_seeds():
    assert len(partner_seeds(5, 2, np.random.default_rng(0))) == 5
    assert len(set(partner_seeds(3, 2, np.random.default_rng(0)))) == 1


def test_videos_of_a_group_differ_in_their_own_seed_alone():
    first, second = seeds_of_group(np.random.default_rng(0), [7, 8])
    assert first.group == second.group and first.video != second.video
    assert (first.partner, second.partner) == (7, 8)
