"""Pooled feature maps of several stages, for information that the last stage has lost."""

import re
from typing import Sequence, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor

_GRID = re.compile(r'([1-9])x([1-9])')
Summary = Sequence[Tuple[int, str]]


def check_summary(summary: Summary, num_stages: int) -> Tuple[Tuple[int, str], ...]:
    """A summary as tuples.

    Args:
        summary (Sequence[tuple[int, str]]): Stages, counted from 1, and the pooling of each map:
            ``'space-time'``; ``'space'``, which keeps time; or the cells of a grid of rows and
            columns, for example ``'3x3'``, which keeps time and coarse positions.
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
        if pooling not in ('space', 'space-time') and not _GRID.fullmatch(pooling):
            raise ValueError(
                f"summary: pooling {pooling!r} of stage {stage}, use 'space', 'space-time', or a "
                "grid such as '3x3'"
            )
    return parts


def summarise(maps: Sequence[Tensor], summary: Summary) -> Tensor:
    """Concatenate the pooled maps of stages.

    Args:
        maps (Sequence[Tensor]): Of the stages 1, 2, ..., each (N, C, T, H, W).
        summary (Sequence[tuple[int, str]]): See :func:`check_summary`.

    Returns:
        Tensor: Shape (N, D, 1, 1, 1), a map with one position, which can replace the map of the
        last stage. A stage adds C numbers, C*T if time is kept, or C*T*R*S with
        a grid of R rows and S columns. Cells overlap if the grid does not divide the map.
    """
    return torch.cat([_pool(maps[stage - 1], pooling) for stage, pooling in summary], dim=1)[
        :, :, None, None, None
    ]


def summarise_over_time(maps: Sequence[Tensor], summary: Summary) -> Tensor:
    """As :func:`summarise`, but time stays an axis of its own, for every pooling.

    Args:
        maps (Sequence[Tensor]): Of the stages 1, 2, ..., each (N, C, T, H, W).
        summary (Sequence[tuple[int, str]]): See :func:`check_summary`.

    Returns:
        Tensor: Shape (N, D, T', 1, 1), with the longest T' of the stages. A stage adds C numbers,
        or C*R*S with a grid of R rows and S columns.
    """
    parts = [_cells(maps[stage - 1], pooling) for stage, pooling in summary]
    return join_over_time([cells.transpose(2, 3).flatten(1, 2) for cells in parts])[..., None, None]


def join_over_time(parts: Sequence[Tensor]) -> Tensor:
    """Concatenate features of different lengths; those of the shorter ones are repeated in time.

    Args:
        parts (Sequence[Tensor]): Each (N, D, T), with D and T of its own.

    Returns:
        Tensor: Shape (N, D', T'), with the sum of the widths and the longest T.
    """
    longest = max(part.shape[2] for part in parts)
    return torch.cat([F.interpolate(part, size=longest) for part in parts], dim=1)


def _pool(x: Tensor, pooling: str) -> Tensor:
    """The map of a stage, (N, C, T, H, W), as (N, D)."""
    if pooling == 'space-time':
        return x.mean(dim=(2, 3, 4))
    return _cells(x, pooling).flatten(1)


def _cells(x: Tensor, pooling: str) -> Tensor:
    """The map of a stage, (N, C, T, H, W), pooled over space alone: (N, C, T, cells)."""
    grid = _GRID.fullmatch(pooling)
    if not grid:
        return x.mean(dim=(3, 4))[..., None]
    rows, columns = map(int, grid.groups())
    cells = F.adaptive_avg_pool2d(x.transpose(1, 2).flatten(0, 1), (rows, columns))
    # not len(x): an exported network would work with one size of batches only
    return cells.unflatten(0, (x.shape[0], -1)).transpose(1, 2).flatten(3)
