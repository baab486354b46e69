"""Two operations that make per-rank losses add up to those of the global batch.

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
        return rows, 0
    counts = [int(c) for c in all_gather(torch.tensor([len(rows)], device=rows.device))]
    padded = rows.new_zeros((max(counts), *rows.shape[1:]))
    padded[: len(rows)] = rows
    gathered = torch.cat([part[:count] for part, count in zip(all_gather(padded), counts)])
    return gathered, sum(counts[: get_rank()])


def global_mean(terms: Tensor) -> Tensor:
    """Share of a rank in the mean over the terms of all ranks.

    Args:
        terms (Tensor): Shape (M,), with M ≥ 0 free to differ between ranks.

    Returns:
        Tensor: Scalar; its average over ranks is the global mean. A zero that still can be
        differentiated where no rank has a term.
    """
    count = terms.new_tensor(float(len(terms)))
    all_reduce(count)
    return terms.sum() * get_world_size() / count.clamp(min=1)
