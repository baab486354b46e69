"""Masked features of consecutive clips: the visual half of CBT (Sun et al., 2019)."""

from typing import Dict, Mapping

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..losses import compare, dot_products
from .base import TaskHead


@MODELS.register_module()
class MaskedClipHead(TaskHead):
    r"""Predicts the feature of a clip from the other clips of the video.

    A transformer reads the features of a video's clips, with learned embeddings of positions. Each
    clip in turn is replaced by a learned mask, and the output there, :math:`\hat e_t`, is compared
    with the features e of all clips in this process,

    .. math:: -\log \frac{e^{\hat e_t \cdot e_t}}{\sum_j e^{\hat e_t \cdot e_j}}

    The loss is the mean over all clips (Sun et al., *Learning Video Representations using
    Contrastive Bidirectional Transformer*, 2019, visual loss). The gradient flows into both.

    Args:
        in_channels (int): Feature width D.
        num_clips (int): Clips of a video, in the order of time, ≥ 2. Defaults to 4.
        num_layers (int): Layers of the transformer. Defaults to 2.
        num_heads (int): Its attention heads. Defaults to 4.
        **kwargs: See :class:`TaskHead`.
    """

    def __init__(
        self,
        in_channels: int,
        num_clips: int = 4,
        num_layers: int = 2,
        num_heads: int = 4,
        **kwargs,
    ):
        super().__init__(num_clips=num_clips, **kwargs)
        self.mask = nn.Parameter(torch.zeros(in_channels))
        self.positions = nn.Parameter(0.02 * torch.randn(num_clips, in_channels))
        # No dropout: a clip that is masked is all that is hidden, and a step can be repeated.
        layer = nn.TransformerEncoderLayer(
            in_channels, num_heads, 4 * in_channels, dropout=0.0, batch_first=True
        )
        self.transformer = nn.TransformerEncoder(layer, num_layers)
        self.predict = nn.Linear(in_channels, in_channels)

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; adds the number of ``negatives``."""
        num_clips = features.size(1)
        masked = torch.eye(num_clips, dtype=torch.bool, device=features.device)[None, :, :, None]
        sequences = torch.where(masked, self.mask.to(features.dtype), features[:, None])
        outputs = self.transformer((sequences + self.positions).flatten(0, 1))
        outputs = outputs.unflatten(0, (-1, num_clips))
        predictions = self.predict(outputs.diagonal(dim1=1, dim2=2).transpose(1, 2))
        similarity = dot_products(predictions.flatten(0, 1), features.flatten(0, 1))
        same = torch.eye(len(similarity), dtype=torch.bool, device=similarity.device)
        return compare(similarity, same, ~same).logged(self.loss_weight)
