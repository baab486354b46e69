"""The two contrastive tasks: equivariance (Sec. 3.1) and instance discrimination (Sec. 3.3)."""

from typing import Dict, Optional

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ..distributed import global_any
from ..losses import InfoNCELoss
from .base import PairHead
from .mlp import build_mlp
from .targets import PairTargets

_NORM = dict(type='BN1d')


class ContrastiveHead(PairHead):
    """An MLP with two hidden layers that keep the feature width, and InfoNCE on its output.

    Args:
        in_channels (int): Feature width D.
        in_clips (int): Clips whose features are concatenated to one input.
        temperature (float): λ of Eq. 2. Defaults to 0.1, **not in the paper's text**.
        norm_cfg (dict, optional): Norm of the hidden layers; None for none. Defaults to
            ``dict(type='BN1d')``, **not in the paper's text**.
        loss_weight (float): See :class:`PairHead`.
        init_cfg (dict, optional): See :class:`PairHead`.
    """

    def __init__(
        self,
        in_channels: int,
        in_clips: int,
        temperature: float = 0.1,
        norm_cfg: Optional[dict] = _NORM,
        loss_weight: float = 1.0,
        init_cfg: Optional[dict] = None,
    ):
        super().__init__(loss_weight, init_cfg)
        self.mlp = build_mlp([in_clips * in_channels, *[in_channels] * 3], norm_cfg)
        self.criterion = InfoNCELoss(temperature)

    def contrast(
        self, embeddings: Tensor, labels: Tensor, sources: Optional[Tensor] = None
    ) -> Dict[str, Tensor]:
        """InfoNCE of MLP outputs (M, D); ``labels`` and ``sources`` (M,) may be on the CPU."""
        device = embeddings.device
        result = self.criterion.contrast(
            embeddings, labels.to(device), None if sources is None else sources.to(device)
        )
        if self.training and not global_any(result.num_positives > 0, device):
            raise RuntimeError(
                f'{type(self).__name__}: no two of the {len(labels)} embeddings of this training '
                'batch are positives of each other. Use ClipPairDataset with group_size >= 2, '
                'unwrapped, and a batch_size that is a multiple of it.'
            )
        return dict(
            loss=self.loss_weight * result.loss, acc=result.accuracy, negatives=result.negatives
        )


@MODELS.register_module()
class EquivarianceHead(ContrastiveHead):
    """ψ and Eq. 1: the same relative transformation of different videos, against others.

    Args:
        in_channels (int): Feature width D.
        with_swapped (bool): Encode (q, p) as well as (p, q) of every video, labelled ρ(q, p): it
            doubles the terms, and adds the negative that differs in nothing but the order of the
            clips. **Not in the paper's text.** Defaults to True.
        **kwargs: See :class:`ContrastiveHead`.
    """

    def __init__(self, in_channels: int, with_swapped: bool = True, **kwargs):
        super().__init__(in_channels, in_clips=2, **kwargs)
        self.with_swapped = with_swapped

    def loss(self, features: Tensor, targets: PairTargets) -> Dict[str, Tensor]:
        """See :meth:`PairHead.loss`; adds ``negatives`` an anchor."""
        pairs, labels, videos = features, targets.relative, targets.video
        if self.with_swapped:
            pairs = torch.cat([features, features.flip(1)])
            labels = torch.cat([targets.relative, targets.swapped])
            videos = torch.cat([videos, videos])
        return self.contrast(self.mlp(pairs.flatten(1)), labels, videos)


@MODELS.register_module()
class InstanceHead(ContrastiveHead):
    """χ and Eq. 3: the two clips of a video, against those of other videos.

    Args:
        in_channels (int): Feature width D.
        **kwargs: See :class:`ContrastiveHead`.
    """

    def __init__(self, in_channels: int, **kwargs):
        super().__init__(in_channels, in_clips=1, **kwargs)

    def loss(self, features: Tensor, targets: PairTargets) -> Dict[str, Tensor]:
        """See :meth:`PairHead.loss`; adds ``negatives`` an anchor."""
        return self.contrast(
            self.mlp(features.flatten(0, 1)), targets.video.repeat_interleave(features.size(1))
        )
