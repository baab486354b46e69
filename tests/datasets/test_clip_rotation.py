"""Rotations, against loops over pixels."""

from collections import Counter

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from helpers import build_dataset, dataset_cfg
from tev_mmaction.datasets.randomness import seeded


def results_of(num_clips, labels=None, side=5):
    frames = np.random.default_rng(0).integers(0, 256, (num_clips * 2, side, side, 3), np.uint8)
    return dict(imgs=frames.copy(), num_clips=num_clips, clip_len=2, clip_labels=labels or {})


def rotated(frame, turns):
    """What is on the right comes to the top, once for each turn."""
    for _ in range(turns):
        side = len(frame)
        out = np.empty_like(frame)
        for y in range(side):
            for x in range(side):
                out[y, x] = frame[x, side - 1 - y]
        frame = out
    return frame


def test_clips_are_turned_by_their_label():
    before = results_of(4)['imgs']
    after = TRANSFORMS.build(dict(type='ClipRotation'))(results_of(4, dict(rotations=(2, 0, 3, 1))))
    for index, frame in enumerate(before):
        assert (after['imgs'][index] == rotated(frame, (2, 0, 3, 1)[index // 2])).all()


@pytest.mark.parametrize('num_clips', [1, 4, 6])
def test_rotations_are_drawn_without_replacement(num_clips):
    transform, drawn = TRANSFORMS.build(dict(type='ClipRotation')), Counter()
    for seed in range(400):
        with seeded(seed):
            labels = transform(results_of(num_clips))['clip_labels']['rotations']
        assert len(labels) == num_clips and len(set(labels[:4])) == min(num_clips, 4)
        drawn[labels[0]] += 1
    assert set(drawn) == {0, 1, 2, 3} and min(drawn.values()) > 70


def test_other_shapes_are_refused():
    results = results_of(1)
    results['imgs'] = results['imgs'][:, :, :4]
    with pytest.raises(ValueError, match='square frames, but they are 4x5.*ClipRandomResizedCrop'):
        TRANSFORMS.build(dict(type='ClipRotation'))(results)


def test_the_dataset_passes_the_label_on(clips):
    pipeline = dataset_cfg(clips)['pipeline']
    pipeline.insert(1, dict(type='ClipRotation'))
    sampler = dict(type='IndependentClipSampler', clip_len=8, num_draws=1, num_views=4)
    dataset = build_dataset(clips, clip_sampler=sampler, group_size=1, pipeline=pipeline)
    assert sorted(dataset[0]['data_samples'].metainfo['rotations']) == [0, 1, 2, 3]
