"""Confusion matrices as values for a template, which draws them as SVG."""

from typing import Any, Dict, Sequence

import numpy as np

from ..listing import cut
from ..visualization.confusion_matrix import (
    MOST_COUNTS,
    MOST_NAMES,
    MOST_OF_A_NAME,
    row_shares,
)
from ..visualization.equivariance_matrix import matrix_ticks
from .pages import picture_uri

# A share of 1 lets through a quarter of the background, so that counts can be read on it in both
# colour schemes of the page: their contrast is 4.5 or more.
_BLUE, _OPAQUE = (63, 134, 204), 0.75
_LETTER = 6.6  # mean width of a letter, in pixels
_LARGEST = 480  # pixels of a matrix whose cells have neither counts nor names


def confusion_map(matrix: np.ndarray, names: Sequence[str]) -> Dict[str, Any]:
    """Values of the macro ``confusion_map`` in ``plots.html``.

    The opacity of a cell is its share of the row. Counts and names are left out where
    :func:`draw_confusion_matrix` leaves them out, too.

    Args:
        matrix (np.ndarray): Shape (C, C), counts by true class (rows) and predicted class.
        names (Sequence[str]): Names of the C classes.
    """
    size = len(matrix)
    named = size <= MOST_NAMES
    cell = 26 if size <= MOST_COUNTS else 14 if named else max(2.0, _LARGEST / size)
    ticks = range(size) if named else matrix_ticks(size)
    labels = [cut(str(names[at]), MOST_OF_A_NAME) if named else str(at) for at in ticks]
    margin = 12 + round(_LETTER * max(map(len, labels)))
    colours = np.empty((size, size, 4), np.uint8)
    colours[..., :3] = _BLUE
    colours[..., 3] = np.rint(255 * _OPAQUE * row_shares(matrix))
    filled = np.argwhere(matrix).tolist() if size <= MOST_COUNTS else []
    return dict(
        picture=picture_uri(colours, 'PNG'),
        side=round(size * cell),
        margin=margin,
        labels=[(round((at + 0.5) * cell, 1), text) for at, text in zip(ticks, labels)],
        counts=[
            ((column + 0.5) * cell, (row + 0.5) * cell, int(matrix[row, column]))
            for row, column in filled
        ],
    )
