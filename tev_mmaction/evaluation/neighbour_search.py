"""Exact nearest neighbours in bounded memory, with deterministic ties."""

from typing import Optional, Tuple

import numpy as np
import torch

_ROWS, _COLUMNS, _RESCORED = 512, 32768, 8192  # sizes of one product: 64 MB of similarities
_MOST_CANDIDATES = 8  # per requested neighbour


def nearest_neighbours(
    queries: np.ndarray, gallery: np.ndarray, k: int
) -> Tuple[np.ndarray, np.ndarray]:
    """The k rows of the gallery with the largest inner products for each query.

    Products in float32 select the candidates: all rows within the rounding error of the k-th
    largest product. Inner products in float64 decide between the candidates; ties are decided by
    position in the gallery. So the result depends neither on chunks nor on threads. If vectors are
    so similar that float32 leaves too many candidates, products in float64 narrow them down first.

    Args:
        queries (np.ndarray): Shape (Q, D), float32, finite.
        gallery (np.ndarray): Shape (G, D), float32, finite. With vectors of unit length, the
            inner product is the cosine similarity.
        k (int): Number of neighbours, 1 ≤ k ≤ G.

    Returns:
        tuple[np.ndarray, np.ndarray]: Positions in the gallery (Q, k), int64, nearest first, and
        their inner products (Q, k), float64.

    Raises:
        ValueError: If k is not within [1, G], or the widths differ.
    """
    queries = np.ascontiguousarray(queries, np.float32)
    gallery = np.ascontiguousarray(gallery, np.float32)
    if not 1 <= k <= len(gallery):
        raise ValueError(f'{k} neighbours cannot be found among {len(gallery)} vectors')
    if queries.shape[1] != gallery.shape[1]:
        raise ValueError(
            f'queries have {queries.shape[1]} dimensions, the gallery has {gallery.shape[1]}'
        )
    positions = np.empty((len(queries), k), np.int64)
    products = np.empty((len(queries), k), np.float64)
    # One buffer for all products: allocating memory each time would cost a tenth of their time.
    columns = min(max(k, _COLUMNS), len(gallery))
    buffer = torch.empty(min(_ROWS, len(queries)), columns)
    longest = _longest(gallery)
    for start in range(0, len(queries), _ROWS):
        rows = slice(start, start + _ROWS)
        chunk = queries[rows]
        # |fl(x·y) − x·y| ≤ D u |x| |y|, u = 2^-24 or 2^-53, and as much again for the lengths
        scale = 2 * gallery.shape[1] * _longest(chunk) * longest
        positions[rows], products[rows] = _search(chunk, gallery, k, scale, buffer)
    return positions, products


def _longest(vectors: np.ndarray) -> float:
    """Largest L2 norm among vectors."""
    return float(torch.linalg.vector_norm(torch.from_numpy(vectors), dim=1).max())


def _search(
    queries: np.ndarray, gallery: np.ndarray, k: int, scale: float, buffer: torch.Tensor
) -> Tuple[np.ndarray, np.ndarray]:
    """Process the gallery once, and keep the k nearest rows so far for every query."""
    positions = np.empty((len(queries), 0), np.int64)
    products = np.empty((len(queries), 0), np.float64)
    columns = buffer.size(1)
    for start in range(0, len(gallery), columns):
        part = gallery[start : start + columns]
        coarse = buffer.flatten()[: len(queries) * len(part)].view(len(queries), len(part))
        left, right = torch.from_numpy(queries), torch.from_numpy(part)
        torch.mm(left, right.T, out=coarse)
        kth = torch.from_numpy(products[:, -1]) if start else None
        row, column = _candidates(coarse, kth, k, scale * 2.0**-24)
        if len(row) > _MOST_CANDIDATES * k * len(queries):
            fine = left.double() @ right.double().T
            row, column = _candidates(fine, kth, k, scale * 2.0**-53)
        exact = _inner_products(queries, part, row, column)
        positions, products = _merge(positions, products, row, column + start, exact, k)
    return positions, products


def _candidates(
    inexact: torch.Tensor, kth: Optional[torch.Tensor], k: int, error: float
) -> Tuple[np.ndarray, np.ndarray]:
    """Rows and columns that may be among the k nearest, from products with a known error.

    Args:
        inexact (Tensor): Products (N, M).
        kth (Tensor, optional): Exact k-th largest product (N,) so far; None at the start.
        k (int): Number of neighbours.
        error (float): Maximum error of an inexact product.
    """
    if kth is None:
        kth = inexact.topk(k).values[:, -1].double() - error
    # Rounded down to the precision of the products, minus one step.
    threshold = (kth - error).to(inexact.dtype)
    threshold = threshold.nextafter(torch.full_like(threshold, -torch.inf))
    row, column = (inexact > threshold[:, None]).nonzero(as_tuple=True)
    return row.numpy(), column.numpy()


def _inner_products(
    queries: np.ndarray, gallery: np.ndarray, row: np.ndarray, column: np.ndarray
) -> np.ndarray:
    """Inner products in float64 of pairs of rows, a bounded number at a time."""
    exact = np.empty(len(row), np.float64)
    for start in range(0, len(row), _RESCORED):
        part = slice(start, start + _RESCORED)
        exact[part] = np.einsum(
            'nd,nd->n',
            queries[row[part]].astype(np.float64),
            gallery[column[part]].astype(np.float64),
        )
    return exact


def _merge(
    positions: np.ndarray,
    products: np.ndarray,
    row: np.ndarray,
    position: np.ndarray,
    product: np.ndarray,
    k: int,
) -> Tuple[np.ndarray, np.ndarray]:
    """The k best of the current neighbours (N, K) and of new candidates, given as triples."""
    num_rows, kept = positions.shape
    row = np.concatenate([np.repeat(np.arange(num_rows), kept), row])
    position = np.concatenate([positions.ravel(), position])
    product = np.concatenate([products.ravel(), product])
    order = np.lexsort((position, -product, row))
    first = np.searchsorted(row[order], np.arange(num_rows))
    best = order[first[:, None] + np.arange(k)]
    return position[best], product[best]
