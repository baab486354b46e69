"""The order of shuffled clips: VCOP, Xu et al., CVPR 2019, and OPN, Lee et al., ICCV 2017."""

from itertools import combinations
from math import factorial
from typing import Optional

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from .auxiliary_heads import ClassificationHead


class PairwiseClassifier(nn.Module):
    """Scores from features of all pairs of clips.

    One linear layer with ReLU, shared by the V(V−1)/2 pairs, maps the two features of a pair to the
    width of one. The results of all pairs are concatenated, and classified by a linear layer after
    dropout.

    Args:
        in_channels (int): Feature width D.
        num_clips (int): Clips V.
        num_classes (int): Number of scores.
        dropout (float): Dropout probability of the pairs' features.
    """

    def __init__(self, in_channels: int, num_clips: int, num_classes: int, dropout: float):
        super().__init__()
        self.pairs = list(combinations(range(num_clips), 2))
        self.compare = nn.Sequential(nn.Linear(2 * in_channels, in_channels), nn.ReLU())
        self.classify = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(len(self.pairs) * in_channels, num_classes)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Scores (N, num_classes) for features (N, V*D)."""
        clips = features.unflatten(1, (-1, self.compare[0].out_features))
        pairs = torch.stack([clips[:, pair].flatten(1) for pair in self.pairs], dim=1)
        return self.classify(self.compare(pairs).flatten(1))


@MODELS.register_module()
class ClipOrderHead(ClassificationHead):
    """Classifies the order of the clips of a video, one of V! orders.

    Needs the label ``permutation``, see :class:`tev_mmaction.temporal.ShuffledClipSampler`.

    Args:
        in_channels (int): Feature width D.
        num_clips (int): Clips V of a video, as the sampler draws them. Defaults to 3, as in VCOP.
        dropout (float): See :class:`PairwiseClassifier`. Defaults to 0.5, as in VCOP.
        reversible (bool): An order and its reverse are one class, as for the sampler. Defaults to
            False.
        loss_weight (float): See :class:`TaskHead`.
        init_cfg (dict, optional): See :class:`TaskHead`.

    Raises:
        ValueError: If ``num_clips`` is below 2 (or ``dropout`` outside [0, 1]).
    """

    label_name = 'permutation'

    def __init__(
        self,
        in_channels: int,
        num_clips: int = 3,
        dropout: float = 0.5,
        reversible: bool = False,
        loss_weight: float = 1.0,
        init_cfg: Optional[dict] = None,
    ):
        if num_clips < 2:
            raise ValueError(f'num_clips={num_clips}: an order needs at least 2 clips')
        num_classes = factorial(num_clips) // (2 if reversible else 1)
        classifier = PairwiseClassifier(in_channels, num_clips, num_classes, dropout)
        super().__init__(classifier, num_classes, num_clips, loss_weight, init_cfg)
        self.reversible = reversible
