"""Prediction of the feature maps of future clips: DPC and MemDPC of Han, Xie and Zisserman."""

from typing import Dict, List, Mapping

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..losses import compare, dot_products
from .base import build_mlp
from .map_head import MapHead


@MODELS.register_module()
class DensePredictionHead(MapHead):
    r"""Predicts every cell of the maps of the last clips from the clips before them (DPC).

    Maps are averaged over the time of a clip. In every cell, a recurrent unit g reads the clips of
    the past and then its own predictions, :math:`c_t = g(z_1, \dots, z_t)`,
    :math:`\hat z_{t+1} = \varphi(c_t)`. All predictions :math:`\hat z_i` are compared with all
    cells z that were to be predicted: of all videos in this process, clips and places,

    .. math:: -\log \frac{e^{\hat z_i \cdot z_i}}{\sum_j e^{\hat z_i \cdot z_j}}

    and the loss is the mean (Han et al., *Video Representation Learning by Dense Predictive
    Coding*, ICCVW 2019, Eq. 5). The gradient flows into both.

    With ``memory_size``, φ classifies among that many memories m_k, which are learned, and the
    prediction is :math:`\sum_k p_k m_k` (Han et al., *Memory-augmented Dense Predictive Coding*,
    ECCV 2020, Eq. 1).

    Args:
        in_channels (int): Channels C of the map.
        num_clips (int): Clips of a video, in the order of time. Defaults to 8, as in DPC.
        num_predicted (int): Number of the last clips that are predicted. Defaults to 3, as in DPC.
        memory_size (int): Number of memories; 0 for none, as in DPC. Defaults to 0.
        **kwargs: See :class:`TaskHead`.

    Raises:
        ValueError: If no clip is predicted, or no clip is left to predict from.
    """

    def __init__(
        self,
        in_channels: int,
        num_clips: int = 8,
        num_predicted: int = 3,
        memory_size: int = 0,
        **kwargs,
    ):
        super().__init__(num_clips=num_clips, **kwargs)
        if not 0 < num_predicted < num_clips:
            raise ValueError(
                f'num_predicted={num_predicted} of num_clips={num_clips}: predict at least one '
                'clip, from at least one'
            )
        self.num_predicted = num_predicted
        self.memory_size = memory_size
        self.aggregate = nn.GRUCell(in_channels, in_channels)
        self.predict = build_mlp([in_channels, in_channels, memory_size or in_channels], None)
        self.memory = nn.Linear(memory_size, in_channels, bias=False) if memory_size else None

    def loss(self, features: List[Tensor], targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; adds the number of ``negatives``."""
        cells = features[-1].mean(dim=3).permute(1, 0, 3, 4, 2).flatten(1, 3)  # (V, N*H*W, C)
        known, future = cells[: -self.num_predicted], cells[-self.num_predicted :]
        predictions = self._predictions(known)
        similarity = dot_products(predictions.flatten(0, 1), future.flatten(0, 1))
        same = torch.eye(len(similarity), dtype=torch.bool, device=similarity.device)
        return compare(similarity, same, ~same).logged(self.loss_weight)

    def _predictions(self, known: Tensor) -> Tensor:
        """Predictions (num_predicted, M, C) of the next clips after ``known`` (V', M, C)."""
        state = torch.zeros_like(known[0])
        for cells in known:
            state = self.aggregate(cells, state)
        predictions: List[Tensor] = []
        while len(predictions) < self.num_predicted:
            if predictions:
                state = self.aggregate(predictions[-1].relu(), state)
            predicted = self.predict(state)
            if self.memory is not None:
                predicted = self.memory(predicted.softmax(dim=1))
            predictions.append(predicted)
        return torch.stack(predictions)
