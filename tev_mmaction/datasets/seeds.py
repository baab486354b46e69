"""Seeds of the draws of the videos of a batch."""

from typing import List, NamedTuple, Sequence

import numpy as np


class Seeds(NamedTuple):
    """Seeds of the draws of one video.

    Args:
        video (int): Draws of this video alone.
        group (int): Draws that are equal for all videos of its group.
        partner (int): Draws that are equal for some videos of different groups.
    """

    video: int
    group: int
    partner: int


def partner_seeds(num_videos: int, group_size: int, rng: np.random.Generator) -> List[int]:
    """A seed for each video of a batch, which videos of different groups share.

    No two videos of a group share one, so what is drawn from it says nothing about what the videos
    of a group share. Each seed has two videos, half a batch apart, and one seed has three if the
    number of videos is odd. But if the second of two groups has further videos, all pairs are of
    both groups, and as many of its videos have seeds of their own. So have all videos of a single
    group.

    Args:
        num_videos: Videos of the batch, at least ``group_size``.
        group_size: Videos of a group; further videos belong to the last group.
        rng: Source of randomness.
    """
    last_group = group_size + num_videos % group_size
    # Videos of a group lie in a row, so those that are as far apart as the largest group is long,
    # or further, are of different groups.
    num_seeds = max(num_videos // 2, last_group)
    drawn = rng.integers(2**62, size=num_seeds).tolist()
    return [drawn[position % num_seeds] for position in range(num_videos)]


def seeds_of_group(rng: np.random.Generator, partners: Sequence[int]) -> List[Seeds]:
    """Seeds of the videos of a group.

    Each draw has its own seed, so that a replaced video does not change the other draws.

    Args:
        rng: Source of randomness of the group.
        partners: What :func:`partner_seeds` gave the videos of the group.
    """
    group, *videos = rng.integers(2**32, size=len(partners) + 1).tolist()
    return [Seeds(video, group, partner) for video, partner in zip(videos, partners)]
