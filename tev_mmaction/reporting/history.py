"""The log of a training, as mmengine's LocalVisBackend writes it: one JSON object per line.

``WORK_DIR/<start>/vis_data/scalars.json`` of every start of a run has a line per logging
interval, with ``iter``, ``epoch``, ``loss`` and the losses and figures of the model, and a
line per validation, with ``step`` (its epoch) and the figures of the metrics.
"""

import json
from pathlib import Path
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ..visualization.curves import TaskCurve

# Name of the accuracy beside ``loss_cls`` in MMAction2's heads.
_STOCK_ACCURACY = dict(cls='top1_acc')
# Prefixes of the validation figures that are drawn.
_VALIDATED = ('retrieval/R@', 'svm/top1', 'equivariance/', 'acc/top1', 'acc/mean1', 'probe/')
# Figures of the features beside the losses.
_HEALTH = ('feature_std', 'rankme', 'lidar', 'alignment', 'uniformity')

Figures = Dict[str, Tuple[List[int], List[float]]]


def read_curves(work_dir: str, chance: Mapping[str, float] = {}) -> List[TaskCurve]:
    """Read the run of a work directory, including the runs that it resumed.

    Tasks are those of a pre-training, or ``cls``, the classification of a fine-tuning with
    MMAction2's heads.

    Args:
        work_dir (str): Work directory of ``tools/train.py``.
        chance (Mapping[str, float]): Chance accuracy by task, used if the log does not have it.
            Defaults to {}.

    Raises:
        FileNotFoundError: If there is no log of a training run.
    """
    rows = read_history(work_dir)
    curves = []
    names = dict.fromkeys(name for _, row in rows for name in row if name.startswith('loss_'))
    for task in (name.removeprefix('loss_') for name in names):
        accuracy = _STOCK_ACCURACY.get(task, f'acc_{task}')
        points = [(iteration, row) for iteration, row in rows if accuracy in row]
        if not points:
            continue
        guess = points[-1][1].get(f'chance_{task}', chance.get(task))
        curves.append(
            TaskCurve(
                task,
                [iteration for iteration, _ in points],
                [row[f'loss_{task}'] for _, row in points],
                [row[accuracy] for _, row in points],
                guess,
            )
        )
    return curves


def read_evaluations(work_dir: str) -> Figures:
    """Read the validation figures of the features over a run, and those of the online probe.

    Args:
        work_dir (str): Work directory of ``tools/train.py``.

    Returns:
        dict[str, tuple[list[int], list[float]]]: Epochs and values of every figure of
        ``RetrievalMetric``, ``LinearProbeMetric`` and ``AccMetric`` that is a share, and of
        ``EquivarianceMetric`` and ``OnlineProbeHook``; empty without validation.
    """
    rows = _history(work_dir, lambda row: None if 'loss' in row else row.get('step'))
    return _figures(rows, _VALIDATED)


def read_health(work_dir: str) -> Figures:
    """Read the figures of the features that need no labels: spread, ranks, alignment, uniformity.

    Args:
        work_dir (str): Work directory of ``tools/train.py``.

    Returns:
        dict[str, tuple[list[int], list[float]]]: Iterations and values of every figure that was
        logged.
    """
    return _figures(read_history(work_dir), _HEALTH)


def _figures(rows: Sequence[Tuple[int, dict]], wanted: Tuple[str, ...]) -> Figures:
    figures: Figures = {}
    for place, row in rows:
        for name, value in row.items():
            if name.startswith(wanted):
                places, values = figures.setdefault(name, ([], []))
                places.append(place)
                values.append(value)
    return figures


def read_history(work_dir: str) -> List[Tuple[int, dict]]:
    """The log of a training by iteration, including the runs that it resumed.

    Args:
        work_dir: Work directory of ``tools/train.py``.

    Raises:
        FileNotFoundError: If there is no log of a training run.
    """
    return _history(work_dir, lambda row: row['iter'] if 'loss' in row else None)


def _history(work_dir: str, position: Callable[[dict], Optional[int]]) -> List[Tuple[int, dict]]:
    """Rows of all logs of a run by position; None for rows that are not requested."""
    logs = sorted(Path(work_dir).glob('*/vis_data/scalars.json'))
    if not logs:
        raise FileNotFoundError(
            f'no */vis_data/scalars.json below {work_dir}: not a work '
            'directory of tools/train.py, or nothing was logged yet'
        )
    history: Dict[int, dict] = {}
    for log in logs:
        new: Dict[int, dict] = {}
        for line in log.read_text().splitlines():
            row = json.loads(line)
            place = position(row)
            if place is not None:
                # The online probe writes a line of its own.
                new.setdefault(place, {}).update(row)
        if new:  # a resumed run continues where its log begins; a new run begins at 1
            history = {i: row for i, row in history.items() if i < min(new)} | new
    return sorted(history.items())
