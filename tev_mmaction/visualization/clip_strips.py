"""A picture of the clips that a pipeline makes, frame by frame."""

from typing import List, Sequence

import numpy as np
from matplotlib.figure import Figure
from mmengine.dataset import pseudo_collate

from tev_mmaction.listing import cut
from tev_mmaction.models import ClipPairDataPreprocessor
from tev_mmaction.temporal import Clip

_ORDERS = ('p before q', 'p after q', 'overlapping')


def describe_clips(metainfo: dict) -> List[str]:
    """Captions of the clips of a sample.

    Args:
        metainfo (dict): What ClipPairDataset writes about the sample.

    Returns:
        list[str]: One per clip.
    """
    clips = metainfo['clips']
    names = 'pq' if len(clips) == 2 else range(1, len(clips) + 1)
    captions = [f'{name}  {_describe_clip(clip)}' for name, clip in zip(names, clips)]
    if 'relative_id' in metainfo and 'order' in metainfo:
        captions[0] += f'\n{_ORDERS[metainfo["order"]]}'
        captions[1] += f'\nshift {clips[1].start - clips[0].start:+d}'
    return captions


def _describe_clip(clip: Clip) -> str:
    indices = clip.frame_indices()
    return f'{clip.name}  frames {indices.min()}–{indices.max()}'


def clip_pictures(samples: Sequence[dict]) -> np.ndarray:
    """The frames that the model receives, after the colour jitter of the data preprocessor.

    Args:
        samples (Sequence[dict]): Result of ``ClipPairDataset.__getitems__``: ``inputs`` uint8
            (V, C, T, H, W), RGB, and ``data_samples``.

    Returns:
        np.ndarray: (N, V, T, H, W, C), uint8, RGB.
    """
    preprocessor = ClipPairDataPreprocessor(mean=[0] * 3, std=[1] * 3)
    pictures = preprocessor(pseudo_collate(samples))['inputs'].round().byte().numpy()
    return np.moveaxis(pictures, 2, -1)


def draw_clip_pairs(samples: Sequence[dict], group_size: int) -> Figure:
    """Draw a row of frames per clip, in playback order; the videos of a group share a frame.

    Args:
        samples (Sequence[dict]): As of :func:`clip_pictures`.
        group_size (int): Videos per group.

    Returns:
        Figure: The figure.
    """
    num_clips, _, length = samples[0]['inputs'].shape[:3]
    pictures = clip_pictures(samples)
    rows = num_clips * len(samples)
    figure = Figure(figsize=(2.6 + 0.75 * length, 0.8 * rows + 0.3 * len(samples)))
    # A thin empty row separates videos.
    heights = ([1] * num_clips + [0.35]) * len(samples)
    grid = figure.add_gridspec(
        len(heights),
        length + 1,
        height_ratios=heights,
        width_ratios=[3.4] + [1] * length,
        wspace=0.03,
        hspace=0.04,
        left=0.01,
        right=0.995,
        top=0.97,
        bottom=0.005,
    )
    for number, sample in enumerate(samples):
        metainfo = sample['data_samples'].metainfo
        name = metainfo['filename'].replace('\\', '/').rsplit('/', 1)[-1]
        for row, (clip, caption) in enumerate(zip(pictures[number], describe_clips(metainfo))):
            for frame in range(length):
                axes = figure.add_subplot(grid[(num_clips + 1) * number + row, frame + 1])
                axes.imshow(clip[frame], aspect='auto')
                axes.set_axis_off()
            axes = figure.add_subplot(grid[(num_clips + 1) * number + row, 0])
            axes.set_axis_off()
            axes.text(0, 0.5, caption, va='center', fontsize=9)
            if row == 0:
                group = number // group_size
                axes.text(
                    0,
                    1.02,
                    f'group {group + 1} · {cut(name, 34)}',
                    va='bottom',
                    fontsize=8,
                    weight='bold',
                    color=f'C{group % 10}',
                )
    return figure
