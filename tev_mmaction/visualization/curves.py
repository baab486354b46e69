"""Curves of a training run: every task's loss and accuracy, beside what guessing would give."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Sequence

import matplotlib
from matplotlib.figure import Figure

matplotlib.use('Agg')

TASKS = ('equivariance', 'instance', 'speed', 'direction', 'order')


@dataclass(frozen=True)
class TaskCurve:
    """One task over a run.

    Args:
        task (str): Its name in the logs.
        iterations (list[int]): Where figures were logged.
        loss (list[float]): Weighted loss, averaged over the log window.
        accuracy (list[float]): Top-1 accuracy, averaged over the log window.
        chance (float, optional): Accuracy of guessing; None where it is not known.
    """

    task: str
    iterations: List[int]
    loss: List[float]
    accuracy: List[float]
    chance: Optional[float]


def read_curves(work_dir: str, chance: Dict[str, float]) -> List[TaskCurve]:
    """Read the run of a work directory, with what it resumed.

    Args:
        work_dir (str): Work directory of ``tools/train.py``.
        chance (dict[str, float]): Accuracy of guessing, by task. For contrastive tasks that are
            missing here it is 1 / (1 + negatives), the share of one positive among the keys.

    Raises:
        FileNotFoundError: If there is no log of a training run.
    """
    logs = sorted(Path(work_dir).glob('*/vis_data/scalars.json'))
    if not logs:
        raise FileNotFoundError(
            f'no */vis_data/scalars.json below {work_dir}: not a work '
            'directory of tools/train.py, or nothing was logged yet'
        )
    history = {}
    for log in logs:
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        new = {line['iter']: line for line in lines if 'loss' in line}
        if new:  # a resumed run goes on where its log begins, one started anew begins at 1
            history = {i: row for i, row in history.items() if i < min(new)} | new
    rows = sorted(history.items())
    curves = []
    for task in TASKS:
        points = [(iteration, row) for iteration, row in rows if f'loss_{task}' in row]
        if not points:
            continue
        negatives = points[-1][1].get(f'negatives_{task}')
        guess = chance.get(task, 1 / (1 + negatives) if negatives else None)
        curves.append(
            TaskCurve(
                task,
                [iteration for iteration, _ in points],
                [row[f'loss_{task}'] for _, row in points],
                [row[f'acc_{task}'] for _, row in points],
                guess,
            )
        )
    return curves


def draw_curves(curves: Sequence[TaskCurve]) -> Figure:
    """Losses above, accuracies below with chance as a dashed line, a column a task."""
    figure = Figure(figsize=(3.2 * len(curves), 5), layout='constrained')
    axes = figure.subplots(2, len(curves), sharex=True, squeeze=False)
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
    axes[0, 0].set_ylabel('weighted loss')
    axes[1, 0].set_ylabel('top-1 accuracy')
    return figure
