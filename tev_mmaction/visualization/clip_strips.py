"""A picture of what the pipeline draws: both clips of every video, frame by frame."""

from typing import List, Sequence

import matplotlib
from matplotlib.figure import Figure
from mmengine.dataset import pseudo_collate

from tev_mmaction.models import ClipPairDataPreprocessor

matplotlib.use('Agg')

_ORDERS = ('p before q', 'p after q', 'overlapping')
_ARROWS = {1: '→', -1: '←'}


def describe(metainfo: dict) -> List[str]:
    """Captions of the two clips of a sample, from the metainfo that ClipPairDataset writes."""
    pair = metainfo['clip_pair']
    shift = pair.q.start - pair.p.start
    return [
        f'p  {pair.p.speed}× {_ARROWS[pair.p.direction]}  frames {pair.p.start}–'
        f'{pair.p.interval[1] - 1}\n{_ORDERS[metainfo["order"]]}',
        f'q  {pair.q.speed}× {_ARROWS[pair.q.direction]}  frames {pair.q.start}–'
        f'{pair.q.interval[1] - 1}\nshift {shift:+d}',
    ]


def draw_clip_pairs(samples: Sequence[dict], group_size: int) -> Figure:
    """Draw two rows of frames a video, in order of playback; groups are framed together.

    Colour jitter that is left to the data preprocessor is applied: frames are what the model sees.

    Args:
        samples (Sequence[dict]): What ``ClipPairDataset.__getitems__`` returns, in order:
            ``inputs`` uint8 (2, C, T, H, W), RGB, and ``data_samples``.
        group_size (int): Videos a group.

    Returns:
        Figure: To be saved.
    """
    length = samples[0]['inputs'].shape[2]
    preprocessor = ClipPairDataPreprocessor(mean=[0] * 3, std=[1] * 3)
    pictures = preprocessor(pseudo_collate(samples))['inputs'].round().byte().numpy()
    rows = 2 * len(samples)
    figure = Figure(figsize=(2.6 + 0.75 * length, 0.8 * rows + 0.3 * len(samples)))
    # A thin empty row stands between videos.
    heights = [1, 1, 0.35] * len(samples)
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
        clips = pictures[number].transpose(0, 2, 3, 4, 1)
        name = metainfo['filename'].replace('\\', '/').rsplit('/', 1)[-1]
        for row, (clip, caption) in enumerate(zip(clips, describe(metainfo))):
            for frame in range(length):
                axes = figure.add_subplot(grid[3 * number + row, frame + 1])
                axes.imshow(clip[frame], aspect='auto')
                axes.set_axis_off()
            axes = figure.add_subplot(grid[3 * number + row, 0])
            axes.set_axis_off()
            axes.text(0, 0.5, caption, va='center', fontsize=9)
            if row == 0:
                group = number // group_size
                axes.text(
                    0,
                    1.02,
                    f'group {group + 1} · {name[-34:]}',
                    va='bottom',
                    fontsize=8,
                    weight='bold',
                    color=f'C{group % 10}',
                )
    return figure
