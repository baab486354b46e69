"""Regression of motion and appearance statistics: STS, Wang et al., CVPR 2019."""

from typing import Dict, Mapping

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from tev_mmaction.motion import NUM_APPEARANCE, NUM_MOTION

from ..distributed import global_mean
from ..losses import widened
from .base import TaskHead


@MODELS.register_module()
class StatisticsHead(TaskHead):
    r"""Regresses the statistics of a clip from its feature by a linear layer.

    With the predictions :math:`\hat m, \hat a` of the 14 motion statistics m and the 13 appearance
    statistics a, each clip gives

    .. math:: \frac{\lambda_m}{14} \lVert \hat m - m \rVert^2
              + \frac{\lambda_a}{13} \lVert \hat a - a \rVert^2

    and the loss is the mean (Sec. 3.4; the weights are those of the released code). Needs
    :class:`ClipStatistics` in the pipeline.

    Args:
        in_channels (int): Feature width D.
        motion_weight (float): λ_m. Defaults to 1.
        appearance_weight (float): λ_a. Defaults to 0.1.
        **kwargs: See :class:`TaskHead`.
    """

    def __init__(
        self,
        in_channels: int,
        motion_weight: float = 1.0,
        appearance_weight: float = 0.1,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.motion_weight = motion_weight
        self.appearance_weight = appearance_weight
        self.regressor = nn.Linear(in_channels, NUM_MOTION + NUM_APPEARANCE)

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; ``r2`` is the share of the batch's variance explained."""
        predicted = widened(self.regressor(features.flatten(0, 1)))
        wanted = targets['statistics'].flatten(0, 1).to(predicted)
        loss = global_mean(self._weighted((predicted - wanted).square()))
        with torch.no_grad():
            deviation = (wanted - wanted.mean(dim=0)).square()
            unexplained = loss / global_mean(self._weighted(deviation)).clamp(min=1e-6)
        return dict(loss=self.loss_weight * loss, r2=1 - unexplained)

    def _weighted(self, values: Tensor) -> Tensor:
        """Weighted means (M,) of the two groups of columns."""
        motion, appearance = values.split((NUM_MOTION, NUM_APPEARANCE), dim=1)
        weighted = self.motion_weight * motion.mean(dim=1)
        return weighted + self.appearance_weight * appearance.mean(dim=1)
