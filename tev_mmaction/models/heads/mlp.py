"""The multi-layer perceptron that all heads are made of."""

from typing import Optional, Sequence

from mmcv.cnn import build_norm_layer
from torch import nn


def build_mlp(widths: Sequence[int], norm_cfg: Optional[dict]) -> nn.Sequential:
    """Linear layers with norm and ReLU between them; the last is linear alone.

    Args:
        widths (Sequence[int]): Input, hidden and output widths.
        norm_cfg (dict, optional): Norm of the hidden layers; None for none.
    """
    layers = []
    for width_in, width_out in zip(widths[:-2], widths[1:-1]):
        layers.append(nn.Linear(width_in, width_out, bias=norm_cfg is None))
        if norm_cfg is not None:
            layers.append(build_norm_layer(norm_cfg, width_out)[1])
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))
