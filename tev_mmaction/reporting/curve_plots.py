"""Plots of a training: loss and accuracy of every task, validations, health of the features."""

from typing import Any, Dict, List, Mapping, Sequence, Tuple

from mmaction.registry import METRICS as CLASSES

from ..evaluation import Evaluation
from ..visualization.curves import TaskCurve
from .figures import METRICS, figure_title, is_share
from .history import Figures
from .line_plots import MOST_LINES, Line, line_plot

_NAMES = dict(cls='classification')  # of tasks, in MMAction2's logs
_PROBE = dict(nn1='1-NN', top1='linear SVM')
# Figures of the features, by plot.
_HEALTH = {
    'Effective rank': dict(rankme='RankMe', lidar='LiDAR'),
    'Spread (feature_std)': dict(feature_std='spread'),
    'Alignment': dict(alignment='alignment'),
    'Uniformity': dict(uniformity='uniformity'),
}


def task_plots(curves: Sequence[TaskCurve]) -> List[Dict[str, Any]]:
    """For every task its ``name`` and ``plots``, of accuracy and of loss.

    Args:
        curves (Sequence[TaskCurve]): Result of :func:`read_curves`.
    """
    return [
        dict(
            name=_NAMES.get(curve.task, curve.task),
            plots=[
                line_plot(
                    'Accuracy',
                    [Line('accuracy', curve.iterations, curve.accuracy, curve.chance)],
                    percent=True,
                ),
                line_plot('Loss, weighted', [Line('loss', curve.iterations, curve.loss)]),
            ],
        )
        for curve in curves
    ]


def validation_plots(
    validations: Mapping[str, Tuple[Sequence[int], Sequence[float]]],
    evaluations: Sequence[Evaluation],
) -> List[Dict[str, Any]]:
    """A plot of the figures of every metric over the epochs; shares apart from other figures.

    Args:
        validations (Mapping[str, tuple]): Result of :func:`read_evaluations`. Those of the online
            probe bring their chance levels.
        evaluations (Sequence[Evaluation]): Those of the run have the chance levels.
    """
    chance = _chance_of_validations(evaluations)
    lines: Dict[Tuple[str, bool], List[Line]] = {}
    for name, (epochs, values) in validations.items():
        prefix, _, figure = name.rpartition('/')
        if figure.startswith('chance_'):
            continue
        _, of_probe = validations.get(f'{prefix}/chance_{figure}', ((), ()))
        level = of_probe[-1] if of_probe else chance.get(name)
        title = _PROBE[figure] if prefix == 'probe' else figure_title(figure)
        line = Line(title, epochs, values, level)
        lines.setdefault((prefix, is_share(figure)), []).append(line)
    titles = {_prefix(metric): title for metric, title in METRICS.items()}
    titles['probe'] = 'Online probe'
    return [
        line_plot(titles.get(prefix, prefix), found[at : at + MOST_LINES], percent, 'epoch')
        for (prefix, percent), found in lines.items()
        for at in range(0, len(found), MOST_LINES)
    ]


def health_plots(figures: Figures) -> List[Dict[str, Any]]:
    """Plots of the figures of features that need no labels.

    Args:
        figures (dict): Result of :func:`read_health`.
    """
    return [
        line_plot(title, [Line(names[name], *figures[name]) for name in names if name in figures])
        for title, names in _HEALTH.items()
        if names.keys() & figures.keys()
    ]


def _chance_of_validations(evaluations: Sequence[Evaluation]) -> Dict[str, float]:
    """Chance levels by the names of figures in the log."""
    return {
        f'{_prefix(record.metric)}/{figure}': value
        for _, source, record in evaluations
        if source.when.startswith('iter')
        for figure, value in record.chance.items()
    }


def _prefix(metric: str) -> str:
    """Of the figures of a metric in a log."""
    return str(getattr(CLASSES.get(metric), 'default_prefix', None) or metric)
