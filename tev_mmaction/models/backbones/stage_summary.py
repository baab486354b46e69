"""Pooled feature maps of several stages as one, for what the last stage has lost."""

from typing import Sequence, Tuple

import torch
from torch import Tensor

POOLINGS = ('space', 'space-time')
Summary = Sequence[Tuple[int, str]]


def check_summary(summary: Summary, num_stages: int) -> Tuple[Tuple[int, str], ...]:
    """A summary as tuples.

    Args:
        summary (Sequence[tuple[int, str]]): Stages, counted from 1, and over what the map of each
            is averaged: ``'space-time'``, or ``'space'``, which keeps time.
        num_stages (int): Stages of the backbone.

    Raises:
        ValueError: If it is empty, or a stage or a pooling is none of those.
    """
    parts = tuple((stage, pooling) for stage, pooling in summary)
    if not parts:
        raise ValueError("summary=(): name stages, for example ((2, 'space'), (4, 'space-time'))")
    for stage, pooling in parts:
        if not 1 <= stage <= num_stages:
            raise ValueError(f'summary: stage {stage}, use 1 to {num_stages}')
        if pooling not in POOLINGS:
            raise ValueError(
                f'summary: pooling {pooling!r} of stage {stage}, use one of {POOLINGS}'
            )
    return parts


def summarise(maps: Sequence[Tensor], summary: Summary) -> Tensor:
    """Concatenate the pooled maps of stages.

    Args:
        maps (Sequence[Tensor]): Of the stages 1, 2, ..., each (N, C, T, H, W).
        summary (Sequence[tuple[int, str]]): See :func:`check_summary`.

    Returns:
        Tensor: Shape (N, D, 1, 1, 1), a map of one position, so that whatever takes the map of the
        last stage takes this, too. A stage adds C numbers, or C*T where time is kept.
    """
    pooled = []
    for stage, pooling in summary:
        x = maps[stage - 1].mean(dim=(3, 4))
        pooled.append(x.mean(dim=2) if pooling == 'space-time' else x.flatten(1))
    return torch.cat(pooled, dim=1)[:, :, None, None, None]
