"""Operations that make the losses of ranks add up to those of the global batch.

``DistributedDataParallel`` averages gradients over W ranks. A loss that each rank computes as
W · (sum over its own terms) / (number of terms on all ranks) therefore has, after averaging, the
gradient of the mean over all terms, however unevenly they are spread over the ranks.
"""

from typing import Tuple

import torch
from mmengine.dist import all_gather, all_reduce, get_rank, get_world_size
from torch import Tensor


@torch.no_grad()
def gather_rows(rows: Tensor) -> Tuple[Tensor, int]:
    """Concatenate the rows of all ranks, without gradient; their numbers may differ.

    Args:
        rows (Tensor): Shape (M, ...), M ≥ 0; all but M equal on all ranks.

    Returns:
        tuple[Tensor, int]: Rows of all ranks (ΣM, ...) in order of rank, and the position of this
        rank's first row among them.
    """
    if get_world_size() == 1:
        return rows.detach(), 0
    counts = [int(c) for c in all_gather(torch.tensor([len(rows)], device=rows.device))]
    padded = rows.new_zeros((max(counts), *rows.shape[1:]))
    padded[: len(rows)] = rows
    gathered = torch.cat([part[:count] for part, count in zip(all_gather(padded), counts)])
    return gathered, sum(counts[: get_rank()])


def gather_trained_rows(rows: Tensor) -> Tensor:
    """As :func:`gather_rows`, but this rank's rows keep their gradient.

    A loss that every rank computes from all rows is then to be passed through
    :func:`global_loss`.

    Args:
        rows (Tensor): Shape (M, ...), floating point.

    Returns:
        Tensor: Shape (ΣM, ...), in order of rank.
    """
    gathered, first = gather_rows(rows)
    return torch.cat([gathered[:first], rows, gathered[first + len(rows) :]])


def global_loss(loss: Tensor) -> Tensor:
    """A loss that all ranks compute alike, with the gradient of this rank's rows.

    Each rank has the part of the gradient that goes through its own rows. The parts add up to the
    whole, and ``DistributedDataParallel`` averages: hence the factor W.

    Args:
        loss (Tensor): Scalar, equal on all ranks, of rows of :func:`gather_trained_rows`.
    """
    share = loss * get_world_size()
    return share + (loss - share).detach()


def global_mean(terms: Tensor) -> Tensor:
    """Mean over the terms of all ranks, with the gradient of this rank's share of it.

    Args:
        terms (Tensor): Shape (M,), with M ≥ 0 free to differ between ranks.

    Returns:
        Tensor: Scalar, equal on all ranks; its gradients average over ranks to that of the mean.
        A zero that still can be differentiated where no rank has a term.
    """
    total = torch.stack([terms.detach().sum(), terms.new_full((), len(terms))])
    all_reduce(total)
    value, count = total[0], total[1].clamp(min=1)
    share = terms.sum() * get_world_size() / count
    return share + (value / count - share).detach()


def global_any(condition: bool, device: torch.device) -> bool:
    """Whether a condition holds on any rank; the same answer on all of them."""
    if get_world_size() == 1:
        return condition  # without waiting for the device
    count = torch.tensor(int(condition), device=device)
    all_reduce(count)
    return bool(count)
