"""Draw the figures of a study as bars or lines, with their spread."""

from textwrap import fill
from typing import Dict

from matplotlib.figure import Figure
from study import Study

from tev_mmaction.visualization import draw_accuracies

_WIDTH = 0.8  # of all bars of a figure


def draw_bars(study: Study, facts: dict, group: dict) -> Figure:
    """One group of bars a figure, one bar a row that has it, and a line where chance is.

    Args:
        study (Study): Whose figures and labels they are.
        facts (dict): Means and spreads, see :func:`facts_of`.
        group (dict): ``title``, and ``figures``, by their names in the study.
    """
    names = list(group['figures'])
    rows: Dict[str, Dict[str, dict]] = {
        row: {name: found[name] for name in names if name in found}
        for row, found in facts['rows'].items()
    }
    rows = {row: found for row, found in rows.items() if found}
    figure = Figure(figsize=(max(6.4, 1.6 * len(names)), 3.8), layout='constrained')
    axes = figure.subplots()
    width = _WIDTH / max(1, len(rows))
    for number, (row, found) in enumerate(rows.items()):
        left = number * width - _WIDTH / 2 + width / 2
        axes.bar(
            [names.index(name) + left for name in found],
            [each['mean'] for each in found.values()],
            width,
            yerr=[each['std'] for each in found.values()],
            label=row,
            color=f'C{number}',
            error_kw=dict(linewidth=1),
        )
    for place, name in enumerate(names):
        if name in facts['chance']:
            ends = (place - _WIDTH / 2, place + _WIDTH / 2)
            axes.plot(ends, [facts['chance'][name]] * 2, color='0.2', linestyle='--', linewidth=1)
    labels = (study.figures[name]['label'].removesuffix(', %') for name in names)
    axes.set_xticks(range(len(names)), [fill(label, 14) for label in labels])
    axes.set(title=group['title'], ylim=(0, 100), ylabel='percent; dashed: chance')
    axes.legend(frameon=False, fontsize='small', loc='center left', bbox_to_anchor=(1, 0.5))
    return figure


def draw_lines(facts: dict, group: dict) -> Figure:
    """Figures over numbers, one line a series, without what was not run.

    Args:
        facts (dict): Means and spreads, see :func:`facts_of`.
        group (dict): ``title``, ``x``, ``xlabel``, and ``series``: by name, the row and the figure
            at each number.
    """
    series = {
        name: {
            number: (found['mean'], found['std'])
            for number, (row, figure) in zip(group['x'], points)
            if (found := facts['rows'].get(row, {}).get(figure))
        }
        for name, points in group['series'].items()
    }
    return draw_accuracies(series, group['title'], group['xlabel'], group['x'])
