"""Global pooling of whatever a backbone returns, as MMAction2's heads do it."""

from typing import Optional, Sequence, Union

import torch
from torch import Tensor

_CHANNELS_LAST = ('NLC', 'NHWC')


def pool_features(output: Union[Tensor, Sequence], feature_shape: Optional[str] = None) -> Tensor:
    """Average over all positions; where there is a class token, that one alone.

    Args:
        output (Tensor | Sequence): (N, D), (N, D, H, W) or (N, D, T, H, W); a pair of such a map
            and a class token (N, D), as of MViT, which stands for both; or a sequence of these
            (several pathways or stages), whose pooled vectors are concatenated.
        feature_shape (str, optional): ``'NLC'`` for tokens (N, L, D) or ``'NHWC'`` for maps
            (N, H, W, D), as :class:`Recognizer2D` knows them of networks of torchvision and timm.
            Defaults to None.

    Returns:
        Tensor: Shape (N, D), D summed over the parts.

    Raises:
        ValueError: If a tensor has another number of dimensions.
    """
    if not isinstance(output, Tensor):
        if _has_class_token(output):
            return output[1]
        return torch.cat([pool_features(part, feature_shape) for part in output], dim=1)
    if feature_shape in _CHANNELS_LAST and output.ndim == len(feature_shape):
        return output.flatten(1, -2).mean(dim=1)
    if output.ndim == 2:
        return output
    if output.ndim in (4, 5):
        return output.flatten(2).mean(dim=2)
    raise ValueError(
        f'the backbone returned a tensor of shape {tuple(output.shape)}; it should return (N, D), '
        '(N, D, H, W), (N, D, T, H, W) or a sequence of those; a network of torchvision or timm '
        "may return (N, L, D) or, with backbone.feature_shape='NHWC', (N, H, W, D)"
    )


def _has_class_token(parts: Sequence) -> bool:
    """Whether it is one pair of patch tokens, as a map, and the class token of the same width."""
    if len(parts) != 2 or not all(isinstance(part, Tensor) for part in parts):
        return False
    tokens, class_token = parts
    return tokens.ndim in (4, 5) and class_token.shape == tokens.shape[:2]
