"""Contrastive tasks: equivariance (Sec. 3.1), instance (Sec. 3.3) and distinctiveness."""

from typing import Dict, List, Mapping, Optional, Sequence

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import Tensor

from ..distributed import global_any
from ..losses import InfoNCELoss, KeyQueue
from .base import TaskHead, build_mlp

_NORM = dict(type='BN1d')


class ContrastiveHead(TaskHead):
    """An MLP with two hidden layers that keep the feature width, and InfoNCE on its output.

    Args:
        in_channels (int): Feature width D.
        in_clips (int): Number of clips whose features are concatenated as one input.
        temperature (float): λ of Eq. 2. Defaults to 0.1, **not in the paper's text**.
        norm_cfg (dict, optional): Norm of the hidden layers; None for none. Defaults to
            ``dict(type='BN1d')``, **not in the paper's text**.
        loss_weight (float): See :class:`TaskHead`.
        init_cfg (dict, optional): See :class:`TaskHead`.
        clips (Sequence[int], optional): See :class:`TaskHead`.
    """

    # The source of positives, for the error if a batch has none.
    remedy = 'Use a clip_sampler that draws several clips of every video.'

    def __init__(
        self,
        in_channels: int,
        in_clips: int,
        temperature: float = 0.1,
        norm_cfg: Optional[dict] = _NORM,
        loss_weight: float = 1.0,
        init_cfg: Optional[dict] = None,
        clips: Optional[Sequence[int]] = None,
    ):
        super().__init__(None if in_clips == 1 else in_clips, loss_weight, init_cfg, clips)
        self.mlp = build_mlp([in_clips * in_channels, *[in_channels] * 3], norm_cfg)
        self.criterion = InfoNCELoss(temperature)

    def contrast(
        self,
        embeddings: Tensor,
        labels: Tensor,
        sources: Optional[Tensor] = None,
        scopes: Optional[Tensor] = None,
        queue: Optional[KeyQueue] = None,
        keys: Optional[Tensor] = None,
        mined: Optional[Tensor] = None,
    ) -> Dict[str, Tensor]:
        """InfoNCE of MLP outputs (M, D); labels, sources and scopes (M,) may be on the CPU.

        See :meth:`InfoNCELoss.contrast`.

        Args:
            embeddings: Shape (M, D), floating point.
            labels: Shape (M,), int64: equal labels are positives.
            sources: Shape (M,), int64: embeddings of the same source are never positives.
            scopes: Shape (M,), int64: only embeddings of the same scope are negatives.
            queue: Keys of past batches, used as further negatives.
            keys: Shape (M, D), of the momentum encoder; None: the embeddings.
            mined: Shape (M, K), bool: keys of the queue that are positives.

        Raises:
            RuntimeError: If a training batch has no positives on any rank.
        """
        device = embeddings.device
        labels = labels.to(device)
        sources, scopes = (
            values if values is None else values.to(device) for values in (sources, scopes)
        )
        result = self.criterion.contrast(embeddings, labels, sources, scopes, queue, keys, mined)
        if self.training and not global_any(result.num_positives > 0, device):
            raise RuntimeError(
                f'{type(self).__name__}: no two of the {len(labels)} embeddings of this training '
                f'batch are positives of each other. {self.remedy}'
            )
        return result.logged(self.loss_weight)


