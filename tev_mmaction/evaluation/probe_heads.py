"""Classifiers on frozen features: a linear layer, and attention pooling."""

import torch
from torch import Tensor, nn

_HEAD_WIDTH = 64  # of an attention head, as in most transformers


class LinearHead(nn.Linear):
    """A linear layer on one vector per video.

    Args:
        shape (tuple[int, int, int]): Clips, time steps T' and width D of the features.
        num_classes (int): Number of classes.
    """

    def __init__(self, shape: tuple, num_classes: int) -> None:
        _, steps, width = shape
        super().__init__(steps * width, num_classes)
        nn.init.trunc_normal_(self.weight, std=0.02)
        nn.init.zeros_(self.bias)

    def forward(self, maps: Tensor) -> Tensor:
        """Scores (N, classes) of features (N, clips, T', D), averaged over the clips."""
        return super().forward(maps.mean(dim=1).flatten(1))


class AttentiveHead(nn.Module):
    """Attention pooling, as in the evaluation of V-JEPA.

    A learned query attends to the features of all clips and time steps (multi-head
    cross-attention, with layer norm before it); the result is added to the query. A block of two
    layers with a GELU follows, with layer norm and a residual connection of its own, and a linear
    classifier. It is the attentive probe of Bardes et al., Revisiting Feature Prediction for
    Learning Visual Representations from Video, 2024.

    Unlike the tokens of a transformer, the positions of a convolutional map do not say when they
    are: a learned vector for each time step, the same for all clips, is added to them.

    Args:
        shape (tuple[int, int, int]): Clips, time steps T' and width D of the features.
        num_classes (int): Number of classes.
    """

    def __init__(self, shape: tuple, num_classes: int) -> None:
        super().__init__()
        _, steps, width = shape
        # The most heads that divide the width, none narrower than usual.
        most = max(1, width // _HEAD_WIDTH)
        self.num_heads = next(heads for heads in range(most, 0, -1) if width % heads == 0)
        self.time = nn.Parameter(torch.empty(steps, width))
        self.query = nn.Parameter(torch.empty(width))
        self.norm = nn.LayerNorm(width)
        self.to_query = nn.Linear(width, width)
        self.to_keys_and_values = nn.Linear(width, 2 * width)
        self.projection = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.classifier = nn.Linear(width, num_classes)
        for name, parameter in self.named_parameters():
            if parameter.ndim > 1 or name == 'query':
                nn.init.trunc_normal_(parameter, std=0.02)
            elif name.endswith('bias'):
                nn.init.zeros_(parameter)

    def forward(self, maps: Tensor) -> Tensor:
        """Scores (N, classes) of features (N, clips, T', D)."""
        width = maps.shape[-1]
        tokens = self.norm((maps + self.time).flatten(1, 2))
        heads = (self.num_heads, width // self.num_heads)
        query = self.to_query(self.query).unflatten(0, heads)
        keys, values = (
            part.unflatten(-1, heads) for part in self.to_keys_and_values(tokens).chunk(2, dim=-1)
        )
        # Not scaled_dot_product_attention, which cannot be vectorised over classifiers.
        products = torch.einsum('hd,nthd->nth', query, keys) / heads[1] ** 0.5
        found = torch.einsum('nth,nthd->nhd', products.softmax(dim=1), values)
        pooled = self.query + self.projection(found.flatten(1))
        return self.classifier(pooled + self.mlp(pooled))


HEADS = dict(linear=LinearHead, attentive=AttentiveHead)
