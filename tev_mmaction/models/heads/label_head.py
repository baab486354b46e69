"""Any label of a sampler or of the pipeline as the classes of a task."""

from typing import Optional

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from .auxiliary_heads import ClassificationHead
from .base import build_mlp

_FUSIONS = ('concat', 'differences')


class SumOfDifferences(nn.Module):
    """Sums the differences of all pairs of clips, Σ_{i<j} (f_i − f_j).

    Args:
        num_clips (int): Clips V.
    """

    def __init__(self, num_clips: int):
        super().__init__()
        self.num_clips = num_clips

    def forward(self, features: Tensor) -> Tensor:
        """Sums (N, D) for features (N, V*D)."""
        clips = features.unflatten(1, (self.num_clips, -1))
        last = self.num_clips - 1  # clip i is first in V−1−i pairs, and second in i
        weights = torch.arange(last, -last - 1, -2, device=features.device, dtype=features.dtype)
        return (weights[:, None] * clips).sum(dim=1)


@MODELS.register_module()
class LabelHead(ClassificationHead):
    """Classifies clips, or all clips of a video together, by a label with the values 0 … C−1.

    The classifier has one hidden layer of the feature width.

    Args:
        in_channels (int): Feature width D.
        label (str): Name of the label, see :class:`ClipTargets`.
        num_classes (int): Classes C of the task.
        in_clips (int): 1 to classify every clip separately, V to classify videos by their V clips.
            Defaults to 1.
        fusion (str): Input of the classifier if there are several clips: ``'concat'``, their
            features one after another, or ``'differences'``, see :class:`SumOfDifferences`.
            Defaults to ``'concat'``.
        norm_cfg (dict, optional): Norm of the hidden layer; None for none. Defaults to
            ``dict(type='BN1d')``.
        **kwargs: See :class:`ClassificationHead`.

    Raises:
        ValueError: For another ``fusion``.
    """

    def __init__(
        self,
        in_channels: int,
        label: str,
        num_classes: int,
        in_clips: int = 1,
        fusion: str = 'concat',
        norm_cfg: Optional[dict] = dict(type='BN1d'),
        **kwargs,
    ):
        if fusion not in _FUSIONS:
            raise ValueError(f'fusion={fusion!r}: give one of {_FUSIONS}')
        joined = in_channels if fusion == 'differences' else in_clips * in_channels
        classifier = build_mlp([joined, in_channels, num_classes], norm_cfg)
        if fusion == 'differences':
            classifier.insert(0, SumOfDifferences(in_clips))
        super().__init__(classifier, num_classes, in_clips, **kwargs)
        self.label_name = label
        self.fusion = fusion
