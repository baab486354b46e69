"""The residual block of R3D, R(2+1)D and MC3, and its shortcuts."""

from mmcv.cnn import build_norm_layer
from torch import Tensor, nn
from torch.nn import functional as F

# Time is strided by these convolutions only.
_STRIDE_TIME = ('full', 'factorised')


def _conv(
    kind: str, width_in: int, width_mid: int, width_out: int, stride: int, norm_cfg: dict
) -> nn.Module:
    """A convolution of a kind of :class:`BasicBlock`; a factorised one has norm and ReLU inside."""
    if kind == 'full':
        return nn.Conv3d(width_in, width_out, 3, stride=stride, padding=1, bias=False)
    if kind == 'dilated':
        return nn.Conv3d(
            width_in,
            width_out,
            3,
            stride=(1, stride, stride),
            padding=(2, 1, 1),
            dilation=(2, 1, 1),
            bias=False,
        )
    spatial = nn.Conv3d(
        width_in,
        width_out if kind == 'spatial' else width_mid,
        (1, 3, 3),
        stride=(1, stride, stride),
        padding=(0, 1, 1),
        bias=False,
    )
    if kind == 'spatial':
        return spatial
    return nn.Sequential(
        spatial,
        build_norm_layer(norm_cfg, width_mid)[1],
        nn.ReLU(inplace=True),
        nn.Conv3d(
            width_mid, width_out, (3, 1, 1), stride=(stride, 1, 1), padding=(1, 0, 0), bias=False
        ),
    )


class ZeroPadShortcut(nn.Module):
    """The parameter-free shortcut, type A of He et al.: subsample, fill up with zero channels."""

    def __init__(self, width_in: int, width_out: int, stride: int, time_stride: int):
        super().__init__()
        self.missing = width_out - width_in
        self.stride = stride
        self.time_stride = time_stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) to (N, C', T/t, H/s, W/s)."""
        step = self.stride
        return F.pad(
            x[:, :, :: self.time_stride, ::step, ::step], (0, 0, 0, 0, 0, 0, 0, self.missing)
        )


class BasicBlock(nn.Module):
    """Two convolutions and a shortcut.

    Args:
        width_in (int): Channels of the input.
        width_out (int): Channels of the output.
        stride (int): Of the first convolution, in space; in time only if it is ``'full'`` or
            ``'factorised'``.
        conv (str): ``'full'``, 3x3x3; ``'factorised'``, 1x3x3, norm, ReLU and 3x1x1; ``'spatial'``,
            1x3x3.
        shortcut (str): See :class:`VideoResNet`.
        norm_cfg (dict): Config of the norms.
        dilated (bool): The first convolution is a full one that sees every second frame, and keeps
            all of them. Defaults to False.
    """

    def __init__(
        self,
        width_in: int,
        width_out: int,
        stride: int,
        conv: str,
        shortcut: str,
        norm_cfg: dict,
        dilated: bool = False,
    ):
        super().__init__()
        # Tran et al., Sec. 3.5: as many parameters as the 3x3x3 convolution would have.
        width_mid = width_in * width_out * 27 // (width_in * 9 + width_out * 3)
        first = 'dilated' if dilated else conv
        self.conv1 = nn.Sequential(
            _conv(first, width_in, width_mid, width_out, stride, norm_cfg),
            build_norm_layer(norm_cfg, width_out)[1],
            nn.ReLU(inplace=True),
        )
        self.conv2 = nn.Sequential(
            _conv(conv, width_out, width_mid, width_out, 1, norm_cfg),
            build_norm_layer(norm_cfg, width_out)[1],
        )
        time_stride = stride if first in _STRIDE_TIME else 1
        self.downsample: nn.Module
        if stride == 1 and width_in == width_out:
            self.downsample = nn.Identity()
        elif shortcut == 'A':
            self.downsample = ZeroPadShortcut(width_in, width_out, stride, time_stride)
        else:
            self.downsample = nn.Sequential(
                nn.Conv3d(width_in, width_out, 1, stride=(time_stride, stride, stride), bias=False),
                build_norm_layer(norm_cfg, width_out)[1],
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) to (N, C', T', H/s, W/s)."""
        return F.relu(self.conv2(self.conv1(x)) + self.downsample(x), inplace=True)
