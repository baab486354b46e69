"""Similarity matrices as values for a template: a picture of one pixel a pair, and its axes."""

from typing import Any, Dict

import matplotlib
import numpy as np

from ..visualization.equivariance_matrix import VECTORS, colour_limit, matrix_ticks
from .pages import picture_uri

_COLOURS = 'RdBu_r'  # red and blue are told apart by colour-blind readers, too
_LEVELS = 64


def heat_map(matrix: Dict[str, Any], title: str) -> Dict[str, Any]:
    """Values of the macro ``heat_map`` in ``plots.html``.

    Args:
        matrix (dict): ``record.details['matrix']`` of an :class:`EquivarianceMetric`.
        title (str): Name of the weights.
    """
    similarity = np.array(matrix['similarity'], float)
    limit = colour_limit(similarity)
    np.fill_diagonal(similarity, np.nan)  # transparent: a pair is equal to itself
    size = len(similarity)
    levels = np.linspace(limit, -limit, _LEVELS)[:, None]
    return dict(
        title=f'{title}, {VECTORS[matrix["vectors"]]}',
        picture=picture_uri(_coloured(similarity, limit), 'PNG'),
        colours=picture_uri(_coloured(levels, limit), 'PNG'),
        limit=f'{limit:.2g}',
        ticks=[
            ((tick + 0.5) / size, f'{matrix["shifts"][tick]:+d}') for tick in matrix_ticks(size)
        ],
    )


def _coloured(values: np.ndarray, limit: float) -> np.ndarray:
    """Colours (H, W, 4), uint8, of values (H, W) from -limit to limit; NaN is transparent."""
    return matplotlib.colormaps[_COLOURS]((values / limit + 1) / 2, bytes=True)
