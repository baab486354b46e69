"""What a pre-training run learned: a picture of all curves, and one line a task.

    python tools/analysis/training_curves.py WORK_DIR

Accuracies stand beside chance: for the classification tasks the share of the largest class among
pairs drawn as the run drew them, for the contrastive ones that of the positive among an anchor's
keys, as the log has it.
"""

import argparse
from contextlib import suppress
from pathlib import Path
from typing import Dict, Mapping

import numpy as np
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from tev_mmaction.datasets import ClipPairDataset
from tev_mmaction.datasets.readers import VideoError, open_video
from tev_mmaction.datasets.video_index import check_length
from tev_mmaction.models.heads import ClassificationHead
from tev_mmaction.visualization import draw_curves, read_curves, read_evaluations

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


def main() -> None:
    """Draw the curves and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('work_dir', type=Path, help='work directory of tools/train.py')
    parser.add_argument('--out', type=Path, help='picture; default: WORK_DIR/curves.png')
    args = parser.parse_args()
    configs = list(args.work_dir.glob('*.py'))
    if len(configs) != 1:
        parser.error(
            f'{args.work_dir} holds {len(configs)} configs, one is expected: is it the '
            'work directory of one run of tools/train.py?'
        )
    cfg = Config.fromfile(configs[0])
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    curves = read_curves(
        args.work_dir,
        majority_shares(DATASETS.build(cfg.train_dataloader.dataset), classifiers_of(cfg.model)),
    )
    out = args.out or args.work_dir / 'curves.png'
    evaluations = read_evaluations(args.work_dir)
    draw_curves(curves, evaluations).savefig(out, dpi=90)
    print(
        f'{"task":<14}{"loss: first":>12}{"last":>9}{"accuracy: first":>17}{"last":>8}{"chance":>9}'
    )
    for curve in curves:
        chance = f'{curve.chance:9.1%}' if curve.chance is not None else f'{"?":>9}'
        print(
            f'{curve.task:<14}{curve.loss[0]:12.4f}{curve.loss[-1]:9.4f}'
            f'{curve.accuracy[0]:17.1%}{curve.accuracy[-1]:8.1%}{chance}'
        )
    for name, (epochs, values) in evaluations.items():
        print(f'{name:<14}epoch {epochs[0]}: {values[0]:.1%}, epoch {epochs[-1]}: {values[-1]:.1%}')
    print(f'after {curves[0].iterations[-1]} iterations; curves: {out}')


if __name__ == '__main__':
    main()
