import numpy as np
from mmaction.registry import DATASETS

from helpers import dataset_cfg, deferred_pipeline
from tev_mmaction.temporal import ClipPair
from tev_mmaction.visualization import draw_clip_pairs


def shown_in(figure):
    pictures = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    return np.stack(pictures).reshape(4, 2, 8, 32, 32, 3)


def test_the_picture_shows_every_frame_and_says_what_it_is(clips):
    samples = DATASETS.build(dataset_cfg(clips)).__getitems__([0, 1, 2, 3])
    figure = draw_clip_pairs(samples, group_size=2)
    shown = shown_in(figure)
    for sample, clips_shown in zip(samples, shown):
        assert np.array_equal(sample['inputs'].numpy().transpose(0, 2, 3, 4, 1), clips_shown)
    text = '\n'.join(t.get_text() for axes in figure.axes for t in axes.texts)
    for sample in samples:
        pair = ClipPair(*sample['data_samples'].metainfo['clips'])
        assert f'shift {pair.q.start - pair.p.start:+d}' in text
        assert f'{pair.p.speed}× {"→" if pair.p.direction > 0 else "←"}' in text
        assert f'frames {pair.q.start}–{pair.q.interval[1] - 1}' in text
        assert (
            pair.order.name.lower().replace('before', 'p before q').replace('after', 'p after q')
            in text
        )


def test_the_picture_shows_the_colours_that_the_model_sees(clips):
    batch = [0, 1, 2, 3]
    shown = []
    for pipeline in (dataset_cfg(clips)['pipeline'], deferred_pipeline()):
        samples = DATASETS.build(dataset_cfg(clips, pipeline=pipeline)).__getitems__(batch)
        shown.append(shown_in(draw_clip_pairs(samples, group_size=2)).astype(int))
    assert np.abs(shown[0] - shown[1]).max() <= 1
    assert (
        np.abs(
            shown[1] - [sample['inputs'].numpy().transpose(0, 2, 3, 4, 1) for sample in samples]
        ).max()
        > 9
    )
