"""S3D and S3D-G (Xie et al.): Inception over space and time, separated, with self-gating."""

from typing import List, Optional, Sequence, Tuple

import torch
from mmaction.registry import MODELS
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from .staged import StagedBackbone

# Widths of Inception-v1, one row per block: the 1x1x1 branch; before and in the 3x3x3 convolution
# of the second branch; the same for the third branch; the branch with the pool.
_WIDTHS = (
    ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    (
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ),
    ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
)
_SMALLEST_WIDTH_STEP = 8  # every width above is a multiple of it

# The author's initialisation. About thirty convolutions follow one another without a shortcut.
# With Kaiming initialisation, the network stays at chance for hundreds of iterations in which
# R3D-18 learns: batch-norm undoes the scale of kernels, so larger kernels learn more slowly at the
# same learning rate, and random temporal kernels blur the frames.
_Size = Tuple[int, int, int]
_INIT_CFG: Tuple[dict, ...] = (
    dict(type='TruncNormal', layer='Conv3d', std=0.01, a=-0.02, b=0.02),
    dict(type='TemporalIdentity'),
    dict(type='Constant', layer=['_BatchNorm', 'GroupNorm'], val=1),
    dict(type='Normal', layer='Linear', std=0.01),  # gates
)


class SelfGating(nn.Module):
    """Feature gating of Xie et al.: channels are weighted by a function of the whole clip.

    ``y[n, c] = sigmoid(W mean(x[n]) + b)[c] * x[n, c]``, the mean over space and time.
    """

    def __init__(self, width: int):
        super().__init__()
        self.fc = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) to the same shape."""
        return x * self.fc(x.mean(dim=(2, 3, 4))).sigmoid()[:, :, None, None, None]


def _gates(width: int, gating: bool) -> List[nn.Module]:
    return [SelfGating(width)] if gating else []


def _conv(
    width_in: int,
    width_out: int,
    kernel: _Size,
    norm_cfg: dict,
    stride: _Size = (1, 1, 1),
) -> List[nn.Module]:
    """A convolution that keeps the size except for its stride, with norm and ReLU."""
    padding = (kernel[0] // 2, kernel[1] // 2, kernel[2] // 2)
    return [
        nn.Conv3d(width_in, width_out, kernel, stride=stride, padding=padding, bias=False),
        build_norm_layer(norm_cfg, width_out)[1],
        nn.ReLU(inplace=True),
    ]


def _separable_conv(
    width_in: int, width_out: int, kernel: int, norm_cfg: dict, stride: int = 1
) -> List[nn.Module]:
    """A convolution over space, then one over time, each with norm and ReLU."""
    space = _conv(width_in, width_out, (1, kernel, kernel), norm_cfg, (1, stride, stride))
    time = _conv(width_out, width_out, (kernel, 1, 1), norm_cfg, (stride, 1, 1))
    return [nn.Sequential(*space), nn.Sequential(*time)]


class SeparableInception(nn.Module):
    """Four branches side by side, each gated at its end if ``gating``."""

    def __init__(self, width_in: int, widths: Sequence[int], gating: bool, norm_cfg: dict):
        super().__init__()
        out0, mid1, out1, mid2, out2, out3 = widths
        point = (1, 1, 1)
        self.branch0 = nn.Sequential(*_conv(width_in, out0, point, norm_cfg), *_gates(out0, gating))
        self.branch1 = nn.Sequential(
            nn.Sequential(*_conv(width_in, mid1, point, norm_cfg)),
            nn.Sequential(*_separable_conv(mid1, out1, 3, norm_cfg)),
            *_gates(out1, gating),
        )
        self.branch2 = nn.Sequential(
            nn.Sequential(*_conv(width_in, mid2, point, norm_cfg)),
            nn.Sequential(*_separable_conv(mid2, out2, 3, norm_cfg)),
            *_gates(out2, gating),
        )
        self.branch3 = nn.Sequential(
            nn.MaxPool3d(3, stride=1, padding=1),
            nn.Sequential(*_conv(width_in, out3, point, norm_cfg)),
            *_gates(out3, gating),
        )
        self.width = out0 + out1 + out2 + out3

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) to (N, C', T, H, W)."""
        branches = (self.branch0, self.branch1, self.branch2, self.branch3)
        return torch.cat([branch(x) for branch in branches], dim=1)


