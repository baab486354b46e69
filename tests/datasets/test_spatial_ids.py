"""Spatial equivariance: rows b and c of the paper's Table 1."""

import numpy as np
import pytest

from helpers import build_dataset, clip_results, dataset_cfg, metainfos, write_clip
from tev_mmaction.datasets.clip_loader import spatial_ids
from tev_mmaction.datasets.randomness import seeded
from tev_mmaction.datasets.transforms import ClipFlip, ClipRandomResizedCrop
from tev_mmaction.temporal import ClipPair

SPATIAL = dict(type='IndependentClipSampler', clip_len=8, speeds=(1, 2), num_draws=1, num_views=2)
TEMPORAL = dict(clip_len=8, speeds=(1, 2, 4))


def pipeline(shared=True, size=32):
    steps = dataset_cfg('')['pipeline']
    steps[0] = dict(type='ClipRandomResizedCrop', size=size, share_in_group=shared)
    steps[1] = dict(type='ClipFlip', share_in_group=shared)
    return steps


def ids(labels, draws):
    found = spatial_ids(labels, draws)
    return found['relative_id'], found['swapped_id']


def test_ids_are_equal_iff_all_parts_are():
    draws, others = [(1, 2), (3, 4)], [(1, 2), (3, 5)]
    labels = dict(relative_id=5, swapped_id=6)
    assert ids(labels, draws) == ids(dict(labels), [(1, 2), (3, 4)])
    assert ids(labels, draws)[::-1] == ids(dict(relative_id=6, swapped_id=5), draws[::-1])
    distinct = [
        ids(labels, draws),
        ids(labels, others),
        ids(dict(relative_id=7, swapped_id=8), draws),
        ids({}, draws),
        ids(labels, [(1, 2, 3), (4,)]),
    ]
    flat = [number for pair in distinct for number in pair]
    assert len(set(flat)) == 10
    assert all(-(2**63) <= number < 2**63 for number in flat)
    equal = ids({}, [(1,), (1,)])
    assert equal[0] == equal[1]  # its own inverse


@pytest.mark.parametrize('num_clips', [1, 3])
def test_other_numbers_of_clips_are_refused(num_clips):
    with pytest.raises(ValueError, match=f'two clips, but there are {num_clips}'):
        spatial_ids({}, [(0,)] * num_clips)


@pytest.mark.parametrize('sampler', [SPATIAL, TEMPORAL], ids=['b', 'c'])
def test_groups_share_the_spatial_draws_of_p_and_of_q(clips, sampler):
    """Frames are of one colour each, so positions are told by a picture of our own."""
    dataset = build_dataset(clips, group_size=3, clip_sampler=sampler, pipeline=pipeline())
    relatives, starts = set(), []
    for seed in range(6):
        order = np.random.default_rng(seed).permutation(12)[:6].tolist()
        infos = metainfos(dataset.__getitems__(order))
        for group in (infos[:3], infos[3:]):
            assert len({info['relative_id'] for info in group}) == 1
            assert len({info['swapped_id'] for info in group}) == 1
            assert group[0]['relative_id'] != group[0]['swapped_id']
            relatives.add(group[0]['relative_id'])
            starts.append(len({info['clips'][0] for info in group}))
            if sampler is SPATIAL:
                assert all(info['clips'][0] == info['clips'][1] for info in group)
    assert len(relatives) == 12  # between groups they differ
    assert max(starts) > 1  # where in its video the pair lies, and in (b) its speed, is its own


def test_ids_do_not_depend_on_the_size_of_the_videos(tmp_path):
    for number, size in enumerate([(64, 48), (48, 64), (160, 90), (64, 48)]):
        write_clip(tmp_path / f'{number}.mp4', 40, size)
    dataset = build_dataset(
        tmp_path, ann_file='', group_size=4, clip_sampler=SPATIAL, pipeline=pipeline()
    )
    assert len({info['relative_id'] for info in metainfos(dataset.__getitems__([0, 1, 2, 3]))}) == 1


def test_without_sharing_ids_are_temporal_alone(clips):
    dataset = build_dataset(clips, pipeline=pipeline(shared=False))
    for info in metainfos(dataset.__getitems__([0, 1, 2, 3])):
        assert info['relative_id'] == ClipPair(*info['clips']).relative.id


def ramp(height, width):
    """A picture whose colour tells where a pixel is, in shares of the frame."""
    x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    return np.stack([255 * x, 255 * y, 0 * x], axis=-1).round().astype(np.uint8)


def transformed(transform, shape, group_seed, seed):
    results = clip_results(num_clips=2, clip_len=1)
    results['imgs'] = [ramp(*shape)] * 2
    results['group_rng'] = np.random.default_rng(group_seed)
    with seeded(seed):
        return transform(results)


@pytest.mark.parametrize('shape', [(120, 160), (240, 320), (300, 130), (144, 256)])
def test_shared_crops_are_the_same_part_of_any_frame(shape):
    transform = ClipRandomResizedCrop(16, area_range=(0.2, 0.7), share_in_group=True)
    different = 0
    for group in range(10):
        reference = transformed(transform, (480, 640), group, seed=1)
        other = transformed(transform, shape, group, seed=2)  # a video draws for itself otherwise
        assert reference['spatial_draws'] == other['spatial_draws']
        for a, b in zip(reference['imgs'].astype(int), other['imgs'].astype(int)):
            assert np.abs(a - b).max() <= 4  # of 255: a pixel of the smaller frame, and rounding
        different += reference['spatial_draws'][0] != reference['spatial_draws'][1]
    assert different == 10  # p and q have crops of their own


def test_shared_flips_are_those_of_the_group():
    transform = ClipFlip(share_in_group=True)
    seen = set()
    for group in range(20):
        results = [transformed(transform, (40, 60), group, seed) for seed in (1, 2)]
        assert np.array_equal(results[0]['imgs'], results[1]['imgs'])
        draws = results[0]['spatial_draws']
        for frame, (flipped,) in zip(results[0]['imgs'], draws):
            assert np.array_equal(frame, ramp(40, 60)[:, ::-1] if flipped else ramp(40, 60))
        seen.add(tuple(draws))
    assert len(seen) == 4


def test_crops_and_flips_of_a_group_are_independent():
    """Both draw from the group's generator, one after the other."""
    crop, flip = ClipRandomResizedCrop(8, share_in_group=True), ClipFlip(share_in_group=True)
    flips = [flip(transformed(crop, (40, 60), g, 0))['spatial_draws'] for g in range(200)]
    narrow = [draws[0][2] - draws[0][0] < 2400 for draws in flips]
    flipped = [draws[0][4] for draws in flips]
    assert abs(np.corrcoef(narrow, flipped)[0, 1]) < 0.25


@pytest.mark.parametrize('transform', [ClipFlip, lambda **k: ClipRandomResizedCrop(8, **k)])
def test_other_datasets_have_no_groups(transform):
    with pytest.raises(KeyError, match='share_in_group=True needs the groups of ClipPairDataset'):
        transform(share_in_group=True)(clip_results())


def test_sharing_with_three_clips_is_refused(clips):
    sampler = dict(SPATIAL, num_views=3)
    with pytest.raises(ValueError, match='there are 3: use a clip_sampler of two clips'):
        build_dataset(clips, clip_sampler=sampler, pipeline=pipeline()).__getitems__([0, 1])
