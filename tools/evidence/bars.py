"""Draw the figures of a study as bars or lines, with their spread."""

from textwrap import fill
from typing import Dict

from matplotlib.figure import Figure
from study import Study

from tev_mmaction.visualization import draw_accuracies

_WIDTH = 0.8  # of all bars of a figure, or of a row
_MANY = 12  # rows that have colours of their own


def draw_bars(study: Study, facts: dict, group: dict) -> Figure:
    """One group of bars a figure, one bar a row that has it, and a line where chance is.

    Many rows are a list instead, by the first figure, with one bar a figure.

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
    labels = {name: study.figures[name]['label'].removesuffix(', %') for name in names}
    if len(rows) > _MANY:
        return _draw_list(rows, labels, facts['chance'], group['title'])
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
    axes.set_xticks(range(len(names)), [fill(labels[name], 14) for name in names])
    axes.set(title=group['title'], ylim=(0, 100), ylabel='percent; dashed: chance')
    axes.legend(frameon=False, fontsize='small', loc='center left', bbox_to_anchor=(1, 0.5))
    return figure


def _draw_list(
    rows: Dict[str, Dict[str, dict]], labels: Dict[str, str], chance: Dict[str, float], title: str
) -> Figure:
    """Rows below each other, the best above; a line where the chance of a figure is."""
    first = next(iter(labels))
    best = sorted(rows, key=lambda row: rows[row].get(first, {}).get('mean', float('-inf')))
    figure = Figure(figsize=(6.4, 1 + 0.22 * len(rows)), layout='constrained')
    axes = figure.subplots()
    height = _WIDTH / len(labels)
    for number, name in enumerate(labels):
        above = _WIDTH / 2 - (number + 0.5) * height
        found = {place: rows[row][name] for place, row in enumerate(best) if name in rows[row]}
        axes.barh(
            [place + above for place in found],
            [each['mean'] for each in found.values()],
            height,
            xerr=[each['std'] for each in found.values()],
            label=labels[name],
            color=f'C{number}',
            error_kw=dict(linewidth=1),
        )
    for value in sorted({round(chance[name], 2) for name in labels if name in chance}):
        axes.axvline(value, color='0.2', linestyle='--', linewidth=1)
    axes.set_yticks(range(len(best)), best, fontsize='small')
    axes.set(title=title, xlim=(0, 100), xlabel='percent; dashed: chance')
    axes.margins(y=0.01)
    if len(labels) > 1:
        axes.legend(frameon=False, fontsize='small', loc='lower right')
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
