"""Reconstruction of a clip in slow motion: the generative part of PRP, Yao et al., CVPR 2020."""

from typing import Dict, List, Mapping, Optional

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from ..distributed import global_mean
from ..losses import widened
from .map_head import MapHead

_STAGES = 3
_LEAST, _GREATEST = 0.8, 2.0  # weights of the stillest and of the liveliest place


@MODELS.register_module()
class ReconstructionHead(MapHead):
    r"""Reconstructs all frames of a clip, of which the network has seen every ``frame_step``-th.

    A decoder G doubles the size of the map in time and space three times, but not beyond that of
    the clip, each time by trilinear interpolation and a convolution to half the channels. A last
    convolution has three channels, which are interpolated to the size of the clip Y (normalised
    colours). With the motion attention M, see :func:`motion_attention`, the loss is

    .. math:: \ell = \frac{1}{|Y|} \sum_{c, t, y, x} M_{yx} (G_{ctyx} - Y_{ctyx})^2

    Args:
        in_channels (int): Channels D of the map.
        norm_cfg (dict, optional): Norm of the decoder; None for none. Defaults to
            ``dict(type='BN3d')``.
        **kwargs: See :class:`TaskHead`.
    """

    def __init__(self, in_channels: int, norm_cfg: Optional[dict] = dict(type='BN3d'), **kwargs):
        super().__init__(**kwargs)
        widths = [max(in_channels // 2**stage, 4) for stage in range(_STAGES + 1)]
        self.stages = nn.ModuleList()
        for width, narrower in zip(widths, widths[1:]):
            layers: List[nn.Module] = [nn.Conv3d(width, narrower, 3, padding=1)]
            if norm_cfg is not None:
                layers.append(build_norm_layer(norm_cfg, narrower)[1])
            self.stages.append(nn.Sequential(*layers, nn.ReLU(inplace=True)))
        self.colors = nn.Conv3d(widths[-1], 3, 3, padding=1)

    def decode(self, maps: Tensor, size: torch.Size) -> Tensor:
        """Reconstructed frames.

        Args:
            maps: Shape (M, D, T', H', W').
            size: T, H and W of the frames.

        Returns:
            Tensor: Shape (M, 3, T, H, W), float32 or wider.
        """
        for stage in self.stages:
            larger = [min(2 * now, full) for now, full in zip(maps.shape[2:], size)]
            maps = stage(F.interpolate(maps, larger, mode='trilinear'))
        return F.interpolate(widened(self.colors(maps)), size, mode='trilinear')

    def loss(self, features: List[Tensor], targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; ``r2`` is the share of explained variance.

        The variance is that of the colours about their mean over the clip, with the weights M.
        """
        frames = targets['frames'].flatten(0, 1)
        output = self.decode(features[-1].flatten(0, 1), frames.shape[2:])
        weights = motion_attention(frames)[:, None, None]
        loss = global_mean((weights * (output - frames).square()).flatten(1).mean(dim=1))
        with torch.no_grad():
            deviation = frames - frames.mean(dim=(2, 3, 4), keepdim=True)
            variance = global_mean((weights * deviation.square()).flatten(1).mean(dim=1))
        r2 = 1 - loss.detach() / variance.clamp(min=1e-6)
        return dict(loss=self.loss_weight * loss, r2=r2)


@torch.no_grad()
def motion_attention(frames: Tensor) -> Tensor:
    """Weights of the places of a clip: 0.8 where it changes least, 2 where it changes most.

    The change of a place is the mean absolute difference of successive frames, over channels,
    time, and a square with a quarter of the height as its side. Weights are linear in it.

    Args:
        frames (Tensor): Shape (M, C, T, H, W).

    Returns:
        Tensor: Shape (M, H, W).
    """
    changes = frames.diff(dim=2).abs().mean(dim=(1, 2))
    side = changes.size(1) // 8 * 2 + 1  # odd, so that the square has a middle
    smooth = F.avg_pool2d(
        changes[:, None], side, stride=1, padding=side // 2, count_include_pad=False
    )[:, 0]
    low, high = smooth.amin(dim=(1, 2), keepdim=True), smooth.amax(dim=(1, 2), keepdim=True)
    share = (smooth - low) / (high - low).clamp(min=1e-6)
    return _LEAST + (_GREATEST - _LEAST) * share
