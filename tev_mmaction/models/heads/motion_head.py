"""Predicts the kind and direction of motion in a clip, as measured by its optical flow."""

from typing import Dict, Mapping, Optional

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ..distributed import global_mean
from .base import TaskHead, build_mlp

# Columns of the statistics of a part, see tev_mmaction.motion.statistics: directions,
# mass, velocity, rotation, expansion, turning.
_GROUPS = (8, 1, 2, 1, 1, 1)


@MODELS.register_module()
class MotionHead(TaskHead):
    """Predicts the motion statistics of each part of a clip from its feature.

    The loss is the squared error divided by the variance, averaged over six groups of statistics,
    so that eight shares of directions have the same weight as one rotation. It needs
    :class:`ClipMotion` in the pipeline. **Not in the paper**: none of its tasks uses the direction
    of motion.

    Args:
        in_channels (int): Feature width D.
        parts (int): The same as for :class:`ClipMotion`. Defaults to 4.
        norm_cfg (dict, optional): Norm of the hidden layer, which has the feature's width; None for
            none. Defaults to ``dict(type='BN1d')``.
        **kwargs: See :class:`TaskHead`.
    """

    def __init__(
        self,
        in_channels: int,
        parts: int = 4,
        norm_cfg: Optional[dict] = dict(type='BN1d'),
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.parts = parts
        self.regressor = build_mlp([in_channels, in_channels, parts * sum(_GROUPS)], norm_cfg)

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; ``r2`` is the share of explained variance.

        Raises:
            ValueError: If the statistics have another number of parts.
        """
        motion = targets['motion']
        if motion.shape[2:] != (self.parts, sum(_GROUPS)):
            raise ValueError(
                f'MotionHead predicts {self.parts} parts of {sum(_GROUPS)} statistics, but the '
                f'batch has {tuple(motion.shape[2:])}: give the head and ClipMotion the same parts'
            )
        motion = motion.flatten(0, 1).to(features.device)
        predicted = self.regressor(features.flatten(0, 1)).unflatten(1, motion.shape[1:])
        errors = (predicted.to(motion.dtype) - motion).square()
        loss = global_mean(self._balanced(errors))
        with torch.no_grad():
            unexplained = loss / global_mean(self._balanced(motion.square())).clamp(min=1e-6)
        return dict(loss=self.loss_weight * loss, r2=1 - unexplained)

    @staticmethod
    def _balanced(values: Tensor) -> Tensor:
        """Mean over the groups of the mean over their columns, (M,)."""
        groups = values.mean(dim=1).split(_GROUPS, dim=1)
        return torch.stack([group.mean(dim=1) for group in groups], dim=1).mean(dim=1)
