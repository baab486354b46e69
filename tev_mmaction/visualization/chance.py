"""What guessing gives in the classification tasks of a pre-training, found by drawing clips."""

from contextlib import suppress
from typing import Dict, Mapping

import numpy as np
import torch
from mmaction.registry import MODELS

from ..datasets import ClipPairDataset
from ..datasets.readers import VideoError, open_video
from ..datasets.video_index import check_length
from ..models.heads import ClassificationHead

_DRAWS = 4000


def majority_shares(
    dataset: ClipPairDataset, heads: Mapping[str, ClassificationHead]
) -> Dict[str, float]:
    """Share of the largest class of each classification task, over freshly drawn clips."""
    rng = np.random.default_rng(0)
    infos = [dataset.get_data_info(i) for i in rng.permutation(len(dataset))[:64]]
    usable = []
    for info in infos:
        with suppress(VideoError):  # training skipped it, too
            length = info.get('num_frames') or len(
                open_video(info['filename'], dataset.decoder, dataset.backend_args)
            )
            check_length(info['filename'], length, dataset.clip_sampler.min_frames)
            usable.append(length)
    drawn = []
    for _ in range(_DRAWS):
        shortest = int(rng.choice(usable, size=dataset.group_size).min())
        shared = dataset.clip_sampler.sample(shortest, rng)
        drawn.append(dataset.clip_sampler.place(shared, shortest, rng).labels)
    targets = {name: torch.tensor([labels[name] for labels in drawn]) for name in drawn[0]}
    targets['sample_idx'] = torch.arange(_DRAWS)
    counts = {task: head.labels(targets).bincount() for task, head in heads.items()}
    return {task: (count.max() / count.sum()).item() for task, count in counts.items()}


def classifiers_of(model: dict) -> Dict[str, ClassificationHead]:
    """The heads of a recognizer's config that classify."""
    heads = {
        name: MODELS.build(cfg, default_args=dict(in_channels=1))
        for name, cfg in model.heads.items()
        if cfg is not None
    }
    return {name: head for name, head in heads.items() if isinstance(head, ClassificationHead)}