@MODELS.register_module()
class EquivarianceHead(ContrastiveHead):
    """ψ and Eq. 1: contrast equal relative transformations of different videos with others.

    Args:
        in_channels (int): Feature width D.
        with_swapped (bool): Encode (q, p) as well as (p, q) of every video, with the label ρ(q, p).
            This doubles the terms, and adds a negative that differs only in the order of the
            clips. **Not in the paper's text.** Defaults to True.
        **kwargs: See :class:`ContrastiveHead`.
    """

    remedy = (
        'Use ClipPairDataset with group_size >= 2, unwrapped, and a batch_size that is a multiple '
        'of it, and a clip_sampler whose groups share ρ, such as RelativeTransformSampler.'
    )

    def __init__(self, in_channels: int, with_swapped: bool = True, **kwargs):
        super().__init__(in_channels, in_clips=2, **kwargs)
        self.with_swapped = with_swapped

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; adds ``chance`` and ``negatives`` per anchor."""
        pairs, labels, videos = features, targets['relative_id'], targets['sample_idx']
        if self.with_swapped:
            pairs = torch.cat([features, features.flip(1)])
            labels = torch.cat([labels, targets['swapped_id']])
            videos = torch.cat([videos, videos])
        return self.contrast(self.mlp(pairs.flatten(1)), labels, videos)

    def fields(self, features: Tensor, samples: List[ActionDataSample]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.fields`: ``relative_vectors`` (N, P, D), ψ of P pairs of clips.

        Only for samples of :class:`ClipPairDataset`: views of other datasets are no pairs.
        """
        if features.size(1) % 2 or not all('clips' in sample for sample in samples):
            return {}
        return dict(relative_vectors=self.embed(features))

    def embed(self, features: Tensor) -> Tensor:
        """ψ for the pairs of every video.

        Args:
            features (Tensor): Shape (N, 2P, D), clips in the order p, q, p, q, ...

        Returns:
            Tensor: Shape (N, P, D).
        """
        pairs = features.unflatten(1, (-1, 2)).flatten(2)
        return self.mlp(pairs.flatten(0, 1)).unflatten(0, pairs.shape[:2])


@MODELS.register_module()
class InstanceHead(ContrastiveHead):
    """χ and Eq. 3: contrast the clips of a video with those of other videos.

    Args:
        in_channels (int): Feature width D.
        queue_size (int): Number of keys of past batches used as further negatives, see
            :class:`KeyQueue`; 0 for none, as in the paper. Defaults to 0.
        **kwargs: See :class:`ContrastiveHead`.
    """

    def __init__(self, in_channels: int, queue_size: int = 0, **kwargs):
        super().__init__(in_channels, in_clips=1, **kwargs)
        self.queue = KeyQueue(queue_size, in_channels) if queue_size else None

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; adds ``chance`` and ``negatives`` per anchor."""
        videos = targets['sample_idx'].repeat_interleave(features.size(1))
        return self.contrast(self.mlp(features.flatten(0, 1)), videos, queue=self.queue)


@MODELS.register_module()
class DistinctivenessHead(ContrastiveHead):
    """Contrasts clips of a temporal draw with other draws of the video and with other videos.

    The features become distinctive to temporal transformations (GDT, Patrick et al., 2020; TCLR,
    Dave et al., 2021; the rival of Fig. 5), but the loss does not use the relation of two
    transformations. Each temporal draw needs clips with several spatial augmentations.

    Args:
        in_channels (int): Feature width D.
        within_video (bool): Use only negatives from the same video, as TCLR's local contrast
            does. Defaults to False.
        **kwargs: See :class:`ContrastiveHead`.
    """

    remedy = 'Use IndependentClipSampler with num_views >= 2.'

    def __init__(self, in_channels: int, within_video: bool = False, **kwargs):
        super().__init__(in_channels, in_clips=1, **kwargs)
        self.within_video = within_video

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; adds ``chance`` and ``negatives`` per anchor."""
        labels = draw_labels(targets)
        videos = targets['sample_idx'].repeat_interleave(features.size(1))
        scopes = videos if self.within_video else None
        return self.contrast(self.mlp(features.flatten(0, 1)), labels, scopes=scopes)


def draw_labels(targets: Mapping[str, Tensor]) -> Tensor:
    """Labels that are equal for clips of the same temporal draw of a video.

    Args:
        targets: With ``sample_idx`` (N,) and ``draws`` (N, V).

    Returns:
        Tensor: Shape (N * V,), int64.
    """
    draws = targets['draws']
    return (targets['sample_idx'][:, None] * draws.size(1) + draws).flatten()
