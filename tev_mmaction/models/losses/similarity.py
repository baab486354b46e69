"""Similarities in full precision, also under autocast."""

import torch
from torch import Tensor


def widened(values: Tensor) -> Tensor:
    """Values in float32 at least, in which losses are computed.

    Args:
        values (Tensor): Any shape, floating point.
    """
    return values.to(torch.promote_types(values.dtype, torch.float32))


def dot_products(rows: Tensor, keys: Tensor) -> Tensor:
    """Dot products of all rows with all keys; autocast would compute them in its half precision.

    Args:
        rows (Tensor): Shape (..., M, D), floating point.
        keys (Tensor): Shape (..., K, D), floating point.

    Returns:
        Tensor: Shape (..., M, K), float32 or float64.
    """
    rows = widened(rows)
    with torch.autocast(rows.device.type, enabled=False):
        return rows @ keys.to(rows.dtype).mT
