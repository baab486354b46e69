"""Relative speed: RSPNet, Chen et al., AAAI 2021."""

from typing import Dict, Mapping, Optional

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor

from ..distributed import global_mean
from ..losses import widened
from .base import TaskHead, build_mlp


@MODELS.register_module()
class RelativeSpeedHead(TaskHead):
    r"""Clips of a video at equal speeds are more similar than clips at different speeds.

    With embeddings z of an MLP, each triple of clips of one video, in which b, but not c, has the
    speed of a, gives one term, and the loss is their mean:

    .. math:: \ell(a, b, c) = \max(0, \gamma - \cos(z_a, \mathrm{sg}(z_b))
              + \cos(z_a, \mathrm{sg}(z_c)))

    The accuracy is the share of triples in which b is more similar to a than c is.

    Args:
        in_channels (int): Feature width D.
        margin (float): γ, ≥ 0. Defaults to 0.15, as in RSPNet.
        norm_cfg (dict, optional): Norm of the MLP's two hidden layers, which have the feature's
            width; None for none. Defaults to ``dict(type='BN1d')``.
        **kwargs: See :class:`TaskHead`.

    Raises:
        ValueError: If the margin is negative; in training, if a batch has no triple.
    """

    def __init__(
        self,
        in_channels: int,
        margin: float = 0.15,
        norm_cfg: Optional[dict] = dict(type='BN1d'),
        **kwargs,
    ):
        super().__init__(**kwargs)
        if margin < 0:
            raise ValueError(f'margin={margin}: must be >= 0, for example 0.15')
        self.margin = margin
        self.mlp = build_mlp([in_channels] * 4, norm_cfg)

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`."""
        speeds = targets['speeds']
        equal = speeds[:, :, None] == speeds[:, None]
        others = ~torch.eye(speeds.size(1), dtype=torch.bool)
        video, a, b, c = ((equal & others)[..., None] & ~equal[:, :, None]).nonzero(as_tuple=True)
        if self.training and not len(video):
            raise ValueError(
                'RelativeSpeedHead: no video of this batch has two clips of one speed and one of '
                'another: use IndependentClipSampler with distinct_speeds=True and '
                'draws_per_speed=2'
            )
        embeddings = self.mlp(features.flatten(0, 1)).unflatten(0, speeds.shape)
        embeddings = widened(embeddings)
        with torch.autocast(embeddings.device.type, enabled=False):
            units = F.normalize(embeddings, dim=-1)
            similarity = units @ units.detach().transpose(1, 2)
        gain = similarity[video, a, b] - similarity[video, a, c]
        loss = global_mean((self.margin - gain).clamp(min=0))
        accuracy = global_mean((gain.detach() > 0).to(gain.dtype))
        return dict(loss=self.loss_weight * loss, acc=accuracy, chance=gain.new_full((), 0.5))
