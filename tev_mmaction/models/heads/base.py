"""Common base of all heads on the clips of videos, and their layers."""

from abc import abstractmethod
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from mmaction.structures import ActionDataSample
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

from .targets import ClipTargets


class TaskHead(BaseModule):
    """A task on the features of a video's clips: a small network, a loss and its weight.

    Args:
        num_clips (int, optional): Number of clips V that the task needs; None for any number.
        loss_weight (float): Weight in the total loss. Defaults to 1, **not in the paper's text**.
        init_cfg (dict, optional): Initialisation. Defaults to None (PyTorch's).
        clips (Sequence[int], optional): Positions of the clips that the head uses, if the sampler
            draws more clips than the task needs. None: all. Defaults to None.
    """

    def __init__(
        self,
        num_clips: Optional[int] = None,
        loss_weight: float = 1.0,
        init_cfg: Optional[dict] = None,
        clips: Optional[Sequence[int]] = None,
    ):
        super().__init__(init_cfg=init_cfg)
        self.num_clips = num_clips
        self.loss_weight = loss_weight
        self.clips = None if clips is None else tuple(clips)

    @property
    def projection(self) -> Optional[nn.Module]:
        """nn.Module | None: The part that maps features (M, D) to embeddings (M, D').

        With ``model.momentum_encoder``, the outputs of its averaged copy for the averaged features
        are the label ``averaged`` (N, V, D'). None if the head does not use it.
        """
        return None

    def select(self, features: Any, targets: ClipTargets) -> Tuple[Any, Mapping[str, Tensor]]:
        """Features (N, V', D) and labels of the clips that the head uses.

        Args:
            features: Shape (N, V, D), for all V clips of N videos.
            targets: Labels of the batch, by name.

        Raises:
            ValueError: If the batch lacks these clips, or has another number than the task needs.
        """
        drawn = features.size(1)
        labels: Mapping[str, Tensor] = targets
        if self.clips is not None:
            if not all(0 <= clip < drawn for clip in self.clips):
                raise ValueError(f'clips={self.clips}: the batch has clips 0 to {drawn - 1}')
            features = features[:, list(self.clips)]
            labels = targets.of_clips(self.clips)
        if self.num_clips not in (None, features.size(1)):
            raise ValueError(
                f'{type(self).__name__} is trained on {self.num_clips} clips per video, but gets '
                f'{features.size(1)} of {drawn}: set train_dataloader.dataset.type to '
                "ClipPairDataset, with a clip_sampler that draws so many, or the head's `clips`"
            )
        return features, labels

    @abstractmethod
    def loss(self, features: Any, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """Loss of a batch, and figures to monitor it.

        Args:
            features (Tensor): Shape (N, V, D), for V clips of every video; maps for a
                :class:`MapHead`.
            targets (Mapping[str, Tensor]): Labels by name, see :class:`ClipTargets`.

        Returns:
            dict[str, Tensor]: Scalars: the weighted ``loss``; ``acc`` and its ``chance`` level,
                within [0, 1]; others.
        """

    def fields(self, features: Tensor, samples: List[ActionDataSample]) -> Dict[str, Tensor]:
        """What the head adds to the predictions, by name; nothing, unless a head overrides it.

        Args:
            features (Tensor): Shape (N, V, D).
            samples (list[ActionDataSample]): Samples of the batch, N.

        Returns:
            dict[str, Tensor]: Shape (N, ...).
        """
        return {}


def build_mlp(widths: Sequence[int], norm_cfg: Optional[dict]) -> nn.Sequential:
    """Linear layers with norm and ReLU between them; the last layer is only linear.

    Args:
        widths (Sequence[int]): Input, hidden and output widths.
        norm_cfg (dict, optional): Norm of the hidden layers; None for none.
    """
    layers: List[nn.Module] = []
    for width_in, width_out in zip(widths[:-2], widths[1:-1]):
        layers.append(nn.Linear(width_in, width_out, bias=norm_cfg is None))
        if norm_cfg is not None:
            layers.append(build_norm_layer(norm_cfg, width_out)[1])
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))
