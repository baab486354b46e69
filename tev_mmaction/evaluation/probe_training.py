"""Trains many classifiers on the same frozen features at once."""

from typing import Dict, List, NamedTuple, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.optim.lr_scheduler import CosineAnnealingLR

BATCH_SIZE = 64
_SCORED = 1024  # videos at a time


class Setting(NamedTuple):
    """Settings of one classifier.

    Args:
        rate (float): Learning rate at the start.
        decay (float): Weight decay of AdamW; not for biases and norms.
    """

    rate: float
    decay: float


class TrainedHeads:
    """Classifiers of one kind, each with weights of its own.

    Args:
        head (nn.Module): Their kind; its own weights are not used.
        weights (list[dict[str, Tensor]]): Weights of each.
    """

    def __init__(self, head: nn.Module, weights: List[Dict[str, Tensor]]) -> None:
        self.head = head
        self.weights = weights

    def scores(self, inputs: Tensor) -> Tensor:
        """Scores (P, N, classes) that P classifiers give to N videos.

        Args:
            inputs (Tensor): Shape (N, clips, T', D).
        """
        stacked = {
            name: torch.stack([weights[name] for weights in self.weights])
            for name in self.weights[0]
        }
        return vmap(lambda weights: functional_call(self.head, weights, (inputs,)))(stacked)

    @torch.no_grad()
    def predict(self, inputs: Tensor) -> Tensor:
        """Predicted classes (P, N), in bounded memory."""
        parts = [self.scores(part).argmax(dim=-1) for part in inputs.split(_SCORED)]
        return torch.cat(parts, dim=1)


def train_heads(
    head: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    settings: Sequence[Setting],
    steps: int,
    seed: int,
) -> TrainedHeads:
    """Train one classifier per setting, all on the same batches and from the same weights.

    AdamW with a cosine schedule to zero, and cross-entropy. No classifier affects another: each
    becomes what it would be if it were trained alone.

    Args:
        head (nn.Module): The classifier with its initial weights.
        inputs (Tensor): Shape (N, clips, T', D).
        labels (Tensor): Shape (N,), int64.
        settings (Sequence[Setting]): Settings of the classifiers.
        steps (int): Number of batches. Videos are shuffled whenever all have been used.
        seed (int): Of the batches.
    """
    heads = TrainedHeads(
        head,
        [
            {name: p.detach().clone().requires_grad_() for name, p in head.named_parameters()}
            for _ in settings
        ],
    )
    optimizer = torch.optim.AdamW(
        [
            dict(
                params=[p for p in weights.values() if (p.ndim > 1) == decayed],
                lr=setting.rate,
                weight_decay=setting.decay if decayed else 0.0,
            )
            for weights, setting in zip(heads.weights, settings)
            for decayed in (True, False)
        ]
    )
    scheduler = CosineAnnealingLR(optimizer, steps)
    generator = torch.Generator().manual_seed(seed)
    queue = torch.empty(0, dtype=torch.int64)
    for _ in range(steps):
        if not len(queue):
            queue = torch.randperm(len(inputs), generator=generator)
        batch, queue = queue[:BATCH_SIZE], queue[BATCH_SIZE:]
        scores = heads.scores(inputs[batch])
        losses = [F.cross_entropy(each, labels[batch]) for each in scores]
        optimizer.zero_grad()
        torch.stack(losses).sum().backward()
        optimizer.step()
        scheduler.step()
    return heads
