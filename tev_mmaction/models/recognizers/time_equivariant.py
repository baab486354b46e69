"""The recognizer for pre-training: one backbone, and a head for each task on clips."""

from typing import Any, Dict, List, Optional, Tuple

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.model import ModuleDict
from torch import Tensor

from ..heads import ClipTargets, MapHead, TaskHead, collect_targets
from .chunking import chunk_order
from .momentum import MomentumEncoder
from .pooled import PooledRecognizer


@MODELS.register_module()
class TimeEquivariantRecognizer(PooledRecognizer):
    """Time-equivariant contrastive video representation learning (Jenni & Jin, ICCV 2021).

    All clips of a batch go through the backbone in one forward, so that batch-norm sees one
    batch; f is the globally pooled output. A :class:`MapHead` gets the maps instead. Every head
    adds its loss, L = Σ_t w_t L_t.

    Use ``chunk_size`` for batches that do not fit on a device: the loss, its negatives and
    its gradients are still those of the whole batch, see :mod:`.chunking`. Only batch-norm uses
    chunks, each with all clips of its videos.

    Args:
        backbone (dict): See :class:`PooledRecognizer`.
        heads (dict[str, dict]): Heads by their names in the log: the key ``speed`` gives
            ``loss_speed`` and ``acc_speed``. ``in_channels`` is filled in. None removes the head
            (for a config that inherits).
        feature_dim (int): Width D of the pooled feature.
        momentum_encoder (dict, optional): The averaged model of mmengine for heads whose targets
            come from an averaged network, for example ``dict(type='ExponentialMovingAverage',
            momentum=0.004)``, see :class:`MomentumEncoder`. Defaults to None.
        frame_step (int): In training, the backbone is given every ``frame_step``-th frame of a
            clip; heads that reconstruct frames get all of them. Defaults to 1.
        **kwargs: ``frames_as_batch``, ``channels_last``, ``chunk_size`` and ``data_preprocessor``
            of :class:`PooledRecognizer`.

    Attributes:
        clip_features (Tensor | None): Features (N, V, D) of the latest training batch, without
            gradient, for :class:`FeatureHealthHook`.

    Raises:
        ValueError: If there is no head, ``chunk_size`` is not positive, or no head uses the
            momentum encoder; in the forward pass, if the backbone does not fit clips or
            ``feature_dim``.

    Modes of ``forward``, for ``inputs`` (N, V, C, T, H, W) with V views per video:

    - ``'loss'``: dict of ``loss_*``, ``acc_*``, ``negatives_*`` and ``feature_std``; V is the
      number of clips that the heads need, 2 for those of the paper.
    - ``'predict'``: the data samples, each with ``clip_features``, float32 (V, D), set; see
      :meth:`predict`.
    - ``'tensor'``: the features (N, V, D).
    """

    # not needed for predictions: a test may load only a backbone
    training_only = ('heads', 'momentum_encoder')

    def __init__(
        self,
        backbone: dict,
        heads: Dict[str, Optional[dict]],
        feature_dim: int,
        momentum_encoder: Optional[dict] = None,
        frame_step: int = 1,
        **kwargs,
    ):
        super().__init__(backbone, feature_dim, **kwargs)
        self.clip_features: Optional[Tensor] = None
        if frame_step < 1:
            raise ValueError(f'model.frame_step={frame_step}: at least 1')
        self.frame_step = frame_step
        heads = {name: cfg for name, cfg in heads.items() if cfg is not None}
        if not heads:
            raise ValueError('model.heads has no head: there is nothing to train')
        self.heads = ModuleDict()  # mmengine's, which initialises what it holds
        for name, cfg in heads.items():
            head = MODELS.build(cfg, default_args=dict(in_channels=feature_dim))
            if not isinstance(head, TaskHead):
                raise ValueError(
                    f'model.heads.{name}: {type(head).__name__} is not a head on clips; it must '
                    'inherit from tev_mmaction.models.TaskHead'
                )
            self.heads[name] = head
        self.momentum_encoder = (
            MomentumEncoder(momentum_encoder, self.backbone, self.tasks)
            if momentum_encoder
            else None
        )

    @property
    def tasks(self) -> Dict[str, TaskHead]:
        """dict[str, TaskHead]: The heads by name."""
        return {name: head for name, head in self.heads.items() if isinstance(head, TaskHead)}

    def loss(
        self, inputs: Tensor, data_samples: List[ActionDataSample], **kwargs
    ) -> Dict[str, Tensor]:
        """Losses of all heads on the clips, with the figures to monitor them."""
        targets = collect_targets(data_samples).extended(frames=inputs)
        inputs = inputs[:, :, :, :: self.frame_step]
        order = None if self.chunks is None else chunk_order(targets['sample_idx'])
        tasks = self.tasks
        maps: Tuple[Tensor, ...] = ()
        if any(isinstance(head, MapHead) for head in tasks.values()):
            maps = self.extract_maps(inputs, order)
            features = torch.cat([each.flatten(3).mean(dim=3) for each in maps], dim=2)
            self._check_width(features.flatten(0, 1), inputs.shape[0] * inputs.shape[1])
        else:
            features = self.extract_feat(inputs, order)
        averaged = self._averaged(inputs, order)
        selected = {}
        for name, head in tasks.items():
            taken = maps if isinstance(head, MapHead) else features
            selected[name] = _select(name, head, taken, targets.extended(**averaged.get(name, {})))
        logs = {}
        for name, head in tasks.items():
            values = head.loss(*selected[name])
            logs.update({f'{key}_{name}': value for key, value in values.items()})
        logs['feature_std'] = feature_std(features)
        self.clip_features = features.detach()
        return logs

    @torch.no_grad()
    def _averaged(self, inputs: Tensor, order: Optional[Tensor]) -> Dict[str, Dict[str, Tensor]]:
        """Labels by the momentum encoder, by the names of the heads that use it."""
        if self.momentum_encoder is None:
            return {}
        if self.training:
            self.momentum_encoder.update(self.backbone, self.tasks)
        features = self.extract_feat(inputs, order, self.momentum_encoder.backbone)
        projections = self.momentum_encoder.project(features)
        return {name: dict(averaged=projection) for name, projection in projections.items()}

    def predict(
        self, inputs: Tensor, data_samples: List[ActionDataSample], **kwargs
    ) -> List[ActionDataSample]:
        """Set the field ``clip_features`` (V, D) of every data sample, and those of heads.

        See :meth:`TaskHead.fields`; :class:`EquivarianceHead`, for example, adds
        ``relative_vectors`` (P, D).
        """
        features = self.extract_feat(inputs)
        fields = dict(clip_features=features)
        for head in self.tasks.values():
            fields.update(head.fields(features, data_samples))
        for name, values in fields.items():
            for sample, value in zip(data_samples, values):
                sample.set_field(value.float(), name)
        return data_samples


def _select(name: str, head: TaskHead, features: Any, targets: ClipTargets) -> tuple:
    try:
        return head.select(features, targets)
    except ValueError as error:
        raise ValueError(f'model.heads.{name}: {error}') from None


@torch.no_grad()
def feature_std(features: Tensor) -> Tensor:
    """Spread of the directions of this rank's features (..., D): 0 collapsed, 1 uniform.

    Mean over dimensions of the standard deviation of L2-normalised features, times √D.
    """
    directions = F.normalize(features.flatten(0, -2).float(), dim=1)
    return directions.std(dim=0, unbiased=False).mean() * directions.size(1) ** 0.5
