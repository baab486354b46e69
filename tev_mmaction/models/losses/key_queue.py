"""Keys of past batches as further negatives (MoCo, He et al., CVPR 2020)."""

import torch
from torch import Tensor, nn


class KeyQueue(nn.Module):
    """The last keys and their labels, first in, first out.

    Keys are outputs at the time of their batch: of the network, or of its momentum encoder as in
    MoCo. They are part of the checkpoint, so a resumed run continues with them. They
    are equal on all ranks, because the keys of all ranks enter the queue.

    Args:
        size (int): Number of keys K to keep, ≥ 1.
        width (int): Width D of a key.

    Attributes:
        keys (Tensor): Shape (K, D), float32, of unit length.
        labels (Tensor): Shape (K,), int64 ≥ 0; −1 for empty places.

    Raises:
        ValueError: If ``size`` is not positive.
    """

    keys: Tensor
    labels: Tensor
    position: Tensor

    def __init__(self, size: int, width: int):
        super().__init__()
        if size < 1:
            raise ValueError(f'queue_size={size}: give the number of keys to keep, or 0 for none')
        self.register_buffer('keys', torch.zeros(size, width))
        self.register_buffer('labels', torch.full((size,), -1))
        self.register_buffer('position', torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def push(self, keys: Tensor, labels: Tensor) -> None:
        """Replace the oldest keys by new ones; of more than K new keys, only the last K enter.

        Args:
            keys (Tensor): Shape (M, D), of unit length.
            labels (Tensor): Shape (M,), int64 ≥ 0.
        """
        size = len(self.labels)
        keys, labels = keys[-size:], labels[-size:]
        rows = (self.position + torch.arange(len(labels), device=labels.device)) % size
        self.keys[rows] = keys.to(self.keys.dtype)
        self.labels[rows] = labels
        self.position.copy_((self.position + len(labels)) % size)

    def extra_repr(self) -> str:
        return f'size={len(self.labels)}'
