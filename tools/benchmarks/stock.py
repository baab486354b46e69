"""The two sides of the data benchmarks: MMAction2's pipeline, and ours as the configs have it."""

from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

import numpy as np
import torch
from mmaction.registry import DATASETS, MODELS
from mmcv.transforms import BaseTransform, Compose
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import DataLoader, Dataset
from video_sets import VideoSet

from tev_mmaction.temporal import ClipSpec

CONFIGS = Path(__file__).parents[2] / 'configs'
_NORMALISE = dict(
    type='ActionDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    format_shape='NCTHW',
)
# MMAction2's hue overflows for negative values under numpy 2: its range is one-sided here, which
# costs as much. MMAction2 has no random greyscale.
COLOUR_JITTER = dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=(0, 0.1))


class Draw(NamedTuple):
    """Which frames of a video are wanted."""

    path: str
    clips: Sequence[ClipSpec]


class Order(BaseTransform):
    """Turn a clip that is played backwards, after its frames were decoded in ascending order.

    Stock decoding is given ascending frames: descending ones cost decord a seek a frame.
    """

    def transform(self, results: Dict) -> Dict:
        results['imgs'] = results['imgs'][:: results['direction']]
        return results


class StockClipPairs(Dataset):
    """Pairs of clips as MMAction2 can make them: one pass of its pipeline a clip.

    The temporal draws are given, in the place of ``SampleFrames``; the spatial ones are random.

    Args:
        draws (Sequence[Draw]): The pairs.
        augment (bool): Whether to augment and pack, or to decode alone.
    """

    def __init__(self, draws: Sequence[Draw], augment: bool = True):
        self.draws = draws
        pipeline = [dict(type='DecordInit'), dict(type='DecordDecode'), Order()]
        if augment:
            pipeline += [
                dict(type='RandomResizedCrop', area_range=(0.3, 1.0)),
                dict(type='Resize', scale=(112, 112), keep_ratio=False),
                dict(type='Flip', flip_ratio=0.5),
                dict(type='RandomApply', transforms=[COLOUR_JITTER], prob=0.8),
                dict(type='FormatShape', input_format='NCTHW'),
                dict(type='PackActionInputs'),
            ]
        self.pipeline = Compose(pipeline)

    def __len__(self) -> int:
        return len(self.draws)

    def clips(self, index: int) -> List[dict]:
        """What the pipeline makes of the two clips of a pair."""
        draw = self.draws[index]
        return [
            self.pipeline(
                dict(
                    filename=draw.path,
                    frame_inds=np.sort(clip.frame_indices()),
                    direction=clip.direction,
                    clip_len=clip.length,
                    num_clips=1,
                    modality='RGB',
                    start_index=0,
                )
            )
            for clip in draw.clips
        ]

    def __getitem__(self, index: int) -> dict:
        p, q = self.clips(index)
        inputs = torch.cat([p['inputs'], q['inputs']])
        return dict(inputs=inputs, data_samples=p['data_samples'])


def stock_loader(draws: Sequence[Draw], batch_size: int, num_workers: int) -> DataLoader:
    """Batches of stock pairs, in the order of the draws, by persistent workers."""
    return DataLoader(
        StockClipPairs(draws),
        batch_size=batch_size,
        num_workers=num_workers,
        persistent_workers=True,
        collate_fn=pseudo_collate,
    )


def stock_preprocessor() -> nn.Module:
    """Stack, to float, normalise."""
    return MODELS.build(_NORMALISE)


def loader_cfg(data_root: str, ann_file: str, prefix: str) -> Config:
    """The training loader as the configs have it, on a list of videos."""
    cfg = Config.fromfile(CONFIGS / '_base_/datasets/clip_pairs.py').train_dataloader
    cfg.dataset.update(data_root=data_root, ann_file=ann_file, data_prefix=dict(video=prefix))
    return cfg


def _loader_cfg(videos: VideoSet) -> Config:
    cfg = loader_cfg(str(videos.root), str(videos.ann_file), videos.prefix)
    cfg.dataset.index_file = videos.index and str(videos.index)
    return cfg


def our_dataset(videos: VideoSet) -> Dataset:
    """``ClipPairDataset`` as the configs have it."""
    return DATASETS.build(_loader_cfg(videos).dataset)


def our_loader(videos: VideoSet, batch_size: int, num_workers: int) -> DataLoader:
    """The training loader as the configs have it; the same batches in every pass."""
    cfg = _loader_cfg(videos)
    cfg.update(batch_size=batch_size, num_workers=num_workers)
    return Runner.build_dataloader(cfg, seed=0)


def our_preprocessor() -> nn.Module:
    """The data preprocessor of the pre-training models."""
    model = Config.fromfile(CONFIGS / '_base_/models/tev_r3d18.py').model
    return MODELS.build(model.data_preprocessor)


def draws_of(data_samples: Sequence) -> List[Draw]:
    """The temporal draws that ``ClipPairDataset`` made, from its samples."""
    return [Draw(sample.filename, sample.clips) for sample in data_samples]
