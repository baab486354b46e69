"""Pictures as files, under the given name and atomically; and as pixels."""

import os.path as osp

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..files import check_output, replacing


def check_picture(path: str) -> None:
    """Check before a picture is drawn whether it can be written.

    Args:
        path: File to write.

    Raises:
        ValueError: If the suffix is not a supported format.
        OSError: If the file cannot be written.
    """
    _format_of(Figure(), path)
    check_output(path)


def save_picture(figure: Figure, path: str, dpi: int) -> None:
    """Write a figure to exactly this file; without an ending, as PNG.

    Args:
        figure: The figure.
        path: File to write.
        dpi: Dots per inch.

    Raises:
        ValueError: If the suffix is not a supported format.
        OSError: If the file cannot be written.
    """
    kind = _format_of(figure, path)
    check_output(path)
    with replacing(path) as part:
        figure.savefig(part, dpi=dpi, format=kind)


def as_pixels(figure: Figure, dpi: int) -> np.ndarray:
    """Draw a figure, for a backend of mmengine's ``Visualizer``.

    Args:
        figure: The figure.
        dpi: Dots per inch.

    Returns:
        np.ndarray: Shape (H, W, 3), uint8, RGB.
    """
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _format_of(figure: Figure, path: str) -> str:
    ending = osp.splitext(path)[1].lstrip('.').lower()
    known = figure.canvas.get_supported_filetypes()
    if ending and ending not in known:
        raise ValueError(f'{path}: .{ending} is not a picture format, give one of '
                         f'{", ".join(known)}')  # fmt: skip
    return ending or 'png'
