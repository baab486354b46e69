"""A frozen backbone as a function from views of videos to features."""

from typing import Callable

import numpy as np
import torch
from torch import Tensor

from ..evaluation.protocol import CROPS, EvaluationProtocol
from ..models.recognizers import PooledRecognizer


class ViewEncoder:
    """Computes the features of videos, or windows, from their views.

    Args:
        model (PooledRecognizer): The backbone with its preprocessor, in evaluation mode.
        protocol (EvaluationProtocol): How views become a feature.
        batch_views (int): Views per forward pass.
        name (str): Name of the weights, for errors.
    """

    def __init__(
        self, model: PooledRecognizer, protocol: EvaluationProtocol, batch_views: int, name: str
    ):
        self.model = model
        self.protocol = protocol
        self.batch_views = batch_views
        self.name = name

    def vectors(self, inputs: Tensor, filename: str) -> np.ndarray:
        """One feature per window.

        Args:
            inputs (Tensor): Views of K windows, (K, V, C, T, H, W) or (K, V * T, C, H, W), uint8.
            filename (str): Their video, for errors.

        Returns:
            np.ndarray: Shape (K, D), float32.

        Raises:
            ValueError: If a feature is not finite, or all zero.
        """
        features = self._forward(inputs, self.model.extract_feat)
        if self.protocol.view_pooling == 'mean_of_unit':
            features = torch.nn.functional.normalize(features, dim=-1)
        return self._sound(features.mean(dim=1), filename)

    def maps(self, inputs: Tensor, filename: str) -> np.ndarray:
        """Features over time, averaged over space and crops.

        Args:
            inputs (Tensor): As for :meth:`vectors`.
            filename (str): Their video, for errors.

        Returns:
            np.ndarray: Shape (K, clips, T', D), float32.

        Raises:
            ValueError: If a feature is not finite, or all zero, or the backbone has no time.
        """
        features = self._forward(inputs, self.model.extract_over_time)
        # MMAction2 puts all clips of a crop before those of the next crop
        by_crop = features.unflatten(1, (CROPS[self.protocol.crops], -1))
        return self._sound(by_crop.mean(dim=1), filename)

    @torch.no_grad()
    def _forward(self, inputs: Tensor, run: Callable[[Tensor], Tensor]) -> Tensor:
        """Features (K, V, ...) on the CPU."""
        views = inputs.flatten(0, 1)
        if views.ndim == 4:  # single frames
            views = views.unflatten(0, (-1, self.protocol.clip_len)).transpose(1, 2)
        features = []
        for part in views.split(self.batch_views):
            batch = dict(inputs=[part], data_samples=None)
            batch = self.model.data_preprocessor(batch, training=False)
            features.append(run(batch['inputs'])[0].float().cpu())
        return torch.cat(features).unflatten(0, (len(inputs), -1))

    def _sound(self, features: Tensor, filename: str) -> np.ndarray:
        rows = features.numpy()
        if not np.isfinite(rows).all() or not rows.reshape(len(rows), -1).any(axis=1).all():
            raise ValueError(
                f'{self.name} gives a feature of NaN, infinity or zeros only, for {filename}: the '
                'weights have diverged, or are not those of a trained backbone'
            )
        return rows
