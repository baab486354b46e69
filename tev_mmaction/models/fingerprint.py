"""A short hash of weights, which identifies them independently of their file."""

import hashlib
from typing import Mapping, Union

import torch
from torch import Tensor, nn


@torch.no_grad()
def fingerprint(weights: Union[nn.Module, Mapping[str, Tensor]]) -> str:
    """First 12 hexadecimal digits of the SHA-256 of all tensors of a state dict.

    Names, shapes, dtypes and bytes count; the order of the tensors, their device and memory
    format do not.

    Args:
        weights (nn.Module | Mapping[str, Tensor]): A module or its ``state_dict()``;
            entries that are not tensors are ignored.

    Returns:
        str: 12 hexadecimal digits.

    Raises:
        ValueError: If there is no tensor.

    Example:
        >>> network = nn.Linear(2, 3)
        >>> fingerprint(network) == fingerprint(dict(network.state_dict()))
        True
    """
    state = weights.state_dict() if isinstance(weights, nn.Module) else weights
    tensors = {name: value for name, value in state.items() if isinstance(value, Tensor)}
    if not tensors:
        raise ValueError('no tensors to take a fingerprint of; of a checkpoint give its state dict')
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(repr((name, str(tensor.dtype), tuple(tensor.shape))).encode())
        # numpy has no bfloat16, so use its bytes
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()[:12]