@MODELS.register_module()
class S3DG(StagedBackbone):
    """S3D-G of Xie et al. (ECCV 2018): separable Inception blocks with feature self-gating.

    The gates are at the positions of the author's code: after the second separable convolution of
    the stem and at the end of all four branches of every block. They have a bias, as in the PyTorch
    code of MIL-NCE and CoCLR; the author's gates have none.

    With ``gating=False``, the network is S3D. All modules except the gates have the names of
    torchvision's ``s3d``, so that weights can be transferred in both directions, except for the
    classifier.

    Stages are separated by the poolings: stage 0 is the first convolution, and stages 1 to 4 follow
    the four max-pools.

    Args:
        gating (bool): Self-gating. Defaults to True.
        base_channels (int): Width of the first convolution, a multiple of 8; all others
            scale with it, and the feature has 16 times this width. Defaults to 64.
        norm_cfg (dict): Defaults to ``dict(type='BN3d', eps=1e-3, momentum=1e-3)``, as in the
            author's code and in torchvision. Such statistics lag thousands of iterations behind;
            for the evaluation of a shorter run, use ``momentum=0.1``.
        norm_eval (bool): Keep batch-norm in eval mode while training. Defaults to False.
        frozen_stages (int): Freeze the stem (0) and that many of 4 stages; −1 for none. Defaults
            to −1.
        init_cfg (dict | list, optional): Defaults to the author's: temporal convolutions are the
            identity; all others have a standard deviation of 0.01, truncated at twice that;
            norms are 1; gates have a standard deviation of 0.01, so they start half open.
    """

    def __init__(
        self,
        gating: bool = True,
        base_channels: int = 64,
        norm_cfg: dict = dict(type='BN3d', eps=1e-3, momentum=1e-3),
        norm_eval: bool = False,
        frozen_stages: int = -1,
        init_cfg: Optional[dict] = None,
    ):
        super().__init__(norm_eval, frozen_stages, init_cfg or [*_INIT_CFG])
        if base_channels < 1 or base_channels % _SMALLEST_WIDTH_STEP:
            raise ValueError(
                f'base_channels={base_channels}: use a multiple of {_SMALLEST_WIDTH_STEP}, so that '
                'the width of every branch is a whole number'
            )
        width = base_channels
        first, second = width, 3 * width
        stages: List[List[nn.Module]] = [
            [nn.Sequential(*_separable_conv(3, first, 7, norm_cfg, stride=2))],
            [
                nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1)),
                nn.Sequential(*_conv(first, first, (1, 1, 1), norm_cfg)),
                nn.Sequential(
                    *_separable_conv(first, second, 3, norm_cfg), *_gates(second, gating)
                ),
            ],
            [nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1))],
            [nn.MaxPool3d(3, stride=2, padding=1)],
            [nn.MaxPool3d(2, stride=2)],
        ]
        width_in = second
        for stage, blocks in zip(stages[2:], _WIDTHS):
            for widths in blocks:
                scaled = [w * base_channels // 64 for w in widths]
                block = SeparableInception(width_in, scaled, gating, norm_cfg)
                stage.append(block)
                width_in = block.width
        self.lengths = [len(stage) for stage in stages]
        self.features = nn.Sequential(*(module for stage in stages for module in stage))
        self.freeze()

    def stages(self) -> List[nn.Module]:
        ends = [sum(self.lengths[: i + 1]) for i in range(len(self.lengths))]
        return [self.features[end - n : end] for end, n in zip(ends, self.lengths)]

    def forward(self, x: Tensor) -> Tensor:
        """Feature map of the last block.

        Args:
            x (Tensor): Shape (N, 3, T, H, W), T at least 8 and H, W at least 17.

        Returns:
            Tensor: Shape (N, 16 * base_channels, T', H', W'), about T/8, H/32, W/32.

        Raises:
            ValueError: If a clip is smaller.
        """
        # 5 and 7 frames would be enough, but for them PyTorch 2.13 computes a wrong weight gradient
        # of the stem's temporal convolution in channels-last on CPUs, or writes beyond its memory.
        if x.size(2) < 8 or min(x.shape[3:]) < 17:
            raise ValueError(
                f'S3DG: clips of {x.size(2)} frames of {x.size(3)}x{x.size(4)} pixels are too '
                'small, it takes at least 8 frames of 17x17: raise clip_len or size'
            )
        return self.features(x)
