"""Co-training of two streams: CoCLR of Han, Xie and Zisserman, NeurIPS 2020."""

from typing import Dict, Mapping, Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from ..backbone_weights import load_backbone
from ..checkpoint_file import read_checkpoint
from ..distributed import gather_rows
from ..losses import KeyQueue, dot_products, widened
from .momentum_heads import MoCoHead


class FrozenEncoder(BaseModule):
    """A trained backbone that is not trained further. It never enters training mode.

    Args:
        backbone (dict): A backbone whose output is a map (M, W, T, H, W).
        checkpoint (str): A checkpoint that fills it, read when a training begins.
        mean (Sequence[float]): Mean of each channel of its clips, in grey levels.
        std (Sequence[float]): Standard deviation of each channel, in grey levels.

    Raises:
        ValueError: When a training begins, if the checkpoint does not fill the whole backbone.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self, backbone: dict, checkpoint: str, mean: Sequence[float], std: Sequence[float]
    ):
        super().__init__()
        # Not `backbone`: checkpoints are searched for that name.
        self.network = MODELS.build(backbone).requires_grad_(False).eval()
        self.checkpoint = checkpoint
        for name, values in dict(mean=mean, std=std).items():
            self.register_buffer(
                name, torch.tensor(values, dtype=torch.float32)[:, None, None, None], False
            )

    def init_weights(self) -> None:
        """Read the checkpoint."""
        load_backbone(self.network, read_checkpoint(self.checkpoint), self.checkpoint)

    def train(self, mode: bool = True) -> 'FrozenEncoder':
        """Stay in evaluation mode.

        Args:
            mode: Ignored.
        """
        return super().train(False)

    @torch.no_grad()
    def forward(self, clips: Tensor) -> Tensor:
        """Features (M, W), of unit length.

        Args:
            clips (Tensor): Shape (M, C, T, H, W), grey levels.
        """
        maps = self.network((clips.to(self.mean) - self.mean) / self.std)
        return F.normalize(widened(maps.flatten(2).mean(dim=2)), dim=1)


@MODELS.register_module()
class CoCLRHead(MoCoHead):
    r"""Instance contrast whose further positives are mined in the other stream.

    As :class:`MoCoHead`, with a second queue, of the features of the other stream of the same
    clips, such as optical flow, by a frozen network. The k queued clips whose other streams are
    most similar to that of a clip a are positives of a, as are all clips of its video, P(a):

    .. math:: -\log \frac{\sum_{p \in P(a)} e^{\cos(u_a, k_p)/\lambda}}
        {\sum_{p \in P(a)} e^{\cos(u_a, k_p)/\lambda} + \sum_{n} e^{\cos(u_a, k_n)/\lambda}}

    with n over all other keys of the batch and of the queue, except that of the clip a itself. The
    loss is the mean (Eq. 3). Until the queue is full, only clips of the video are positives. Needs
    ``model.momentum_encoder``, and ``ClipFlow(other=...)`` in the pipeline.

    Args:
        in_channels (int): Feature width D.
        queue_size (int): Number of keys of past batches, see :class:`KeyQueue`; at least ``topk``.
        other (dict): Arguments of :class:`FrozenEncoder`, with ``feature_dim``, the width of its
            features.
        topk (int): k. Defaults to 5, as in CoCLR.
        **kwargs: See :class:`ContrastiveHead`.

    Raises:
        ValueError: If ``topk`` is not from 1 to ``queue_size``.
    """

    def __init__(self, in_channels: int, queue_size: int, other: dict, topk: int = 5, **kwargs):
        super().__init__(in_channels, **kwargs)
        if not 1 <= topk <= queue_size:
            raise ValueError(f'topk={topk}: give a number from 1 to queue_size={queue_size}')
        other = dict(other)
        # Not `queue`, as that of the first stage: both start empty, so that their rows agree.
        self.own_queue = KeyQueue(queue_size, in_channels)
        self.other_queue = KeyQueue(queue_size, other.pop('feature_dim'))
        self.other = FrozenEncoder(**other)
        self.topk = topk

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; adds ``chance`` and ``negatives`` per anchor."""
        videos = targets['sample_idx'].repeat_interleave(features.size(1)).to(features.device)
        stream = targets['other_stream'].flatten(0, 1).to(features.device, non_blocking=True)
        others = self.other(stream)
        logs = self.contrast(
            self.mlp(features.flatten(0, 1)),
            videos,
            queue=self.own_queue,
            keys=targets['averaged'].flatten(0, 1),
            mined=self.mine(others, videos),
        )
        if self.training:
            self.other_queue.push(gather_rows(others)[0], gather_rows(videos)[0])
        return logs

    @torch.no_grad()
    def mine(self, others: Tensor, videos: Tensor) -> Tensor:
        """Which keys of the queue are positives of each clip, (M, K), bool.

        Args:
            others (Tensor): Shape (M, W), of unit length: features of the other stream.
            videos (Tensor): Shape (M,), int64: the videos of the clips.
        """
        queued = self.other_queue.labels
        same = videos[:, None] == queued[None]
        similarity = dot_products(others, self.other_queue.keys)
        nearest = similarity.masked_fill(same, -torch.inf).topk(self.topk, dim=1).indices
        mined = torch.zeros_like(same).scatter_(1, nearest, True)
        return same | (mined & (queued >= 0).all())
