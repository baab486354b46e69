"""The two tasks of Jenni, Meishvili and Favaro (ECCV 2020): playback transformation and speed."""

from typing import Dict, Mapping

from mmaction.registry import MODELS
from torch import Tensor

from .auxiliary_heads import AuxiliaryHead, SpeedHead


@MODELS.register_module()
class PlaybackHead(AuxiliaryHead):
    """Classifies the playback of a clip: uniform, random, periodic or warped.

    Needs the labels of :class:`tev_mmaction.temporal.PlaybackSampler`.

    Args:
        in_channels (int): Feature width D.
        **kwargs: See :class:`AuxiliaryHead`.
    """

    label_name = 'playback'
    class_names = ('uniform', 'random', 'periodic', 'warp')

    def __init__(self, in_channels: int, **kwargs):
        super().__init__(in_channels, num_classes=4, **kwargs)


@MODELS.register_module()
class PlaybackSpeedHead(SpeedHead):
    """Classifies the speed of uniform and periodic clips; other clips have the speed 0.

    Args:
        in_channels (int): Feature width D.
        speeds (Sequence[int]): The speeds that the dataset draws, increasing.
        **kwargs: See :class:`AuxiliaryHead`.
    """

    def labels(self, targets: Mapping[str, Tensor]) -> Tensor:
        """Classes of the clips that have a speed, (M,); raises as :meth:`SpeedHead.labels`."""
        speeds = targets['speeds']
        return super().labels(dict(speeds=speeds[speeds > 0]))

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`."""
        rows = (targets['speeds'].flatten() > 0).nonzero()  # on the CPU: no synchronisation
        return super().loss(features.flatten(0, 1)[rows.to(features.device)], targets)
