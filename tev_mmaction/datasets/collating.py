"""How the workers of a data loader hand over a batch."""

from typing import List, Sequence

import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import FUNCTIONS
from torch import Tensor
from torch.utils.data import get_worker_info


@FUNCTIONS.register_module()
def shared_collate(samples: Sequence[dict]) -> dict:
    """As mmengine's ``pseudo_collate``, with all clips of a batch in one block of shared memory.

    Otherwise a worker makes a block, and passes on a file descriptor, for every video. In the main
    process, and for clips of different shapes, nothing is copied.

    Args:
        samples (Sequence[dict]): Samples whose ``inputs`` are tensors.

    Returns:
        dict: ``inputs``, a list of tensors, and what else the samples have, as lists.
    """
    batch = pseudo_collate(samples)
    inputs = batch['inputs']
    layouts = {(clips.shape, clips.stride(), clips.dtype) for clips in inputs}
    if get_worker_info() is not None and len(layouts) == 1:
        batch['inputs'] = _in_one_block(inputs)
    return batch


def _in_one_block(tensors: Sequence[Tensor]) -> List[Tensor]:
    """Copies of tensors with the same layout, in one block of shared memory."""
    first = tensors[0]
    size = first.numel() * first.element_size()
    block = first.untyped_storage()._new_shared(size * len(tensors))  # as torch's default_collate
    layout = torch.empty_like(first, device='meta')  # without gaps, in the same order
    copies = []
    for number, tensor in enumerate(tensors):
        copy = torch.empty(0, dtype=first.dtype)
        copy.set_(block, number * first.numel(), layout.shape, layout.stride())
        copies.append(copy.copy_(tensor))
    return copies
