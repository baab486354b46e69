"""Tasks on clips and their sound, for methods that learn from both."""

from typing import Any, Dict, Mapping, Optional

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor

from ..distributed import global_mean
from ..losses import cross_contrast, widened
from .base import TaskHead, build_mlp
from .contrastive_heads import draw_labels

_RESNET = dict(type='mmaction.ResNet', depth=18, in_channels=1, pretrained=None)


class AudioHead(TaskHead):
    """A task on clips and their sound, with a network for the sound.

    Only the head needs the sound: the backbone is evaluated and fine-tuned without it. Spectrograms
    come from :class:`ClipAudio`.

    Args:
        encoder (dict): A 2-D backbone for spectrograms (M, 1, F, S), which returns maps. Defaults
            to MMAction2's ResNet-18.
        audio_channels (int): Channels of its maps. Defaults to 512.
        **kwargs: See :class:`TaskHead`.
    """

    def __init__(self, encoder: dict = _RESNET, audio_channels: int = 512, **kwargs):
        super().__init__(**kwargs)
        self.encoder = MODELS.build(encoder)
        self.audio_channels = audio_channels

    def encode(self, targets: Mapping[str, Tensor], like: Tensor) -> Tensor:
        """Features of the sound of all clips.

        Args:
            targets: With ``audio`` (N, V, F, S).
            like: A tensor on the device of the head.

        Returns:
            Tensor: Shape (N * V, audio_channels).

        Raises:
            ValueError: If the encoder returns other channels.
        """
        sound = targets['audio'].to(like.device).flatten(0, 1)[:, None]
        features = self.encoder(sound).flatten(2).mean(dim=2)
        if features.size(1) != self.audio_channels:
            raise ValueError(
                f'the encoder of the sound gives {features.size(1)} channels: set audio_channels '
                f'(now {self.audio_channels}) to that'
            )
        return features


class _EmbeddingHead(AudioHead):
    """Clips and sound are embedded in one space."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int = 256,
        norm_cfg: Optional[dict] = dict(type='BN1d'),
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.mlp = build_mlp([in_channels, in_channels, out_channels], norm_cfg)
        self.audio_mlp = build_mlp(
            [self.audio_channels, self.audio_channels, out_channels], norm_cfg
        )


@MODELS.register_module()
class AudioVisualHead(_EmbeddingHead):
    """Contrasts clips with sounds: those of the same temporal draw with all others.

    Other draws of the video are negatives, so that features are distinctive to time shift and
    reversal, as in GDT (Patrick et al., ICCV 2021). See :func:`cross_contrast`.

    Args:
        in_channels (int): Feature width D.
        temperature (float): λ. Defaults to 0.1.
        out_channels (int): Width of the space of clips and sounds. Defaults to 256.
        norm_cfg (dict, optional): Norm of the hidden layers. Defaults to ``dict(type='BN1d')``.
        **kwargs: See :class:`AudioHead`.
    """

    def __init__(self, in_channels: int, temperature: float = 0.1, **kwargs: Any):
        super().__init__(in_channels, **kwargs)
        self.temperature = temperature

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; adds ``chance`` and ``negatives`` per anchor."""
        clips = self.mlp(features.flatten(0, 1))
        sounds = self.audio_mlp(self.encode(targets, clips))
        labels = draw_labels(targets).to(clips.device)
        return cross_contrast(clips, sounds, labels, self.temperature).logged(self.loss_weight)


@MODELS.register_module()
class SynchronisationHead(_EmbeddingHead):
    r"""Tells whether a sound goes with a clip: AVTS of Korbar et al., NeurIPS 2018, Eq. 1.

    With the distance δ of the embeddings of a clip and a sound, which have unit length, the loss
    is the mean of

    .. math:: \frac{1}{2} \delta_+^2
        + \frac{1}{2} \left((1 - h) \max(\eta - \delta_\text{easy}, 0)^2
        + h \max(\eta - \delta_\text{hard}, 0)^2\right)

    over all clips. The positive is the sound of the clip, the easy negative that of the same clip
    of the next video in the batch of a GPU, and the hard negative that of the next clip of the same
    video, which must not overlap this one.

    Unit length is ours. With free lengths, the distances of random weights are far above the
    margin, so only the positives have a gradient, and all distances shrink to η/2. There, positives
    and negatives pull equally: in our run, the loss was still at η²/4 after 600 steps.

    Args:
        in_channels (int): Feature width D.
        margin (float): η. Defaults to 0.99.
        hard_share (float): h, within [0, 1]. Defaults to 0: easy negatives only.
        out_channels (int): Width of the space of clips and sounds. Defaults to 256.
        norm_cfg (dict, optional): Norm of the hidden layers. Defaults to None.
        **kwargs: See :class:`AudioHead`.

    Raises:
        ValueError: If ``hard_share`` is outside [0, 1].
    """

    def __init__(
        self,
        in_channels: int,
        margin: float = 0.99,
        hard_share: float = 0.0,
        norm_cfg: Optional[dict] = None,
        **kwargs: Any,
    ):
        super().__init__(in_channels, norm_cfg=norm_cfg, **kwargs)
        if not 0 <= hard_share <= 1:
            raise ValueError(f'hard_share={hard_share}: give a share within [0, 1]')
        self.margin = margin
        self.hard_share = hard_share

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; ``acc`` is the share of negatives farther than the positive.

        Raises:
            ValueError: If there is no negative: a batch of one video, or videos of one clip.
        """
        num_videos, num_clips = features.shape[:2]
        if num_videos < 2 or (self.hard_share and num_clips < 2):
            raise ValueError(
                f'SynchronisationHead takes sounds of other videos and other clips as negatives, '
                f'but the batch has {num_videos} video(s) of {num_clips} clip(s)'
            )
        clips = _of_unit_length(self.mlp(features.flatten(0, 1)))
        sounds = _of_unit_length(self.audio_mlp(self.encode(targets, features)))
        clips, sounds = (each.unflatten(0, (num_videos, num_clips)) for each in (clips, sounds))
        positive = _distances(clips, sounds)
        terms, hits = positive.square() / 2, []
        for share, dim in ((1 - self.hard_share, 0), (self.hard_share, 1)):
            if share:
                negative = _distances(clips, sounds.roll(-1, dim))
                terms = terms + share / 2 * (self.margin - negative).clamp(min=0).square()
                hits.append(negative > positive)
        accuracy = global_mean(torch.cat(hits).flatten().to(terms.dtype))
        return dict(
            loss=self.loss_weight * global_mean(terms.flatten()),
            acc=accuracy,
            chance=torch.full_like(accuracy, 0.5),
        )


def _of_unit_length(embeddings: Tensor) -> Tensor:
    return F.normalize(widened(embeddings), dim=1)


def _distances(clips: Tensor, sounds: Tensor) -> Tensor:
    """Euclidean distances (N, V); the root of a small number instead of 0 has a gradient."""
    return ((clips - sounds).square().sum(dim=2) + 1e-12).sqrt()
