"""Contrasts of local with global features: over time (TCLR), and over layers (VideoDIM)."""

from typing import Dict, List, Mapping, Optional, Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..losses import Contrast, compare, dot_products, widened
from .base import build_mlp
from .map_head import MapHead

_NORM = dict(type='BN1d')


@MODELS.register_module()
class GlobalLocalHead(MapHead):
    r"""Contrasts the time steps of a global clip with the local clips of the same time (TCLR).

    With the embeddings :math:`g_t` of the steps of the global clip's map, averaged over space, and
    :math:`l_a` of the local clips, every local clip with the number t gives two terms,

    .. math::

        -\log \frac{e^{\cos(l_a, g_t)/\lambda}}{\sum_s e^{\cos(l_a, g_s)/\lambda}}
        \quad\text{and}\quad
        -\log \frac{e^{\cos(l_a, g_t)/\lambda}}
        {e^{\cos(l_a, g_t)/\lambda} + \sum_{c: t_c \neq t} e^{\cos(l_c, g_t)/\lambda}}

    with the steps s and the local clips c of the same video, and the loss is half the sum of their
    means. It needs the clips of :class:`tev_mmaction.temporal.LocalGlobalClipSampler`.

    Args:
        in_channels (int): Channels C of the last map.
        temperature (float): λ. Defaults to 0.1.
        norm_cfg (dict, optional): Norm of the hidden layer of the MLP. Defaults to
            ``dict(type='BN1d')``.
        **kwargs: See :class:`TaskHead`.
    """

    def __init__(
        self,
        in_channels: int,
        temperature: float = 0.1,
        norm_cfg: Optional[dict] = _NORM,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.mlp = build_mlp([in_channels] * 3, norm_cfg)
        self.temperature = temperature

    def loss(self, features: List[Tensor], targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; ``acc`` is that of local clips.

        Raises:
            ValueError: If the global map has not one time step for each local clip.
        """
        maps = features[-1]
        steps = maps[:, -1].mean(dim=(3, 4)).transpose(1, 2)  # (N, T, C)
        local = maps[:, :-1].mean(dim=(3, 4, 5))
        draws = targets['draws'][:, :-1].to(maps.device)
        num_local = int(targets['draws'].max())
        if steps.size(1) != num_local:
            raise ValueError(
                f'the map of the global clip has {steps.size(1)} time steps for {num_local} local '
                "clips: set model.backbone to dict(type='VideoResNet', stem_pool=False, "
                "shortcut='B', dilated_last=True), which has 4 of 16 frames, or set "
                'clip_sampler.num_local'
            )
        embeddings = self.mlp(torch.cat([local, steps], dim=1).flatten(0, 1))
        directions = F.normalize(widened(embeddings), dim=1).unflatten(0, (len(maps), -1))
        clips, parts = directions.split([local.size(1), num_local], dim=1)
        similarity = dot_products(clips.flatten(0, 1), parts.flatten(0, 1)) / self.temperature
        video = torch.arange(len(maps), device=maps.device)
        inside = (
            video.repeat_interleave(local.size(1))[:, None]
            == video.repeat_interleave(num_local)[None]
        )
        number = torch.arange(num_local, device=maps.device).repeat(len(maps))
        together = inside & (draws.flatten()[:, None] == number[None])
        by_clip = compare(similarity, together, inside & ~together)
        by_step = compare(similarity.T, together.T, (inside & ~together).T)
        return dict(
            loss=self.loss_weight * (by_clip.loss + by_step.loss) / 2,
            acc=by_clip.accuracy,
            chance=by_clip.chance,
        )


@MODELS.register_module()
class LayersHead(MapHead):
    r"""Contrasts the feature of a clip with the cells of another clip's maps, over layers.

    This is VideoDIM (Hjelm & Bachman, *Representation Learning with Video Deep InfoMax*, 2020).
    With the embeddings :math:`g_p` of the last map of clip p, averaged, and :math:`f_{qc}` of cell
    c (a time and place) of the map of clip q in one layer, every ordered pair of different clips of
    a video and every cell give a term

    .. math:: -\log \frac{e^{s(g_p, f_{qc})}}{e^{s(g_p, f_{qc})} + \sum_{r, d} e^{s(g_p, f_{rd})}},
        \quad s(g, f) = \kappa \tanh \frac{g \cdot f}{\kappa \sqrt D}

    with d over all cells of the clips r of other videos in this process. The loss is the mean over
    terms and then over layers. The gradient flows into both.

    Args:
        in_channels (int): Sum of the channels of the maps.
        widths (Sequence[int]): Channels of the maps, from the first to the last.
        clip (float): κ, the bound of scores. Defaults to 20.
        **kwargs: See :class:`TaskHead`.

    Raises:
        ValueError: If the widths do not add up to ``in_channels``.
    """

    def __init__(self, in_channels: int, widths: Sequence[int], clip: float = 20.0, **kwargs):
        super().__init__(**kwargs)
        if sum(widths) != in_channels:
            raise ValueError(
                f'widths={tuple(widths)}: the channels of the maps must add up to '
                f'model.feature_dim={in_channels}; name the layers by model.backbone.out_indices'
            )
        self.widths = tuple(widths)
        self.clip = clip
        last = self.widths[-1]
        self.embed_global = build_mlp([last] * 3, None)
        self.embed_cells = nn.ModuleList(build_mlp([width, last, last], None) for width in widths)

    def loss(self, features: List[Tensor], targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; figures are means over layers.

        Raises:
            ValueError: If the maps have other widths.
        """
        found = tuple(each.size(2) for each in features)
        if found != self.widths:
            raise ValueError(f'widths={self.widths}, but the maps have {found} channels')
        summary = features[-1].mean(dim=(3, 4, 5)).flatten(0, 1)
        anchors = self.embed_global(summary)
        videos = targets['sample_idx'].to(summary.device)
        results = [
            self._contrast(anchors, embed(each.movedim(2, -1)), videos)
            for each, embed in zip(features, self.embed_cells)
        ]
        logs = [result.logged(self.loss_weight) for result in results]
        return {name: torch.stack([each[name] for each in logs]).mean() for name in logs[0]}

    def _contrast(self, anchors: Tensor, cells: Tensor, videos: Tensor) -> Contrast:
        """Of features (N*V, D) and cells (N, V, T, H, W, D)."""
        num_videos, num_clips = cells.shape[:2]
        keys = cells.flatten(2, 4)  # (N, V, cells, D)
        scores = dot_products(anchors, keys.flatten(0, 2)) / anchors.size(1) ** 0.5
        clips = torch.arange(num_videos * num_clips, device=cells.device)
        of_clips = clips.repeat_interleave(keys.size(2))
        owners = videos.repeat_interleave(num_clips)
        same_video = owners[:, None] == owners[of_clips][None]
        positive = same_video & (clips[:, None] != of_clips[None])
        return compare(self.clip * torch.tanh(scores / self.clip), positive, ~same_video)
