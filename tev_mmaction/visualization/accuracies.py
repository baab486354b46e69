"""Accuracies over a number, such as the labels of a class."""

from typing import Dict, Sequence, Tuple

from matplotlib.figure import Figure


def draw_accuracies(
    series: Dict[str, Dict[float, Tuple[float, float]]],
    title: str,
    xlabel: str,
    ticks: Sequence[float],
) -> Figure:
    """One line with error bars for each series, over a logarithmic axis.

    Args:
        series (dict): By name, mean and spread in percent at each number; empty ones are left out.
        title (str): Title of the figure.
        xlabel (str): What the numbers are.
        ticks (Sequence[float]): Numbers that are marked on the axis.
    """
    figure = Figure(figsize=(7.2, 4.2), layout='constrained')
    axes = figure.subplots()
    for name, points in series.items():
        if points:
            axes.errorbar(
                list(points),
                [mean for mean, _ in points.values()],
                yerr=[spread for _, spread in points.values()],
                label=name,
                marker='o',
                markersize=4,
                linewidth=1.2,
                elinewidth=1,
            )
    axes.set_xscale('log')
    axes.set_xticks(ticks, [str(number) for number in ticks])
    axes.minorticks_off()
    axes.set(title=title, xlabel=xlabel, ylabel='accuracy, %', ylim=(0, 100))
    axes.legend(frameon=False, fontsize='small', loc='center left', bbox_to_anchor=(1, 0.5))
    return figure
