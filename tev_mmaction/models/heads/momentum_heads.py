"""Tasks whose targets come from a momentum encoder: MoCo and BYOL."""

from typing import Dict, Mapping, Optional

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..distributed import global_mean
from ..losses import InfoNCELoss, dot_products, widened
from .base import TaskHead, build_mlp
from .contrastive_heads import InstanceHead


@MODELS.register_module()
class MoCoHead(InstanceHead):
    r"""Contrasts the clips of a video with keys of a momentum encoder (He et al., CVPR 2020).

    With the projection :math:`u_a` of a clip, the averaged projections :math:`k` of the batch's
    clips and those of the queue Q, every ordered pair (a, b) of different clips of a video gives

    .. math:: -\log \frac{e^{\cos(u_a, k_b)/\lambda}}
        {e^{\cos(u_a, k_b)/\lambda} + \sum_{c} e^{\cos(u_a, k_c)/\lambda}}

    with c over the keys of other videos in the batch and in Q, and the loss is the mean. Needs
    ``model.momentum_encoder``.

    Args:
        in_channels (int): Feature width D.
        queue_size (int): Number of keys of past batches, see :class:`InstanceHead`.
        **kwargs: See :class:`ContrastiveHead`.
    """

    @property
    def projection(self) -> nn.Module:
        """See :attr:`TaskHead.projection`."""
        return self.mlp

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; adds ``chance`` and ``negatives`` per anchor."""
        videos = targets['sample_idx'].repeat_interleave(features.size(1))
        keys = targets['averaged'].flatten(0, 1)
        return self.contrast(self.mlp(features.flatten(0, 1)), videos, queue=self.queue, keys=keys)


@MODELS.register_module()
class BYOLHead(TaskHead):
    r"""Predicts the averaged projections of a video's other clips (Grill et al., NeurIPS 2020).

    With the prediction :math:`p_a` of a clip and the averaged projections k, every ordered pair
    (a, b) of different clips of a video gives

    .. math:: 2 - 2 \cos(p_a, k_b)

    and the loss is the mean. There are no negatives: constant features would have the loss 0, so
    watch ``acc``, the share of predictions whose most similar averaged projection, of all other
    clips in the batch, is of the same video. Needs ``model.momentum_encoder``.

    Args:
        in_channels (int): Feature width D, also of projections and predictions.
        norm_cfg (dict, optional): Norm of the hidden layer of projection and prediction. Defaults
            to ``dict(type='BN1d')``.
        **kwargs: See :class:`TaskHead`.
    """

    def __init__(self, in_channels: int, norm_cfg: Optional[dict] = dict(type='BN1d'), **kwargs):
        super().__init__(**kwargs)
        self.projector = build_mlp([in_channels] * 3, norm_cfg)
        self.predictor = build_mlp([in_channels] * 3, norm_cfg)
        self.figures = InfoNCELoss()

    @property
    def projection(self) -> nn.Module:
        """See :attr:`TaskHead.projection`."""
        return self.projector

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`.

        Raises:
            ValueError: If videos have one clip.
        """
        num_clips, averaged = features.size(1), targets['averaged']
        if num_clips < 2:
            raise ValueError('BYOLHead: use a clip_sampler that draws several clips of every video')
        predictions = self.predictor(self.projector(features.flatten(0, 1)))
        directions = F.normalize(widened(predictions), dim=1).unflatten(0, (-1, num_clips))
        cosines = dot_products(directions, F.normalize(averaged.to(directions), dim=2))
        pairs = ~torch.eye(num_clips, dtype=torch.bool, device=features.device)
        loss = global_mean((2 - 2 * cosines)[:, pairs].flatten())
        videos = targets['sample_idx'].repeat_interleave(num_clips).to(features.device)
        with torch.no_grad():
            figures = self.figures.contrast(predictions, videos, keys=averaged.flatten(0, 1))
        return dict(loss=self.loss_weight * loss, acc=figures.accuracy, chance=figures.chance)
