"""A picture of a confusion matrix."""

from typing import Sequence

import numpy as np
from matplotlib.figure import Figure

from ..listing import cut

MOST_COUNTS = 30  # classes of a matrix with its counts written in it
MOST_NAMES = 60  # classes with their names at the axes
MOST_OF_A_NAME = 24  # characters


def row_shares(matrix: np.ndarray) -> np.ndarray:
    """Shares (C, C) of the videos of each true class; 0 for a class without videos.

    Args:
        matrix (np.ndarray): Shape (C, C), counts.
    """
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


def draw_confusion_matrix(matrix: np.ndarray, names: Sequence[str], title: str = '') -> Figure:
    """Draw counts of videos by true class (rows) and predicted class (columns).

    The colour of a cell is its share of the row, so that classes with few videos are as visible as
    others. Correct predictions are on the diagonal.

    Args:
        matrix (np.ndarray): Shape (C, C), counts.
        names (Sequence[str]): Names of the C classes.
        title (str): Text above the matrix. Defaults to ``''``.

    Returns:
        Figure: The figure; without counts above 30 classes, and with numbered axes above 60.
    """
    count = len(matrix)
    shares = row_shares(matrix)
    side = float(np.clip(0.32 * count, 3.2, 14))
    figure = Figure(figsize=(side + 1.8, side + 1.2), layout='constrained')
    axes = figure.subplots()
    image = axes.imshow(shares, cmap='Blues', vmin=0, vmax=1)
    if count <= MOST_NAMES:
        labels = [cut(str(name), MOST_OF_A_NAME) for name in names]
        axes.set_xticks(range(count), labels, rotation=60, ha='right', rotation_mode='anchor')
        axes.set_yticks(range(count), labels)
        axes.tick_params(labelsize=8)
    if count <= MOST_COUNTS:
        for row, column in zip(*np.nonzero(matrix)):
            colour = 'white' if shares[row, column] > 0.6 else 'black'
            text = str(matrix[row, column])
            axes.text(column, row, text, ha='center', va='center', color=colour, fontsize=8)
    axes.set(xlabel='predicted class', ylabel='true class', title=title)
    figure.colorbar(image, label='share of the true class', shrink=0.8)
    return figure
