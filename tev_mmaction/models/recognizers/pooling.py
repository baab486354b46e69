"""Global pooling of whatever a backbone returns."""

from typing import Sequence, Union

import torch
from torch import Tensor


def pool_features(output: Union[Tensor, Sequence]) -> Tensor:
    """Average over all positions.

    Args:
        output (Tensor | Sequence): (N, D), (N, D, H, W), (N, D, T, H, W), or a sequence of such
            (several pathways or stages), whose pooled vectors are concatenated.

    Returns:
        Tensor: Shape (N, D), D summed over the parts.

    Raises:
        ValueError: If a tensor has another number of dimensions.
    """
    if isinstance(output, (tuple, list)):
        return torch.cat([pool_features(part) for part in output], dim=1)
    if output.ndim == 2:
        return output
    if output.ndim in (4, 5):
        return output.flatten(2).mean(dim=2)
    raise ValueError(
        f'the backbone returned a tensor of shape {tuple(output.shape)}; it should '
        'return (N, D), (N, D, H, W), (N, D, T, H, W) or a sequence of those'
    )
