"""A momentum encoder: an averaged copy of the network, whose outputs are targets."""

from typing import Dict, Mapping

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..heads import TaskHead

_NETWORK = 'network'  # not 'backbone': a checkpoint is searched for that name


class MomentumEncoder(nn.Module):
    """An average of the backbone and of the projections of heads over training steps.

    The average is one of mmengine's averaged models, such as ``ExponentialMovingAverage`` with
    θ' ← (1 − m) θ' + m θ for ``momentum=m``. Its first update copies the weights. Norms use the
    statistics of their own batch in training, and the running statistics of the network otherwise.

    Args:
        average (dict): Config of the averaged model, without ``model``.
        backbone (nn.Module): The network that is trained.
        heads (Mapping[str, TaskHead]): Heads by name; those with a ``projection`` get an averaged
            one.

    Raises:
        ValueError: If no head has a ``projection``.
    """

    def __init__(self, average: dict, backbone: nn.Module, heads: Mapping[str, TaskHead]):
        super().__init__()
        if all(head.projection is None for head in heads.values()):
            raise ValueError(
                'model.momentum_encoder: none of the heads uses it; set it to None, or use a head '
                'such as MoCoHead'
            )
        self.averaged = MODELS.build(
            average, default_args=dict(model=_trained_parts(backbone, heads))
        )

    def update(self, backbone: nn.Module, heads: Mapping[str, TaskHead]) -> None:
        """Add the weights after a training step to the average.

        Args:
            backbone: The network that is trained.
            heads: Heads by name.
        """
        self.averaged.update_parameters(_trained_parts(backbone, heads))

    @property
    def backbone(self) -> nn.Module:
        """nn.Module: The averaged backbone."""
        return self.averaged.module[_NETWORK]

    @torch.no_grad()
    def project(self, features: Tensor) -> Dict[str, Tensor]:
        """Averaged projections of features, (N, V, D'), by the names of the heads.

        Args:
            features: Shape (N, V, D), of the averaged backbone.
        """
        return {
            name.removeprefix('head_'): module(features.flatten(0, 1)).unflatten(
                0, features.shape[:2]
            )
            for name, module in self.averaged.module.items()
            if name != _NETWORK
        }


def _trained_parts(backbone: nn.Module, heads: Mapping[str, TaskHead]) -> nn.ModuleDict:
    parts = {f'head_{name}': head.projection for name, head in heads.items()}
    return nn.ModuleDict(
        {_NETWORK: backbone, **{name: part for name, part in parts.items() if part is not None}}
    )
