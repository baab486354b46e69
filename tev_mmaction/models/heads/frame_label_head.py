"""Classes of every frame of a clip."""

from typing import Dict, List, Mapping, Optional

from mmaction.registry import MODELS
from torch import Tensor

from .auxiliary_heads import ClassificationHead
from .base import build_mlp
from .map_head import MapHead


@MODELS.register_module()
class FrameLabelHead(MapHead, ClassificationHead):
    """Classifies every frame of a clip by a label with the values 0 … C−1.

    Every time step of the last map, averaged over space, is classified by a network with one hidden
    layer of the feature width: once for each of the frames that the step stands for. The loss is
    the mean of the cross-entropy over frames.

    Args:
        in_channels (int): Channels of the last map.
        label (str): Name of the label, with a number per frame, see :class:`ClipTargets`.
        num_classes (int): Classes C of the task.
        frames_per_step (int): Frames T of a clip by time steps of the map. Defaults to 16, for
            R3D-18, whose map of 16 frames has one step.
        norm_cfg (dict, optional): Norm of the hidden layer; None for none. Defaults to
            ``dict(type='BN1d')``.
        **kwargs: See :class:`ClassificationHead`.
    """

    def __init__(
        self,
        in_channels: int,
        label: str,
        num_classes: int,
        frames_per_step: int = 16,
        norm_cfg: Optional[dict] = dict(type='BN1d'),
        **kwargs,
    ):
        widths = [in_channels, in_channels, frames_per_step * num_classes]
        super().__init__(build_mlp(widths, norm_cfg), num_classes, **kwargs)
        self.label_name = label
        self.frames_per_step = frames_per_step

    def loss(self, features: List[Tensor], targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`.

        Raises:
            ValueError: If the steps do not stand for as many frames as are labelled.
        """
        steps = features[-1].mean(dim=(4, 5)).transpose(2, 3)  # (N, V, T', C)
        num_frames = targets[str(self.label_name)].size(2)
        if steps.size(2) * self.frames_per_step != num_frames:
            raise ValueError(
                f'FrameLabelHead: {steps.size(2)} time steps of the map with frames_per_step='
                f'{self.frames_per_step} are not the {num_frames} frames of the clips: set '
                f'frames_per_step={num_frames / steps.size(2):g}'
            )
        scores = self.classifier(steps.flatten(0, 2))
        return self.judge(scores.unflatten(1, (-1, self.num_classes)).flatten(0, 1), targets)
