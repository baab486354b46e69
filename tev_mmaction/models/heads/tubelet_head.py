"""Contrast of clips by the motion of what is pasted into them: Thoker et al., ICCV 2023."""

from typing import Dict, Mapping

from mmaction.registry import MODELS
from torch import Tensor

from .contrastive_heads import InstanceHead


@MODELS.register_module()
class TubeletHead(InstanceHead):
    r"""Contrasts clips of different videos with the same pasted motion with all others.

    InfoNCE as for :class:`InstanceHead`, with motions in the place of videos: with the embeddings u
    of an MLP, every ordered pair (a, b) of clips of different videos with the same tubelets gives

    .. math:: -\log \frac{e^{\cos(u_a, u_b)/\lambda}}
        {e^{\cos(u_a, u_b)/\lambda} + \sum_c e^{\cos(u_a, u_c)/\lambda}}

    with c over the clips with other tubelets, also those of the same video, and of the queue. The
    loss is the mean. Needs :class:`ClipTubelets` in the pipeline, and two groups of videos in a
    batch.

    Args:
        in_channels (int): Feature width D.
        queue_size (int): See :class:`InstanceHead`.
        **kwargs: See :class:`ContrastiveHead`.
    """

    remedy = (
        'Only videos of different groups share pasted motion: use ClipPairDataset, unwrapped, with '
        'at least two groups in a batch (batch_size >= 2 * group_size).'
    )

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; adds ``chance`` and ``negatives`` per anchor."""
        videos = targets['sample_idx'].repeat_interleave(features.size(1))
        motions = targets['tubelets'].flatten()
        return self.contrast(self.mlp(features.flatten(0, 1)), motions, videos, queue=self.queue)
