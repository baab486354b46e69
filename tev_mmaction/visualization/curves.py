"""Curves of a training run: loss and accuracy of every task, with chance."""

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from matplotlib.figure import Figure


@dataclass(frozen=True)
class TaskCurve:
    """One task over a run.

    Args:
        task (str): Its name in the logs.
        iterations (list[int]): Iterations of the logged figures.
        loss (list[float]): Weighted loss, averaged over the log window.
        accuracy (list[float]): Top-1 accuracy, averaged over the log window.
        chance (float, optional): Chance accuracy; None if unknown.
    """

    task: str
    iterations: List[int]
    loss: List[float]
    accuracy: List[float]
    chance: Optional[float]


def draw_curves(
    curves: Sequence[TaskCurve],
    evaluations: Optional[Dict[str, Tuple[List[int], List[float]]]] = None,
) -> Figure:
    """Plot losses (top) and accuracies with chance as a dashed line (bottom), a column per task.

    Args:
        curves (Sequence[TaskCurve]): Result of :func:`tev_mmaction.reporting.read_curves`.
        evaluations (dict, optional): Result of :func:`tev_mmaction.reporting.read_evaluations`.
            If there are any, they get a separate column.
    """
    columns = len(curves) + bool(evaluations)
    figure = Figure(figsize=(3.2 * columns, 5), layout='constrained')
    axes = figure.subplots(2, columns, sharex='col', squeeze=False)
    for column, curve in enumerate(curves):
        loss, accuracy = axes[:, column]
        loss.plot(curve.iterations, curve.loss, color=f'C{column}')
        loss.set_title(curve.task)
        accuracy.plot(curve.iterations, curve.accuracy, color=f'C{column}')
        if curve.chance is not None:
            accuracy.axhline(
                curve.chance,
                color='0.4',
                linestyle='--',
                linewidth=1,
                label=f'chance {curve.chance:.3g}',
            )
            accuracy.legend(loc='upper left', frameon=False)
        accuracy.set_ylim(0, 1)
        accuracy.set_xlabel('iteration')
    if evaluations:
        axes[0, -1].remove()
        for name, (epochs, values) in evaluations.items():
            style: Dict[str, str] = dict(marker='.')
            if '/chance_' in name:
                style = dict(color='0.4', linestyle='--' if name.endswith('nn1') else ':')
            axes[1, -1].plot(epochs, values, label=name, **style)
        axes[1, -1].set(title='validation', xlabel='epoch', ylim=(0, 1))
        axes[1, -1].legend(loc='upper left', frameon=False)
    axes[0, 0].set_ylabel('weighted loss')
    axes[1, 0].set_ylabel('top-1 accuracy')
    return figure
