"""A picture of queries and their nearest neighbours, one frame of each."""

from typing import Any, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..datasets.readers import VideoError
from ..listing import cut
from .thumbnails import middle_frame

_COLOURS = dict(query='0.5', right='tab:green', wrong='tab:red')


def draw_neighbours(examples: Sequence[Mapping[str, Any]], classes: Sequence[str] = ()) -> Figure:
    """Draw a row per query: its middle frame, then those of its neighbours, the nearest first.

    Neighbours of the query's class have a green frame, others a red one. A video that cannot be
    read is an empty cell.

    Args:
        examples (Sequence[dict]): ``record.details['examples']`` of a :class:`RetrievalMetric`.
        classes (Sequence[str]): Names of the classes. Defaults to (): they are numbered.

    Returns:
        Figure: The figure.
    """
    columns = 1 + max(len(example['neighbours']) for example in examples)
    figure = Figure(figsize=(1.5 * columns, 1.5 * len(examples)), layout='constrained')
    grid = figure.subplots(len(examples), columns, squeeze=False)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[], frame_on=False)
    for row, example in zip(grid, examples):
        for axes, video in zip(row, (example, *example['neighbours'])):
            same = video['label'] == example['label']
            kind = 'query' if video is example else ('right' if same else 'wrong')
            _draw(axes, video, kind, classes)
    return figure


def _draw(axes: Axes, video: Mapping[str, Any], kind: str, classes: Sequence[str]) -> None:
    label = video['label']
    name = str(classes[label]) if 0 <= label < len(classes) else f'class {label}'
    axes.set_title(cut(f'query: {name}' if kind == 'query' else name, 24), fontsize=7)
    axes.set_frame_on(True)
    for spine in axes.spines.values():
        spine.set(color=_COLOURS[kind], linewidth=2)
    try:
        axes.imshow(middle_frame(video['filename']))
    except VideoError:
        axes.text(0.5, 0.5, 'cannot be read', ha='center', fontsize=7, transform=axes.transAxes)
