"""Line plots as values for a template, which draws them as SVG in the colours of the page."""

import math
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from matplotlib.ticker import MaxNLocator

MOST_LINES = 6  # colours, dashes and markers that can be told apart
_WIDTH, _HEIGHT = 320, 150  # of a plot, in units of its own; letters have 12
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 12, 8, 22
_MOST_POINTS = 400  # of a line
_MOST_MARKERS = 30


class Line(NamedTuple):
    """A line of a plot.

    Args:
        name (str): Its name in the legend.
        x (Sequence[float]): Iterations or epochs.
        y (Sequence[float]): Values; those that are not finite are left out.
        chance (float, optional): Its chance level, a dashed line. Defaults to None.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    chance: Optional[float] = None


def line_plot(
    title: str, lines: Sequence[Line], percent: bool = False, x_label: str = 'iteration'
) -> Dict[str, Any]:
    """Values of the macro ``plot`` in ``plots.html``. The vertical axis begins at 0.

    Args:
        title (str): What is plotted.
        lines (Sequence[Line]): At most :data:`MOST_LINES`; further ones are not drawn.
        percent (bool): Whether values are shares, shown in percent. Defaults to False.
        x_label (str): Label of the horizontal axis. Defaults to ``'iteration'``.
    """
    kept = [(line, _finite(line)) for line in lines[:MOST_LINES]]
    kept = [(line, points) for line, points in kept if points]
    xs = [x for _, points in kept for x, _ in points] or [0.0]
    ys = [y for _, points in kept for _, y in points]
    ys += [line.chance for line, _ in kept if line.chance is not None]
    x_ticks = _ticks(min(0.0, *xs), max(xs), 5, integer=True)
    y_ticks = _ticks(min(0.0, *ys, 0.0), max(*ys, 0.0, 0.0), 4)
    across = _Scale(min(0.0, *xs), max(*xs, 0.0), _LEFT, _WIDTH - _RIGHT)
    up = _Scale(y_ticks[0], y_ticks[-1], _HEIGHT - _BOTTOM, _TOP)

    def drawn(number: int, line: Line, points: List[Tuple[float, float]]) -> Dict[str, Any]:
        places = [(across(x), up(y)) for x, y in points]
        return dict(
            number=number,
            name=line.name,
            last=_shown(points[-1][1], percent),
            path=' '.join(f'{x:g},{y:g}' for x, y in places),
            markers=places if len(places) <= _MOST_MARKERS else [],
            chance=None if line.chance is None else _shown(line.chance, percent),
            level=None if line.chance is None else up(line.chance),
        )

    return dict(
        title=title,
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        right=_WIDTH - _RIGHT,
        base=_HEIGHT - _BOTTOM,
        x_label=x_label,
        x_ticks=[(across(tick), f'{tick:g}') for tick in x_ticks if tick <= max(xs)],
        y_ticks=[(up(tick), _shown(tick, percent, tick=True)) for tick in y_ticks],
        lines=[drawn(number, *each) for number, each in enumerate(kept)],
        left_out=len(lines) - len(kept),
    )


def _shown(value: float, percent: bool, tick: bool = False) -> str:
    """A value as text: shares in percent.

    Args:
        value (float): A share, or any number.
        percent (bool): Whether it is a share.
        tick (bool): Whether it labels an axis. Defaults to False.
    """
    if percent:
        return f'{100 * value:g}%' if tick else f'{value:.1%}'
    return (f'{value:g}' if tick else f'{value:.3g}').replace('-', '−')


class _Scale:
    """Maps values to places of a plot."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.start = low, start
        self.slope = (end - start) / (high - low or 1)

    def __call__(self, value: float) -> float:
        return round(self.start + (value - self.low) * self.slope, 1)


def _ticks(low: float, high: float, most: int, integer: bool = False) -> List[float]:
    """Round numbers that enclose a range."""
    if high <= low:
        high = low + 1
    locator = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10], integer=integer)
    return [round(float(tick), 10) for tick in locator.tick_values(low, high)]


def _finite(line: Line) -> List[Tuple[float, float]]:
    """Points of a line, thinned out if there are more than can be seen; the last one stays."""
    points = [(x, y) for x, y in zip(line.x, line.y) if math.isfinite(y)]
    step = -(-len(points) // _MOST_POINTS) or 1
    return points[::-1][::step][::-1]
