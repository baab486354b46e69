"""A stock classifier that is trained to rely neither on the scene nor on what surrounds people."""

import math
from typing import Any, Dict, List, Optional, Tuple

import torch
from mmaction.models.heads import I3DHead
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import Tensor

from ..distributed import global_mean
from .base import build_mlp


@MODELS.register_module()
class DebiasedHead(I3DHead):
    r"""MMAction2's ``I3DHead`` with the two losses of Choi et al., NeurIPS 2019, in training.

    With the classifier :math:`p`, the feature :math:`f` of a clip, :math:`\tilde f` of the same
    clip without its people, a network :math:`q` for scenes, and the class y and the scene s of the
    video, the losses of a video are

    .. math:: -\log p_y(f), \quad -\log q_s(r_\alpha(f)), \quad
        \lambda \left(\log C + \sum_{c=1}^{C} p_c(\tilde f) \log p_c(\tilde f)\right).

    :math:`r_\alpha` reverses the gradient: q learns to tell the scene from features, which learn to
    hide it. The third term is that by which the entropy of a prediction without people falls below
    that of guessing. Each loss is the mean over the videos that it applies to.

    Clips come in pairs, from :class:`MaskPeople`, with the labels ``scene`` of :class:`SceneLabel`
    and ``people_masked``; name both in ``PackActionInputs(meta_keys=...)``. Validation and test are
    those of ``I3DHead``, and its weights are the only ones that they need.

    Args:
        num_classes (int): C.
        in_channels (int): Width of the features.
        num_scenes (int): Scenes. Defaults to 365, those of Places365.
        scene_layers (int): Hidden layers of q, as wide as the features. Defaults to 3, as in the
            released code.
        reversal (float): α. Defaults to 0.5, as in the released code.
        mask_weight (float): λ. Defaults to 0.5.
        norm_cfg (dict, optional): Norm of q's hidden layers. Defaults to ``dict(type='BN1d')``.
        **kwargs: See MMAction2's ``I3DHead``.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_scenes: int = 365,
        scene_layers: int = 3,
        reversal: float = 0.5,
        mask_weight: float = 0.5,
        norm_cfg: Optional[dict] = dict(type='BN1d'),
        **kwargs: Any,
    ):
        super().__init__(num_classes, in_channels, **kwargs)
        self.num_scenes = num_scenes
        self.reversal = reversal
        self.mask_weight = mask_weight
        widths = [in_channels] * (1 + scene_layers)
        self.scene_mlp = build_mlp([*widths, num_scenes], norm_cfg)

    def loss(
        self, feats: Tensor, data_samples: List[ActionDataSample], **kwargs: Any
    ) -> Dict[str, Tensor]:
        """The three losses of N videos, and figures to monitor them.

        Args:
            feats (Tensor): Maps (2 N, C, T, H, W): of every clip, and of its masked copy.
            data_samples (list[ActionDataSample]): Samples of the N videos, with ``gt_label``,
                ``scene`` and ``people_masked``.
            **kwargs: Of MMAction2's recognizers, not used.

        Returns:
            dict[str, Tensor]: ``loss_cls``, ``loss_scene`` and ``loss_masked``; the accuracies
            ``top1_acc``, ``top5_acc`` and ``scene_acc``; ``masked_share``, the share of videos
            whose people were masked.

        Raises:
            ValueError: If clips do not come in pairs, or a sample lacks a label, or has a scene
                beyond ``num_scenes``.
        """
        if len(feats) != 2 * len(data_samples):
            raise ValueError(
                f'DebiasedHead gets {len(feats)} clips of {len(data_samples)} videos, but needs '
                'each clip and its masked copy: put MaskPeople behind VideoDecode in the pipeline, '
                'and draw one clip of a video'
            )
        clips, masked = feats.unflatten(0, (-1, 2)).unbind(1)
        losses = self.loss_by_feat(self(clips), data_samples)
        scenes, is_masked = (labels.to(feats.device) for labels in self._labels(data_samples))
        scores = self.scene_mlp(reverse_gradient(clips.mean(dim=(2, 3, 4)), self.reversal))
        hits = (scores.argmax(dim=1) == scenes).to(scores.dtype)
        log_p = self(masked).float().log_softmax(dim=1)
        lacking = math.log(self.num_classes) + (log_p.exp() * log_p).sum(dim=1)
        return dict(
            losses,
            loss_scene=torch.nn.functional.cross_entropy(scores.float(), scenes),
            loss_masked=self.mask_weight * global_mean(lacking[is_masked]),
            scene_acc=global_mean(hits),
            masked_share=global_mean(is_masked.to(log_p.dtype)),
        )

    def _labels(self, data_samples: List[ActionDataSample]) -> Tuple[Tensor, Tensor]:
        """Scenes (N,), int64, and whether people are masked (N,), bool."""
        for name, transform in (('scene', 'SceneLabel'), ('people_masked', 'MaskPeople')):
            if any(name not in sample for sample in data_samples):
                raise ValueError(
                    f'DebiasedHead needs {name!r} of every video: put {transform} into the '
                    f'pipeline, and {name!r} into PackActionInputs(meta_keys=...)'
                )
        scenes = torch.tensor([sample.scene for sample in data_samples])
        if scenes.max() >= self.num_scenes:
            raise ValueError(
                f'a video has the scene {int(scenes.max())}, but cls_head.num_scenes is '
                f'{self.num_scenes}'
            )
        return scenes, torch.tensor([bool(sample.people_masked) for sample in data_samples])


def reverse_gradient(features: Tensor, factor: float) -> Tensor:
    """The features themselves, but with their gradient times ``-factor``.

    This is the gradient reversal layer of Ganin and Lempitsky, ICML 2015.
    """
    return (1 + factor) * features.detach() - factor * features
