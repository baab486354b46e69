"""What all heads on clip pairs have in common."""

from abc import abstractmethod
from typing import Dict, Optional

from mmengine.model import BaseModule
from torch import Tensor

from .targets import PairTargets


class PairHead(BaseModule):
    """A task on the features of clip pairs: a small network, a loss and its weight.

    Args:
        loss_weight (float): Weight in the total loss. Defaults to 1, **not in the paper's text**.
        init_cfg (dict, optional): Initialisation. Defaults to None (PyTorch's).
    """

    def __init__(self, loss_weight: float = 1.0, init_cfg: Optional[dict] = None):
        super().__init__(init_cfg=init_cfg)
        self.loss_weight = loss_weight

    @abstractmethod
    def loss(self, features: Tensor, targets: PairTargets) -> Dict[str, Tensor]:
        """Loss of a batch, and figures to watch it by.

        Args:
            features (Tensor): Shape (N, 2, D), f_p and f_q of every pair.
            targets (PairTargets): Labels.

        Returns:
            dict[str, Tensor]: Scalars: ``loss``, weighted; ``acc``, within [0, 1]; others.
        """
