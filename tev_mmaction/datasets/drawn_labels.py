"""Labels of clips drawn as in training, without decoding."""

from typing import Dict

import numpy as np
import torch
from torch import Tensor

from .clip_pair_dataset import ClipPairDataset


def drawn_labels(dataset: ClipPairDataset, frames: np.ndarray, count: int) -> Dict[str, Tensor]:
    """Labels of videos whose clips are drawn in groups, as in training.

    Args:
        dataset (ClipPairDataset): Source of the sampler and the group size.
        frames (np.ndarray): Shape (K,), lengths of its videos, or of some of them; at least one
            must be long enough for a clip.
        count (int): Number of videos N to draw. The draw is always the same.

    Returns:
        dict[str, Tensor]: Labels by name, int64, of shape (N, ...), and ``sample_idx``.
    """
    rng, sampler = np.random.default_rng(0), dataset.clip_sampler
    usable = frames[frames >= sampler.min_frames]  # training skips the others, too
    drawn = []
    for _ in range(count):
        shortest = int(rng.choice(usable, size=dataset.group_size).min())
        drawn.append(sampler.place(sampler.sample(shortest, rng), shortest, rng).labels)
    labels = {name: torch.tensor([each[name] for each in drawn]) for name in drawn[0]}
    return dict(labels, sample_idx=torch.arange(count))
