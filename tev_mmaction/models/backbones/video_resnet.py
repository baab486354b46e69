"""R3D (Hara et al.), R(2+1)D and MC3 (Tran et al.) as in the cited papers.

MMAction2's ``ResNet3d`` cannot be configured to match them: its pool after the stem has no temporal
extent, and its shortcuts are convolutions. Its ``ResNet2Plus1d`` always pools after the stem and
also factorises the stem and the shortcuts.
"""

from typing import List, Optional, Sequence, Tuple, Union

from mmaction.registry import MODELS
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from .residual_block import BasicBlock
from .stage_summary import Summary, check_summary, summarise, summarise_over_time
from .staged import INIT_CFG, StagedBackbone

_BLOCKS = {10: (1, 1, 1, 1), 18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}


@MODELS.register_module()
class VideoResNet(StagedBackbone):
    """Residual networks of basic blocks over space and time.

    The defaults are R3D-18 of Hara et al. (CVPR 2018): a 7x7x7 stem, 3x3x3 max-pool, shortcuts of
    type A. R(2+1)D-18 of Tran et al. (CVPR 2018) is ``factorised=True, stem_pool=False,
    shortcut='B'``; its modules have the names of torchvision's ``r2plus1d_18``, so
    that weights can be transferred in both directions, except for the classifier. MC3-18 of the
    same paper, torchvision's ``mc3_18``, is ``stem_kernel=(3, 7, 7), stem_pool=False,
    shortcut='B', spatial_stages=(2, 3, 4)``.

    Args:
        depth (int): 10, 18 or 34. Defaults to 18.
        factorised (bool): (2+1)D convolutions. Defaults to False.
        stem_kernel (tuple[int, int, int]): Kernel of an unfactorised stem. Defaults to (7, 7, 7).
        stem_pool (bool): Max-pool by 2 in time and space after the stem. Defaults to True.
        shortcut (str): Shortcut if the shape changes: ``'A'``, zero-padded identity, or ``'B'``, a
            1x1x1 convolution. Defaults to ``'A'``.
        base_channels (int): Width of the stem; the feature has 8 times this width. Defaults to 64.
        norm_cfg (dict): Defaults to ``dict(type='BN3d')``.
        norm_eval (bool): Keep batch-norm in eval mode while training. Defaults to False.
        frozen_stages (int): Freeze the stem (0) and that many stages; −1 for none. Defaults to −1.
        summary (Sequence[tuple[int, str]], optional): Stages to return, with their pooling,
            instead of the map of the last stage, see :func:`check_summary`. It adds no weights, so
            any checkpoint can be loaded with it. Defaults to None.
        spatial_stages (Sequence[int]): Stages from 1 to 4 whose convolutions are 1x3x3, without
            extent or stride in time: ``(2, 3, 4)`` for MC3. Defaults to ``()``.
        dilated_last (bool): The last stage keeps the length of the one before: its first
            convolution is a full 3x3x3 one, also if ``factorised``, with a dilation of 2 in time
            and a stride in space only, as in TCLR (Dave et al.). Requires ``shortcut='B'``.
            Defaults to False.
        out_indices (Sequence[int]): Stages from 0 to 3 whose maps are returned, increasing, as in
            MMAction2's ``ResNet3d``; several maps are a tuple. Defaults to ``(3,)``.
        init_cfg (dict | list, optional): Defaults to Kaiming for convolutions, 1 for norms.
    """

    def __init__(
        self,
        depth: int = 18,
        factorised: bool = False,
        stem_kernel: Tuple[int, int, int] = (7, 7, 7),
        stem_pool: bool = True,
        shortcut: str = 'A',
        base_channels: int = 64,
        norm_cfg: dict = dict(type='BN3d'),
        norm_eval: bool = False,
        frozen_stages: int = -1,
        summary: Optional[Summary] = None,
        spatial_stages: Sequence[int] = (),
        dilated_last: bool = False,
        out_indices: Sequence[int] = (3,),
        init_cfg: Optional[dict] = None,
    ):
        super().__init__(norm_eval, frozen_stages, init_cfg or [*INIT_CFG])
        if depth not in _BLOCKS:
            raise ValueError(f'depth={depth}: use one of {tuple(_BLOCKS)}')
        if shortcut not in ('A', 'B'):
            raise ValueError(f"shortcut={shortcut!r}: use 'A' or 'B'")
        if dilated_last and shortcut != 'B':
            raise ValueError(f"dilated_last=True with shortcut={shortcut!r}: use shortcut='B'")
        if not set(spatial_stages) <= {1, 2, 3, 4}:
            raise ValueError(f'spatial_stages={spatial_stages}: use stages from 1 to 4')
        if summary is not None and tuple(out_indices) != (3,):
            raise ValueError('give summary or out_indices, not both')
        if not out_indices or not set(out_indices) <= set(range(4)):
            raise ValueError(f'out_indices={out_indices}: use stages from 0 to 3')
        self.spatial_stages = tuple(spatial_stages)
        self.out_indices = tuple(sorted(out_indices))
        self.stem = self._make_stem(factorised, stem_kernel, base_channels, norm_cfg)
        self.pool = nn.MaxPool3d(3, stride=2, padding=1) if stem_pool else nn.Identity()
        width_in = base_channels
        for stage, num_blocks in enumerate(_BLOCKS[depth]):
            width_out = base_channels * 2**stage
            spatial = stage + 1 in self.spatial_stages
            conv = 'spatial' if spatial else 'factorised' if factorised else 'full'
            blocks = [
                BasicBlock(
                    width_in if block == 0 else width_out,
                    width_out,
                    2 if stage > 0 and block == 0 else 1,
                    conv,
                    shortcut,
                    norm_cfg,
                    dilated=dilated_last and stage == 3 and block == 0,
                )
                for block in range(num_blocks)
            ]
            self.add_module(f'layer{stage + 1}', nn.Sequential(*blocks))
            width_in = width_out
        self.summary = None if summary is None else check_summary(summary, 4)
        self.freeze()

    @staticmethod
    def _make_stem(
        factorised: bool, kernel: Sequence[int], width: int, norm_cfg: dict
    ) -> nn.Sequential:
        if not factorised:
            return nn.Sequential(
                nn.Conv3d(
                    3,
                    width,
                    (kernel[0], kernel[1], kernel[2]),
                    stride=(1, 2, 2),
                    padding=(kernel[0] // 2, kernel[1] // 2, kernel[2] // 2),
                    bias=False,
                ),
                build_norm_layer(norm_cfg, width)[1],
                nn.ReLU(inplace=True),
            )
        width_mid = 45 * width // 64  # 45 for the published width of 64
        return nn.Sequential(
            nn.Conv3d(3, width_mid, (1, 7, 7), stride=(1, 2, 2), padding=(0, 3, 3), bias=False),
            build_norm_layer(norm_cfg, width_mid)[1],
            nn.ReLU(inplace=True),
            nn.Conv3d(width_mid, width, (3, 1, 1), padding=(1, 0, 0), bias=False),
            build_norm_layer(norm_cfg, width)[1],
            nn.ReLU(inplace=True),
        )

    def stages(self) -> List[nn.Module]:
        return [self.stem, self.layer1, self.layer2, self.layer3, self.layer4]

    def forward(self, x: Tensor) -> Union[Tensor, Tuple[Tensor, ...]]:
        """Feature map of the last stage, of several stages, or the summary of several.

        Args:
            x (Tensor): Shape (N, 3, T, H, W).

        Returns:
            Tensor: Shape (N, 8 * base_channels, T', H', W'); with ``summary``, (N, D, 1, 1, 1);
                with several ``out_indices``, a tuple of maps.
        """
        maps = self._maps(x)
        if self.summary is None:
            return maps[0] if len(maps) == 1 else tuple(maps)
        return summarise(maps, self.summary)

    def over_time(self, x: Tensor) -> Union[Tensor, Tuple[Tensor, ...]]:
        """As :meth:`forward`, but time is never pooled or flattened.

        Args:
            x (Tensor): Shape (N, 3, T, H, W).

        Returns:
            Tensor: Shape (N, 8 * base_channels, T', H', W'); with ``summary``, (N, D, T', 1, 1);
                with several ``out_indices``, a tuple of maps.
        """
        maps = self._maps(x)
        if self.summary is None:
            return maps[0] if len(maps) == 1 else tuple(maps)
        return summarise_over_time(maps, self.summary)

    def _maps(self, x: Tensor) -> List[Tensor]:
        """The maps that are returned; with ``summary``, those of all stages."""
        x = self.pool(self.stem(x))
        maps: List[Tensor] = []
        for index, layer in enumerate(self.stages()[1:]):
            x = layer(x)
            if self.summary is not None or index in self.out_indices:
                maps.append(x)
        return maps
