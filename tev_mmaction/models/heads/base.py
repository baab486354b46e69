"""What all heads on the clips of videos have in common."""

from abc import abstractmethod
from typing import Dict, Mapping, Optional

from mmengine.model import BaseModule
from torch import Tensor


class TaskHead(BaseModule):
    """A task on the features of a video's clips: a small network, a loss and its weight.

    Args:
        num_clips (int, optional): Clips V of a video that the task is about; None for any number.
        loss_weight (float): Weight in the total loss. Defaults to 1, **not in the paper's text**.
        init_cfg (dict, optional): Initialisation. Defaults to None (PyTorch's).
    """

    def __init__(
        self,
        num_clips: Optional[int] = None,
        loss_weight: float = 1.0,
        init_cfg: Optional[dict] = None,
    ):
        super().__init__(init_cfg=init_cfg)
        self.num_clips = num_clips
        self.loss_weight = loss_weight

    @abstractmethod
    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """Loss of a batch, and figures to watch it by.

        Args:
            features (Tensor): Shape (N, V, D), of V clips of every video.
            targets (Mapping[str, Tensor]): Labels by name, see :class:`ClipTargets`.

        Returns:
            dict[str, Tensor]: Scalars: ``loss``, weighted; ``acc`` and ``chance``, that of
                guessing, within [0, 1]; others.
        """
