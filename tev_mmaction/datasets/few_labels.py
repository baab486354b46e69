"""Draws a few videos of every class."""

from collections import defaultdict
from typing import Dict, List, Sequence

import numpy as np


def draw_few(labels: Sequence[int], per_class: int, seed: int) -> List[int]:
    """Positions of a few videos of every class, in the order of the list.

    With the same seed, fewer videos of a class are among more of them, so that curves over the
    number of labels use growing sets.

    Args:
        labels (Sequence[int]): Labels of all videos.
        per_class (int): Videos of each class.
        seed (int): Of the draw.

    Raises:
        ValueError: If a class has fewer videos.
    """
    of_class: Dict[int, List[int]] = defaultdict(list)
    for position, label in enumerate(labels):
        of_class[int(label)].append(position)
    kept: List[int] = []
    for label, positions in of_class.items():
        if len(positions) < per_class:
            raise ValueError(
                f'class {label} has {len(positions)} videos, {per_class} are asked for'
            )
        order = np.random.default_rng([seed, label]).permutation(positions)
        kept += order[:per_class].tolist()
    return sorted(kept)
