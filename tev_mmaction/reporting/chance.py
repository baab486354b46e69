"""Chance levels of the classification tasks of a training whose log does not have them."""

from collections import Counter
from dataclasses import replace
from typing import Callable, Dict, List, Mapping, Sequence

from mmaction.registry import MODELS
from mmengine.dataset import BaseDataset

from ..datasets import ClipPairDataset
from ..datasets.drawn_labels import drawn_labels
from ..datasets.video_lengths import video_lengths
from ..models.heads import ClassificationHead
from ..visualization.curves import TaskCurve

_DRAWS = 4000
_OPENED = 64


def with_chance(
    curves: Sequence[TaskCurve], model: dict, dataset: Callable[[], BaseDataset]
) -> List[TaskCurve]:
    """Add chance levels to curves whose log does not have them, such as logs of older versions.

    Args:
        curves (Sequence[TaskCurve]): Result of :func:`read_curves`.
        model (dict): Config of the model.
        dataset (Callable[[], BaseDataset]): Builds the training set; called only if needed.

    Returns:
        list[TaskCurve]: All curves, with the share of the largest class among freshly drawn clips,
        or among the labels of a fine-tuning.
    """
    if all(curve.chance is not None for curve in curves):
        return list(curves)
    videos = dataset()
    if isinstance(videos, ClipPairDataset):
        shares = majority_shares(videos, classifiers_of(model))
    else:
        found = (videos.get_data_info(index).get('label') for index in range(len(videos)))
        labels = Counter(label for label in found if isinstance(label, int))
        shares = dict(cls=max(labels.values()) / labels.total()) if labels else {}
    return [
        curve if curve.chance is not None else replace(curve, chance=shares.get(curve.task))
        for curve in curves
    ]


def majority_shares(
    dataset: ClipPairDataset, heads: Mapping[str, ClassificationHead]
) -> Dict[str, float]:
    """Share of the largest class of each classification task, over freshly drawn clips.

    A task whose labels come from the pipeline, as those of rotations do, is left out.

    Args:
        dataset: ``train_dataloader.dataset`` of a config.
        heads: Configs of the classification heads, by task.
    """
    targets = drawn_labels(dataset, video_lengths(dataset, _OPENED).frames, _DRAWS)
    drawn = {task: head.drawn_counts(targets) for task, head in heads.items()}
    counts = {task: count for task, count in drawn.items() if count is not None}
    return {task: (count.max() / count.sum()).item() for task, count in counts.items()}


def classifiers_of(model: dict) -> Dict[str, ClassificationHead]:
    """The classification heads in the config of a recognizer.

    Args:
        model: ``model`` of a config.
    """
    return {
        name: MODELS.build(cfg, default_args=dict(in_channels=1))
        for name, cfg in (model.get('heads') or {}).items()
        if cfg is not None and issubclass(MODELS.get(cfg['type']), ClassificationHead)
    }
