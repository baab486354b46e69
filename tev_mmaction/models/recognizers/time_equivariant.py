"""The recognizer that is pre-trained: one backbone, and a head for each task on clips."""

from copy import deepcopy
from typing import Dict, List, Optional, Union

import torch
import torch.nn.functional as F
from mmaction.models.recognizers.base import BaseRecognizer
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import Tensor, nn

from ..heads import ClipTargets, EquivarianceHead, collect_targets
from .chunking import ChunkedForward, chunk_order
from .pooling import pool_features


@MODELS.register_module()
class TimeEquivariantRecognizer(BaseRecognizer):
    """Time-equivariant contrastive video representation learning (Jenni & Jin, ICCV 2021).

    All clips of a batch go through the backbone in one forward, so that batch-norm sees one
    batch; f is the globally pooled output. Every head adds its loss, L = Σ_t w_t L_t.

    A batch that a device cannot hold is trained on with ``chunk_size``: the loss, its negatives and
    its gradients are still those of the whole batch, see :mod:`.chunking`. Batch-norm alone sees
    chunks, each with all clips of its videos.

    Args:
        backbone (dict): Any backbone of MMAction2, torchvision or timm whose output pools to a
            vector (see :func:`pool_features`).
        heads (dict[str, dict]): Heads by the name that their logs bear: the key ``speed`` gives
            ``loss_speed`` and ``acc_speed``. ``in_channels`` is filled in; a None leaves the head
            out (for a config that inherits).
        feature_dim (int): Width D of the pooled feature.
        frames_as_batch (bool): Give the backbone single frames (N*T, C, H, W), as 2-D backbones
            want them, and average over time. Of networks of torchvision and timm, the features are
            those that ``Recognizer2D`` takes. Defaults to False.
        channels_last (bool): Run the backbone in channels-last memory format. Defaults to False.
        chunk_size (int, optional): Videos whose activations are kept in memory at a time. None:
            those of the whole batch. Defaults to None.
        data_preprocessor (dict, optional): As for MMAction2's recognizers.

    Raises:
        ValueError: If there is no head, or ``chunk_size`` is not positive; in the forward pass, if
            the backbone does not fit clips or ``feature_dim``.

    Modes of ``forward``, for ``inputs`` (N, V, C, T, H, W) of V views a video:

    - ``'loss'``: dict of ``loss_*``, ``acc_*``, ``negatives_*`` and ``feature_std``; V is what the
      heads are trained on, 2 for those of the paper.
    - ``'predict'``: the data samples, each with ``clip_features``, float32 (V, D), set; see
      :meth:`predict`.
    - ``'tensor'``: the features (N, V, D).
    """

    training_only = ('heads',)  # predictions do without: a test may be of a backbone alone

    def __init__(
        self,
        backbone: dict,
        heads: Dict[str, Optional[dict]],
        feature_dim: int,
        frames_as_batch: bool = False,
        channels_last: bool = False,
        chunk_size: Optional[int] = None,
        data_preprocessor: Optional[dict] = None,
    ):
        # MMAction2 takes what it needs out of the config; it is to build a second model, too.
        super().__init__(backbone=deepcopy(backbone), data_preprocessor=data_preprocessor)
        heads = {name: cfg for name, cfg in heads.items() if cfg is not None}
        if not heads:
            raise ValueError('model.heads has no head: there is nothing to train')
        self.feature_dim = feature_dim
        self.frames_as_batch = frames_as_batch
        self.chunks = None if chunk_size is None else ChunkedForward(chunk_size)
        self.memory_format = torch.contiguous_format
        if channels_last:
            self.memory_format = torch.channels_last if frames_as_batch else torch.channels_last_3d
            # Module.to would stumble over 2-D convolutions in a network of clips.
            for weight in self.backbone.parameters():
                if weight.ndim == (4 if frames_as_batch else 5):
                    weight.data = weight.data.contiguous(memory_format=self.memory_format)
        self.heads = nn.ModuleDict(
            {
                name: MODELS.build(cfg, default_args=dict(in_channels=feature_dim))
                for name, cfg in heads.items()
            }
        )

    def extract_feat(self, inputs: Tensor, order: Optional[Tensor] = None, **kwargs) -> Tensor:
        """Pooled backbone features.

        Args:
            inputs (Tensor): Shape (N, V, C, T, H, W), float, normalised.
            order (Tensor, optional): Shape (N,), int64; how chunks are filled, see
                :class:`ChunkedForward`.

        Returns:
            Tensor: Shape (N, V, D).

        Raises:
            ValueError: If the input or the backbone's output has another shape.
        """
        if inputs.ndim != 6:
            raise ValueError(
                f'inputs of shape {tuple(inputs.shape)} are not (N, clips, C, T, H, '
                "W): end the pipeline in FormatShape(input_format='NCTHW') and "
                "PackActionInputs, and set data_preprocessor.format_shape='NCTHW'"
            )
        if self.chunks is None:
            return self._pooled_features(inputs)
        return self.chunks(self._pooled_features, self.backbone, inputs, order)

    def _pooled_features(self, inputs: Tensor) -> Tensor:
        """Of a batch, or a chunk of it."""
        clips = inputs.flatten(0, 1)
        num_clips, _, num_frames = clips.shape[:3]
        if self.frames_as_batch:
            self._check_segments(num_frames)
            clips = clips.transpose(1, 2).flatten(0, 1)
        clips = clips.contiguous(memory_format=self.memory_format)
        features = self._pooled_output(clips)
        if self.frames_as_batch:
            features = features.unflatten(0, (num_clips, -1)).mean(dim=1)
        if features.shape != (num_clips, self.feature_dim):
            raise ValueError(
                f'the backbone gives pooled features of shape '
                f'{tuple(features.shape)} for {num_clips} clips: set '
                f'model.feature_dim (now {self.feature_dim}) to their width'
            )
        return features.unflatten(0, inputs.shape[:2])

    def _check_segments(self, num_frames: int) -> None:
        segments = getattr(self.backbone, 'num_segments', num_frames)
        if segments != num_frames:
            raise ValueError(
                f'model.backbone.num_segments={segments}, but clips have {num_frames} frames: the '
                'temporal shift would mix clips. Set both to the same number'
            )

    def _pooled_output(self, clips: Tensor) -> Tensor:
        """Of the layer whose output ``Recognizer2D`` and ``Recognizer3D`` give to their head."""
        run, source = self.backbone, self.backbone_from
        if self.frames_as_batch and source == 'timm':
            run = run.forward_features
        elif self.frames_as_batch and source == 'torchvision' and hasattr(run, 'features'):
            run = run.features
        if source in ('timm', 'torchvision'):
            return pool_features(run(clips), self.feature_shape or 'NLC')
        return pool_features(run(clips))

    def loss(
        self, inputs: Tensor, data_samples: List[ActionDataSample], **kwargs
    ) -> Dict[str, Tensor]:
        """Losses of all heads on the clips, each with the figures to watch it by."""
        targets = collect_targets(data_samples)
        order = None if self.chunks is None else chunk_order(targets['sample_idx'])
        features = self.extract_feat(inputs, order=order)
        selected = {name: self._select(name, features, targets) for name in self.heads}
        logs = {}
        for name, head in self.heads.items():
            values = head.loss(*selected[name])
            logs.update({f'{key}_{name}': value for key, value in values.items()})
        logs['feature_std'] = feature_std(features)
        return logs

    def _select(self, name: str, features: Tensor, targets: ClipTargets) -> tuple:
        try:
            return self.heads[name].select(features, targets)
        except ValueError as error:
            raise ValueError(f'model.heads.{name}: {error}') from None

    def predict(
        self, inputs: Tensor, data_samples: List[ActionDataSample], **kwargs
    ) -> List[ActionDataSample]:
        """Set the field ``clip_features`` (V, D) of every data sample.

        Of samples of :class:`ClipPairDataset` that hold P pairs of clips, ``relative_vectors``
        (P, D) is ψ of each, if there is an :class:`EquivarianceHead`.
        """
        features = self.extract_feat(inputs)
        fields = dict(clip_features=features)
        heads = [head for head in self.heads.values() if isinstance(head, EquivarianceHead)]
        paired = features.size(1) % 2 == 0 and all('clips' in sample for sample in data_samples)
        if heads and paired:
            fields['relative_vectors'] = heads[0].embed(features)
        for name, values in fields.items():
            for sample, value in zip(data_samples, values):
                sample.set_field(value.float(), name)
        return data_samples

    def _forward(self, inputs: Tensor, **kwargs) -> Union[Tensor, tuple]:
        return self.extract_feat(inputs)


@torch.no_grad()
def feature_std(features: Tensor) -> Tensor:
    """Spread of the directions of this rank's features (..., D): 0 collapsed, 1 uniform.

    Mean over dimensions of the standard deviation of L2-normalised features, times √D.
    """
    directions = F.normalize(features.flatten(0, -2).float(), dim=1)
    return directions.std(dim=0, unbiased=False).mean() * directions.size(1) ** 0.5
