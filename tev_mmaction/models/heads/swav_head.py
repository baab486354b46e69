"""Swapped predictions of cluster codes: SwAV of Caron et al., NeurIPS 2020."""

from typing import Dict, Mapping, Optional

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..distributed import gather_rows, global_mean
from ..losses import dot_products, widened
from .base import TaskHead, build_mlp


def balanced_codes(scores: Tensor, epsilon: float, iterations: int) -> Tensor:
    """Soft assignments that use all prototypes equally, by Sinkhorn and Knopp's iterations.

    Args:
        scores (Tensor): Shape (B, K), similarities of B embeddings and K prototypes.
        epsilon (float): Entropy ε; small values make assignments hard.
        iterations (int): Times that rows and columns are scaled.

    Returns:
        Tensor: Shape (B, K); exp(scores / ε), whose columns and then rows are scaled to equal sums;
        rows add up to 1.
    """
    logs = scores / epsilon
    for _ in range(iterations):
        logs = logs - logs.logsumexp(dim=0, keepdim=True)
        logs = logs - logs.logsumexp(dim=1, keepdim=True)
    return logs.exp()


@MODELS.register_module()
class SwAVHead(TaskHead):
    r"""Predicts the code of a clip from another clip of the video.

    With the cosines :math:`s_a` of the projection of clip a and K learned prototypes, codes
    :math:`q_a` are balanced over all videos and ranks, for the clips of one position at a time (see
    :func:`balanced_codes`), without gradient. Every ordered pair (a, b) of different clips of a
    video gives

    .. math:: -\sum_k q_{ak} \log \frac{e^{s_{bk}/\lambda}}{\sum_j e^{s_{bj}/\lambda}}

    and the loss is the mean.

    Args:
        in_channels (int): Feature width D, also of the projection.
        num_prototypes (int): K. Defaults to 1000.
        temperature (float): λ. Defaults to 0.1.
        epsilon (float): See :func:`balanced_codes`. Defaults to 0.05.
        iterations (int): See :func:`balanced_codes`. Defaults to 3.
        norm_cfg (dict, optional): Norm of the hidden layer of the projection. Defaults to
            ``dict(type='BN1d')``.
        **kwargs: See :class:`TaskHead`.
    """

    def __init__(
        self,
        in_channels: int,
        num_prototypes: int = 1000,
        temperature: float = 0.1,
        epsilon: float = 0.05,
        iterations: int = 3,
        norm_cfg: Optional[dict] = dict(type='BN1d'),
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.mlp = build_mlp([in_channels] * 3, norm_cfg)
        self.prototypes = nn.Parameter(torch.randn(num_prototypes, in_channels))
        self.temperature = temperature
        self.epsilon = epsilon
        self.iterations = iterations

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; ``acc`` is the share of predictions with the code's maximum.

        ``chance`` is the share of the most frequent maximum.

        Raises:
            ValueError: If videos have one clip.
        """
        num_clips = features.size(1)
        if num_clips < 2:
            raise ValueError('SwAVHead: use a clip_sampler that draws several clips of every video')
        embeddings = F.normalize(widened(self.mlp(features.flatten(0, 1))), dim=1)
        prototypes = F.normalize(self.prototypes, dim=1)
        scores = dot_products(embeddings, prototypes).unflatten(0, (-1, num_clips))
        codes = self._codes(scores)
        predicted = (scores / self.temperature).log_softmax(dim=2)
        pairs = ~torch.eye(num_clips, dtype=torch.bool, device=features.device)
        terms = -dot_products(codes, predicted)[:, pairs]
        with torch.no_grad():
            wanted = codes.argmax(dim=2)
            hits = (wanted[:, :, None] == scores.argmax(dim=2)[:, None])[:, pairs]
            everywhere, _ = gather_rows(wanted.flatten())
            chance = everywhere.bincount().max() / len(everywhere)
        return dict(
            loss=self.loss_weight * global_mean(terms.flatten()),
            acc=global_mean(hits.flatten().to(scores.dtype)),
            chance=chance,
        )

    @torch.no_grad()
    def _codes(self, scores: Tensor) -> Tensor:
        """Codes (N, V, K) of this rank's clips, balanced over all ranks."""
        everywhere, first = gather_rows(scores)
        codes = [
            balanced_codes(of_clip, self.epsilon, self.iterations)
            for of_clip in everywhere.unbind(dim=1)
        ]
        return torch.stack(codes, dim=1)[first : first + len(scores)]
