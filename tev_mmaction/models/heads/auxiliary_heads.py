"""The auxiliary classification tasks of Sec. 3.2: speed, direction, overlap/order."""

from typing import Any, Dict, Mapping, Optional, Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.dist import all_reduce
from torch import Tensor, nn

from ..distributed import global_mean
from .base import TaskHead, build_mlp


class ClassificationHead(TaskHead):
    """A classifier of clips, trained with cross-entropy.

    In addition to the accuracy, the head logs ``chance``: the accuracy of always predicting the
    most frequent class, which is its share of the labels. In training, labels are counted over all
    ranks since the start of the process. The count starts with expected labels (:meth:`expect`),
    because the largest share among few labels is too large. In evaluation, the labels are those of
    the batch.

    Args:
        classifier (nn.Module): Features (M, in_clips*D) to scores (M, num_classes).
        num_classes (int): Classes of the task.
        in_clips (int): 1 to classify every clip separately; otherwise all clips of a video
            together.
        loss_weight (float): See :class:`TaskHead`.
        init_cfg (dict, optional): See :class:`TaskHead`.
        clips (Sequence[int], optional): See :class:`TaskHead`.

    Attributes:
        label_name (str | None): The only label that a class depends on. With it, classes that a
            sampler of clips cannot draw are found before training. None by default.
    """

    label_name: Optional[str] = None

    def __init__(
        self,
        classifier: nn.Module,
        num_classes: int,
        in_clips: int = 1,
        loss_weight: float = 1.0,
        init_cfg: Optional[dict] = None,
        clips: Optional[Sequence[int]] = None,
    ):
        super().__init__(None if in_clips == 1 else in_clips, loss_weight, init_cfg, clips)
        self.in_clips = in_clips
        self.num_classes = num_classes
        self.classifier = classifier
        self._seen: Optional[Tensor] = None  # labels of each class; not part of a checkpoint

    def expect(self, counts: Tensor) -> None:
        """Initialise ``chance`` of a training with labels drawn as in training.

        Args:
            counts (Tensor): Shape (num_classes,), int64: number of draws of each class.
        """
        self._seen = counts

    @property
    def class_names(self) -> Sequence[str]:
        """Sequence[str]: Names of the classes; by default their numbers."""
        return [str(number) for number in range(self.num_classes)]

    def labels(self, targets: Mapping[str, Tensor]) -> Tensor:
        """Classes of all clips (N*V,), or of all videos (N,), int64.

        By default, these are the values of :attr:`label_name`.

        Args:
            targets: Labels of the batch, by name.

        Raises:
            ValueError: If a label is no class.
        """
        if self.label_name is None:
            raise NotImplementedError(f'{type(self).__name__} needs a label_name, or labels()')
        labels = targets[self.label_name].flatten()
        unknown = (labels < 0) | (labels >= self.num_classes)
        if unknown.any():
            raise ValueError(
                f'{type(self).__name__} knows the classes 0 to {self.num_classes - 1} of '
                f'{self.label_name!r}, but the clips have {sorted(set(labels[unknown].tolist()))}: '
                'give the head and train_dataloader.dataset.clip_sampler the same classes'
            )
        return labels

    def loss(self, features: Any, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`."""
        inputs = features.flatten(0, 1) if self.in_clips == 1 else features.flatten(1)
        return self.judge(self.classifier(inputs), targets)

    def judge(self, scores: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """The loss of scores, and figures.

        Args:
            scores: Shape (M, num_classes), in the order of :meth:`labels`.
            targets: Labels of the batch, by name.
        """
        scores = scores.to(torch.promote_types(scores.dtype, torch.float32))  # under autocast
        labels = self.labels(targets).to(scores.device)
        finite = torch.isfinite(scores).all(dim=1)  # argmax of other scores is arbitrary
        correct = (finite & (scores.argmax(dim=1) == labels)).float()
        loss = global_mean(F.cross_entropy(scores, labels, reduction='none'))
        counts = self.class_counts(targets).to(scores.device)
        return dict(
            loss=self.loss_weight * loss, acc=global_mean(correct), chance=self._chance(counts)
        )

    def class_counts(self, targets: Mapping[str, Tensor]) -> Tensor:
        """Number of labels of each class, (num_classes,), int64, on the CPU.

        Args:
            targets: Labels of the batch, by name.
        """
        return self.labels(targets).bincount(minlength=self.num_classes)

    def drawn_counts(self, labels: Mapping[str, Tensor]) -> Optional[Tensor]:
        """How often a sampler draws each class, (num_classes,).

        None if the labels of the head come from the pipeline, as those of rotations do.

        Args:
            labels: Labels of all clips of videos, see :func:`drawn_labels`.
        """
        if self.clips is not None:
            clips = list(self.clips)
            labels = {k: each if each.ndim == 1 else each[:, clips] for k, each in labels.items()}
        try:
            return self.class_counts(labels)
        except KeyError:
            return None

    def _chance(self, counts: Tensor) -> Tensor:
        """Share of the most frequent class among the labels of all ranks."""
        all_reduce(counts)
        if self.training:
            counts = counts if self._seen is None else self._seen.to(counts) + counts
            self._seen = counts
        return counts.max() / counts.sum().clamp(min=1)


class AuxiliaryHead(ClassificationHead):
    """A classifier with one hidden layer of the feature width.

    Args:
        in_channels (int): Feature width D.
        num_classes (int): Classes of the task.
        in_clips (int): 1 to classify every clip separately, 2 to classify pairs of clips.
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
    """Classifies the playback speed of a clip.

    Args:
        in_channels (int): Feature width D.
        speeds (Sequence[int]): The speeds that the dataset draws, increasing.
        **kwargs: See :class:`AuxiliaryHead`.
    """

    label_name = 'speeds'

    def __init__(self, in_channels: int, speeds: Sequence[int], **kwargs):
        super().__init__(in_channels, len(speeds), **kwargs)
        self.speeds = tuple(speeds)

    @property
    def class_names(self) -> Sequence[str]:
        """See :attr:`ClassificationHead.class_names`."""
        return [str(speed) for speed in self.speeds]

    def labels(self, targets: Mapping[str, Tensor]) -> Tensor:
        """See :meth:`AuxiliaryHead.labels`; raises ValueError for an unknown speed."""
        speeds = targets['speeds'].flatten()
        matches = speeds[:, None] == torch.tensor(self.speeds)
        if not matches.any(dim=1).all():
            raise ValueError(
                f'{type(self).__name__} knows the speeds {self.speeds}, but the clips have '
                f"{sorted(set(speeds.tolist()))}: give the head's speeds and the dataset's "
                'clip_sampler.speeds the same value; for clips without a speed, 0, use '
                'PlaybackSpeedHead'
            )
        return matches.int().argmax(dim=1)


@MODELS.register_module()
class DirectionHead(AuxiliaryHead):
    """Classifies a clip as played forwards (class 0) or backwards (class 1).

    Args:
        in_channels (int): Feature width D.
        **kwargs: See :class:`AuxiliaryHead`.
    """

    label_name = 'directions'
    class_names = ('forwards', 'backwards')

    def __init__(self, in_channels: int, **kwargs):
        super().__init__(in_channels, num_classes=2, **kwargs)

    def labels(self, targets: Mapping[str, Tensor]) -> Tensor:
        """See :meth:`AuxiliaryHead.labels`."""
        return (targets['directions'].flatten() < 0).long()


@MODELS.register_module()
class OrderHead(AuxiliaryHead):
    """Classifies clip p as before q (class 0), after q (1) or overlapping q (2), in source time.

    Args:
        in_channels (int): Feature width D.
        **kwargs: See :class:`AuxiliaryHead`.
    """

    label_name = 'order'
    class_names = ('before', 'after', 'overlapping')

    def __init__(self, in_channels: int, **kwargs):
        super().__init__(in_channels, num_classes=3, in_clips=2, **kwargs)
