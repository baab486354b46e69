"""A picture of equivariance: similarities between relative transformations."""

from typing import List

import numpy as np
from matplotlib.figure import Figure

# What is compared.
VECTORS = dict(relative_vectors='ψ(p, q)', clip_features='[f_p, f_q]')


def colour_limit(similarity: np.ndarray) -> float:
    """Colours are symmetric around 0 (unrelated vectors), and saturate at a value that few exceed.

    Args:
        similarity (np.ndarray): Shape (N, N). The similarity of a pair to itself does not count.
    """
    others = similarity[~np.eye(len(similarity), dtype=bool)]
    return max(float(np.nanpercentile(np.abs(others), 98)), 1e-3) if len(others) else 1.0


def matrix_ticks(size: int) -> List[int]:
    """Rows of a matrix that are labelled, at most nine.

    Args:
        size (int): Number of rows, ≥ 1.
    """
    return np.unique(np.linspace(0, size - 1, 9).round().astype(int)).tolist()


def draw_equivariance_matrix(matrix: dict, title: str = '') -> Figure:
    """Cosine similarities between pairs of unseen clips, ordered by their shift.

    If vectors encode the shift, pairs with equal shifts are similar in all videos: there is
    a band along the diagonal, and the corners far from it are dark. Otherwise, the picture
    has no structure. The similarity of a pair to itself, 1, is left blank.

    Args:
        matrix (dict): ``record.details['matrix']`` of an :class:`EquivarianceMetric`.
        title (str): Text before the names of the compared vectors. Defaults to ``''``.

    Returns:
        Figure: The figure.
    """
    similarity = np.array(matrix['similarity'])
    np.fill_diagonal(similarity, np.nan)
    limit = colour_limit(similarity)
    figure = Figure(figsize=(6.4, 5.6), layout='constrained')
    axes = figure.subplots()
    image = axes.imshow(similarity, cmap='RdBu_r', vmin=-limit, vmax=limit)
    ticks = matrix_ticks(len(similarity))
    labels = [f'{matrix["shifts"][tick]:+d}' for tick in ticks]
    axes.set_xticks(ticks, labels)
    axes.set_yticks(ticks, labels)
    axes.set(xlabel='shift in source frames', ylabel='shift in source frames')
    axes.set_title(' '.join(part for part in (title, VECTORS[matrix['vectors']]) if part))
    figure.colorbar(image, label='cosine similarity', extend='both')
    return figure
