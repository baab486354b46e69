import numpy as np
import pytest

from tev_mmaction.datasets.seeds import partner_seeds, seeds_of_group


@pytest.mark.parametrize('group_size', [1, 2, 3, 4, 5])
def test_videos_that_share_a_seed_are_of_different_groups(group_size):
    for num_videos in range(group_size, 13):
        seeds = partner_seeds(num_videos, group_size, np.random.default_rng(0))
        assert len(seeds) == num_videos
        num_groups = num_videos // group_size
        groups = [min(video // group_size, num_groups - 1) for video in range(num_videos)]
        counts = []
        for seed in set(seeds):
            sharing = [groups[video] for video in range(num_videos) if seeds[video] == seed]
            assert len(set(sharing)) == len(sharing)
            counts.append(len(sharing))
        remainder = num_videos - num_groups * group_size
        alone = {1: num_videos, 2: remainder}.get(num_groups, 0)
        assert counts.count(1) == alone
        assert counts.count(3) == (num_groups > 2 and num_videos % 2)
        assert max(counts) <= 3


def test_videos_of_a_group_differ_in_their_own_seed_alone():
    first, second = seeds_of_group(np.random.default_rng(0), [7, 8])
    assert first.group == second.group and first.video != second.video
    assert (first.partner, second.partner) == (7, 8)
