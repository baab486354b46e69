"""Predictive equivariance: the feature of a clip from that of another one, and their relation."""

from typing import Dict, Mapping, Optional

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..distributed import global_mean
from ..losses import compare, dot_products, widened
from .base import TaskHead, build_mlp


@MODELS.register_module()
class RelativePredictionHead(TaskHead):
    r"""Predicts the averaged feature of clip q from the feature of clip p and ρ(p, q).

    After seq-JEPA (Ghaemi, Muller & Bakhtiari, *seq-JEPA: Autoregressive Predictive Learning of
    Invariant-Equivariant World Models*, 2025), whose actions are here the relative transformations
    of the paper. With a linear embedding A of the five numbers of ρ, a predictor h and the features
    :math:`\bar f` of an averaged network, both directions of every pair give

    .. math:: 1 - \cos\big(h(f_p, A \rho(p, q)), \bar f_q\big)

    and the loss is the mean. There are no negatives: constant features would have the loss 0, so
    watch ``acc``, the share of predictions whose most similar averaged feature in this process, of
    both clips of all videos, is the right one. Needs ``model.momentum_encoder`` and pairs of
    :class:`RelativeTransformSampler`.

    Args:
        in_channels (int): Feature width D, also of A's output.
        shift_scale (float): Source frames by which Δ is divided; speeds enter as logarithms to the
            base 2. Defaults to 32.
        norm_cfg (dict, optional): Norm of the hidden layer of h, which has the feature's width.
            Defaults to ``dict(type='BN1d')``.
        **kwargs: See :class:`TaskHead`.

    Raises:
        ValueError: If ``shift_scale`` is not positive.
    """

    def __init__(
        self,
        in_channels: int,
        shift_scale: float = 32.0,
        norm_cfg: Optional[dict] = dict(type='BN1d'),
        **kwargs,
    ):
        super().__init__(num_clips=2, **kwargs)
        if shift_scale <= 0:
            raise ValueError(f'shift_scale={shift_scale}: give a number of source frames, > 0')
        self.shift_scale = shift_scale
        self.embed_relation = nn.Linear(5, in_channels, bias=False)
        self.predictor = build_mlp([2 * in_channels, in_channels, in_channels], norm_cfg)
        self._averaged_feature = nn.Identity()

    @property
    def projection(self) -> nn.Module:
        """See :attr:`TaskHead.projection`; targets are features themselves."""
        return self._averaged_feature

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`."""
        relations = self.embed_relation(self.relations(targets).to(features))
        predictions = self.predictor(torch.cat([features, relations], dim=2).flatten(0, 1))
        directions = F.normalize(widened(predictions), dim=1)
        wanted = F.normalize(targets['averaged'].to(directions), dim=2).flip(1).flatten(0, 1)
        loss = global_mean(1 - (directions * wanted).sum(dim=1))
        with torch.no_grad():
            similarity = dot_products(directions, wanted)
            right = torch.eye(len(wanted), dtype=torch.bool, device=wanted.device)
            figures = compare(similarity, right, ~right)
        return dict(loss=self.loss_weight * loss, acc=figures.accuracy, chance=figures.chance)

    def relations(self, targets: Mapping[str, Tensor]) -> Tensor:
        """The five numbers of ρ(p, q) and of ρ(q, p), shape (N, 2, 5), float32.

        Args:
            targets: Labels of the batch, by name.
        """
        speeds, directions = targets['speeds'].float().log2(), targets['directions'].float()
        shift = targets['shift'].float() / self.shift_scale
        forth = torch.stack([speeds, directions], dim=2)  # (N, clip, speed and direction)
        pairs = torch.stack([forth.flatten(1), forth.flip(1).flatten(1)], dim=1)
        return torch.cat([pairs, torch.stack([shift, -shift], dim=1)[:, :, None]], dim=2)
