"""Clips and the sentences that are spoken about their time (MIL-NCE)."""

from typing import Dict, List, Mapping

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import Tensor, nn

from ..losses import mil_nce
from .base import TaskHead
from .targets import ClipTargets


@MODELS.register_module()
class MILNCEHead(TaskHead):
    """Contrasts clips with sentences of which only some may be about them.

    This is MIL-NCE (Miech et al., *End-to-End Learning of Visual Representations from Uncurated
    Instructional Videos*, CVPR 2020); the loss is :func:`tev_mmaction.models.losses.mil_nce`. A
    linear layer embeds the feature of a clip. Embeddings are not normalised. Needs
    :class:`ClipText` in the pipeline.

    Args:
        in_channels (int): Feature width D.
        text_encoder (dict): A :class:`TextEncoder` of width D': :class:`WordEncoder` or
            :class:`HuggingFaceTextEncoder`.
        **kwargs: See :class:`TaskHead`.
    """

    def __init__(self, in_channels: int, text_encoder: dict, **kwargs):
        super().__init__(**kwargs)
        self.text_encoder = MODELS.build(text_encoder)
        self.project = nn.Linear(in_channels, self.text_encoder.width)

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; adds ``chance`` and ``negatives`` per clip.

        Raises:
            ValueError: If the batch has ids that the text encoder does not know.
        """
        text = targets['text'].flatten(0, 1)  # (N*V, k, L)
        sentences = self._embed(text.flatten(0, 1), features.device).unflatten(0, text.shape[:2])
        valid = text.gt(0).any(dim=2).to(features.device)
        videos = targets['sample_idx'].repeat_interleave(features.size(1)).to(features.device)
        clips = self.project(features.flatten(0, 1))
        return mil_nce(clips, sentences, valid, videos).logged(self.loss_weight)

    def fields(self, features: Tensor, samples: List[ActionDataSample]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.fields`: ``video_embedding`` (N, D'), the mean over clips.

        If the samples have ``text``, also ``text_embedding`` (N, D'), of the first sentence of the
        first clip.

        Raises:
            ValueError: If the samples have ids that the text encoder does not know.
        """
        found = dict(video_embedding=self.project(features).mean(dim=1))
        if all('text' in sample for sample in samples):
            ids = ClipTargets(samples)['text'][:, 0, 0]
            found['text_embedding'] = self._embed(ids, features.device)
        return found

    def _embed(self, ids: Tensor, device: torch.device) -> Tensor:
        """Embeddings (M, D') of sentences (M, L), whose ids are on the CPU."""
        known = self.text_encoder.largest_id
        if ids.max() > known:
            raise ValueError(
                f'the batch has the word {int(ids.max())}, but the text encoder knows {known}: '
                'give ClipText and the text_encoder of the head the same vocabulary, or the same '
                'model of Hugging Face as tokenizer and model'
            )
        return self.text_encoder(ids.to(device))
