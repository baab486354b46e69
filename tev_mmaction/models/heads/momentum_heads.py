"""Tasks whose targets come from a momentum encoder: MoCo."""

from typing import Dict, Mapping

from mmaction.registry import MODELS
from torch import Tensor, nn

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
