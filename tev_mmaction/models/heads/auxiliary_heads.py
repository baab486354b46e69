"""The auxiliary classification tasks of Sec. 3.2: speed, direction, overlap/order."""

from abc import abstractmethod
from typing import Dict, Mapping, Optional, Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..distributed import global_mean
from .base import TaskHead
from .mlp import build_mlp


class ClassificationHead(TaskHead):
    """A classifier of clips, and cross-entropy.

    Args:
        classifier (nn.Module): Features (M, in_clips*D) to scores (M, num_classes).
        num_classes (int): Classes of the task.
        in_clips (int): 1 to classify every clip by itself, else all clips of a video together.
        loss_weight (float): See :class:`TaskHead`.
        init_cfg (dict, optional): See :class:`TaskHead`.
    """

    def __init__(
        self,
        classifier: nn.Module,
        num_classes: int,
        in_clips: int = 1,
        loss_weight: float = 1.0,
        init_cfg: Optional[dict] = None,
    ):
        super().__init__(None if in_clips == 1 else in_clips, loss_weight, init_cfg)
        self.in_clips = in_clips
        self.num_classes = num_classes
        self.classifier = classifier

    @abstractmethod
    def labels(self, targets: Mapping[str, Tensor]) -> Tensor:
        """Classes of all clips (N*V,), or of all videos (N,), int64."""

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`."""
        inputs = features.flatten(0, 1) if self.in_clips == 1 else features.flatten(1)
        scores = self.classifier(inputs)
        scores = scores.to(torch.promote_types(scores.dtype, torch.float32))  # under autocast
        labels = self.labels(targets).to(scores.device)
        correct = (scores.argmax(dim=1) == labels).float()
        loss = global_mean(F.cross_entropy(scores, labels, reduction='none'))
        return dict(loss=self.loss_weight * loss, acc=global_mean(correct))


class AuxiliaryHead(ClassificationHead):
    """A classifier with one hidden layer of the feature width.

    Args:
        in_channels (int): Feature width D.
        num_classes (int): Classes of the task.
        in_clips (int): 1 to classify every clip by itself, 2 to classify pairs of clips.
        norm_cfg (dict, optional): Norm of the hidden layer; None for none. Defaults to
            ``dict(type='BN1d')``, **not in the paper's text**.
        **kwargs: See :class:`ClassificationHead`.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        in_clips: int = 1,
        norm_cfg: Optional[dict] = dict(type='BN1d'),
        **kwargs,
    ):
        classifier = build_mlp([in_clips * in_channels, in_channels, num_classes], norm_cfg)
        super().__init__(classifier, num_classes, in_clips, **kwargs)


@MODELS.register_module()
class SpeedHead(AuxiliaryHead):
    """Which of the configured speeds a clip is played at.

    Args:
        in_channels (int): Feature width D.
        speeds (Sequence[int]): The speeds that the dataset draws, increasing.
        **kwargs: See :class:`AuxiliaryHead`.
    """

    def __init__(self, in_channels: int, speeds: Sequence[int], **kwargs):
        super().__init__(in_channels, len(speeds), **kwargs)
        self.speeds = tuple(speeds)

    def labels(self, targets: Mapping[str, Tensor]) -> Tensor:
        """See :meth:`AuxiliaryHead.labels`; raises ValueError for an unknown speed."""
        speeds = targets['speeds'].flatten()
        matches = speeds[:, None] == torch.tensor(self.speeds)
        if not matches.any(dim=1).all():
            raise ValueError(
                f'{type(self).__name__} knows the speeds {self.speeds}, but the batch has '
                f"{sorted(set(speeds.tolist()))}: give the head's speeds and the dataset's "
                'clip_sampler.speeds the same value; for clips without a speed, 0, use '
                'PlaybackSpeedHead'
            )
        return matches.int().argmax(dim=1)


@MODELS.register_module()
class DirectionHead(AuxiliaryHead):
    """Whether a clip is played forwards (class 0) or backwards (class 1).

    Args:
        in_channels (int): Feature width D.
        **kwargs: See :class:`AuxiliaryHead`.
    """

    def __init__(self, in_channels: int, **kwargs):
        super().__init__(in_channels, num_classes=2, **kwargs)

    def labels(self, targets: Mapping[str, Tensor]) -> Tensor:
        """See :meth:`AuxiliaryHead.labels`."""
        return (targets['directions'].flatten() < 0).long()


@MODELS.register_module()
class OrderHead(AuxiliaryHead):
    """Whether clip p lies before q (class 0), after q (1), or overlaps it (2), in source time.

    Args:
        in_channels (int): Feature width D.
        **kwargs: See :class:`AuxiliaryHead`.
    """

    def __init__(self, in_channels: int, **kwargs):
        super().__init__(in_channels, num_classes=3, in_clips=2, **kwargs)

    def labels(self, targets: Mapping[str, Tensor]) -> Tensor:
        """See :meth:`AuxiliaryHead.labels`."""
        return targets['order']
