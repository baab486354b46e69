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

    Those that share one are groups, too, but shifted by one video: the last video of a group shares
    its seed with the first ones of the next group, and the last group with the first. So what is
    drawn from it says nothing about what the videos of a group share. In groups of two, each seed
    has two videos, of different groups; in a batch of one group, all videos share one.

    Args:
        num_videos: Videos of the batch.
        group_size: Videos of a group; further videos belong to the last group.
        rng: Source of randomness.
    """
    num_groups = num_videos // group_size
    drawn = rng.integers(2**62, size=num_groups).tolist()
    return [drawn[(position + 1) // group_size % num_groups] for position in range(num_videos)]


def seeds_of_group(rng: np.random.Generator, partners: Sequence[int]) -> List[Seeds]:
    """Seeds of the videos of a group.

    Each draw has its own seed, so that a replaced video does not change the other draws.

    Args:
        rng: Source of randomness of the group.
        partners: What :func:`partner_seeds` gave the videos of the group.
    """
    group, *videos = rng.integers(2**32, size=len(partners) + 1).tolist()
    return [Seeds(video, group, partner) for video, partner in zip(videos, partners)]
