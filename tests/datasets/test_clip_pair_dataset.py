import os
import random
from functools import partial

import numpy as np
import pytest
import torch
from mmengine.dataset import RepeatDataset, pseudo_collate
from torch.utils.data import DataLoader, Subset, get_worker_info

from helpers import build_dataset, dataset_cfg, deferred_pipeline, frame_of, metainfos
from tev_mmaction.temporal import ClipPair

# frames as they are stored, so that pictures tell which frames they are
PLAIN_PIPELINE = [
    dict(
        type='ClipRandomResizedCrop',
        size=(64, 48),
        area_range=(1, 1),
        aspect_ratio_range=(4 / 3, 4 / 3),
    ),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


def test_samples_are_what_the_stock_model_side_expects(clips):
    samples = build_dataset(clips).__getitems__([3, 1, 4, 0])
    for sample, index in zip(samples, [3, 1, 4, 0]):
        assert sample['inputs'].dtype == torch.uint8
        assert sample['inputs'].shape == (2, 3, 8, 32, 32)
        assert sample['data_samples'].metainfo['sample_idx'] == index
        assert sample['data_samples'].gt_label.item() == index % 3


@pytest.mark.parametrize('decoder', ['pyav', 'decord'])
def test_the_clips_show_the_frames_of_the_pair(clips, decoder):
    """End to end: what is decoded is what the metainfo says, in order of playback."""
    dataset = build_dataset(clips, pipeline=PLAIN_PIPELINE, decoder=decoder)
    seen = set()
    for first in range(0, 12, 2):
        for sample in dataset.__getitems__([first, first + 1, (first + 5) % 12, (first + 4) % 12]):
            pair = ClipPair(*sample['data_samples'].metainfo['clips'])
            for clip, spec in zip(sample['inputs'].numpy(), (pair.p, pair.q)):
                shown = [frame_of(picture) for picture in clip.transpose(1, 2, 3, 0)]
                assert shown == spec.frame_indices().tolist()
                seen.add((spec.speed, spec.direction))
    assert len(seen) == 6  # every speed in both directions


def test_groups_share_all_five_numbers_and_nothing_else(clips):
    """Invariant 1, with lengths from 40 to 95 frames."""
    dataset = build_dataset(clips, group_size=3)
    order = np.random.default_rng(0)
    starts, relatives = set(), set()
    for _ in range(20):
        infos = metainfos(dataset.__getitems__(order.permutation(12)[:9].tolist()))
        for group in (infos[:3], infos[3:6], infos[6:]):
            assert len({ClipPair(*info['clips']).relative for info in group}) == 1
            assert len({info['relative_id'] for info in group}) == 1
            starts.add(len({ClipPair(*info['clips']).p.start for info in group}))
            relatives.add(group[0]['relative_id'])
        for info in infos:
            pair, frames = ClipPair(*info['clips']), 40 + 5 * info['sample_idx']
            assert max(pair.p.interval[1], pair.q.interval[1]) <= frames
            assert info['relative_id'] == pair.relative.id
            assert info['swapped_id'] == pair.swapped().relative.id
            assert info['speeds'] == (pair.p.speed, pair.q.speed)
            assert info['directions'] == (pair.p.direction, pair.q.direction)
            assert info['order'] == pair.order
    assert max(starts) == 3 and len(relatives) > 40


def test_what_is_left_over_joins_the_last_group(clips):
    infos = metainfos(build_dataset(clips).__getitems__([0, 1, 2, 3, 4]))
    assert len(infos) == 5
    assert [infos[i]['relative_id'] for i in (2, 3, 4)] == [infos[2]['relative_id']] * 3


def epoch_of(dataset, num_workers, order, batch_size=4, **loader):
    loader = DataLoader(
        dataset,
        batch_sampler=[order[i : i + batch_size] for i in range(0, len(order), batch_size)],
        num_workers=num_workers,
        collate_fn=pseudo_collate,
        **loader,
    )
    batches = list(loader)
    inputs = torch.stack([x for batch in batches for x in batch['inputs']])
    return inputs, [s.metainfo for batch in batches for s in batch['data_samples']]


def has_the_lists_file(state, _):
    """In a worker: its list is that of the main process, not a copy."""
    file = get_worker_info().dataset.data_bytes.file
    assert os.path.samestat(os.fstat(file.fileno()), state)


@pytest.mark.parametrize('num_workers, method', [(1, 'fork'), (3, 'fork'), (2, 'spawn')])
def test_draws_do_not_depend_on_the_workers(clips, num_workers, method):
    """Invariant 7, also with a stock transform, which draws from the global generators."""
    pipeline = dataset_cfg(clips)['pipeline']
    pipeline.insert(1, dict(type='Flip'))
    dataset = build_dataset(clips, pipeline=pipeline)
    order = [int(i) for i in np.random.default_rng(1).permutation(12)]
    reference, infos = epoch_of(dataset, 0, order)
    inputs, others = epoch_of(
        dataset,
        num_workers,
        order,
        multiprocessing_context=method,
        worker_init_fn=partial(has_the_lists_file, os.fstat(dataset.data_bytes.file.fileno())),
    )
    assert torch.equal(inputs, reference)
    assert infos == others
    assert sorted(info['sample_idx'] for info in infos) == list(range(12))  # exactly once


def test_jitter_left_to_the_device_does_not_depend_on_the_workers(clips):
    """Invariant 7; nothing but the colours is other than with jitter in the pipeline."""
    plain = dataset_cfg(clips)['pipeline']
    plain[1] = dict(type='ClipColorJitter', probability=0, grayscale=0)
    dataset = build_dataset(clips, pipeline=deferred_pipeline())
    order = [int(i) for i in np.random.default_rng(1).permutation(12)]
    inputs, infos = epoch_of(dataset, 2, order)
    assert torch.equal(inputs, epoch_of(build_dataset(clips, pipeline=plain), 0, order)[0])
    maps = np.stack([info.pop('color_map') for info in infos])
    _, again = epoch_of(dataset, 0, order)
    assert np.array_equal(maps, np.stack([info.pop('color_map') for info in again]))
    assert infos == again
    assert len(np.unique(maps.reshape(24, -1), axis=0)) > 16  # another draw for most clips


def test_draws_of_jitter_that_the_pipeline_drops_are_refused(clips):
    pipeline = deferred_pipeline()
    pipeline[-1] = dict(type='PackActionInputs')
    with pytest.raises(ValueError, match=r"meta_keys=\('color_map',\)"):
        build_dataset(clips, pipeline=pipeline).__getitems__([0, 1])


def test_frames_on_demand_give_the_samples_of_frames_in_a_list(clips, monkeypatch):
    """Bit for bit, with crops from the stream and with transforms that take the list."""
    from tev_mmaction.datasets import clip_loader

    class Eager(list):
        def __init__(self, reader, indices):
            frames = {index: reader.read([index])[0] for index in np.unique(indices)}
            super().__init__(frames[index].copy() for index in indices)
            self.frame_shape = self[0].shape[:2]

    stock = [dict(type='Flip', flip_ratio=1), dict(type='RandomResizedCrop')]
    stock += [dict(type='Resize', scale=(32, 32), keep_ratio=False)]
    batch = [3, 1, 4, 0]
    for pipeline in (dataset_cfg(clips)['pipeline'], stock + dataset_cfg(clips)['pipeline'][2:]):
        lazy = build_dataset(clips, pipeline=pipeline).__getitems__(batch)
        with monkeypatch.context() as patch:
            patch.setattr(clip_loader, 'LazyFrames', Eager)
            eager = build_dataset(clips, pipeline=pipeline).__getitems__(batch)
        for one, other in zip(lazy, eager):
            assert torch.equal(one['inputs'], other['inputs'])
            assert one['data_samples'].metainfo == other['data_samples'].metainfo


def test_draws_differ_between_shuffled_batches_and_seeds(clips):
    dataset = build_dataset(clips)
    first = dataset.__getitems__([0, 1, 2, 3])
    same = dataset.__getitems__([0, 1, 2, 3])
    other_batch = dataset.__getitems__([0, 1, 3, 2])
    other_seed = build_dataset(clips, seed=1).__getitems__([0, 1, 2, 3])
    assert torch.equal(first[0]['inputs'], same[0]['inputs'])
    assert not torch.equal(first[0]['inputs'], other_batch[0]['inputs'])
    assert not torch.equal(first[0]['inputs'], other_seed[0]['inputs'])


def test_the_generators_of_the_process_are_left_alone(clips):
    dataset = build_dataset(clips)

    def draw():
        return random.random(), np.random.random(), torch.rand(1).item()

    def seed():
        random.seed(5), np.random.seed(5), torch.manual_seed(5)

    seed()
    undisturbed = draw()
    seed()
    dataset.__getitems__([0, 1])
    assert draw() == undisturbed


def test_a_folder_without_a_list(clips):
    dataset = build_dataset(clips, ann_file='', data_prefix=dict(video='sub 0'))
    assert len(dataset) == 6
    dataset.__getitems__([0, 1])


def test_one_index_alone_is_refused_with_the_remedy(clips):
    """Invariant 10: wrappers that hide __getitems__ ask for videos one by one."""
    dataset = build_dataset(clips)
    for wrapped in (dataset, RepeatDataset(dataset, 2)):
        with pytest.raises(TypeError, match='RepeatDataset.*max_epochs'):
            wrapped[0]
    with pytest.raises(ValueError, match='drop_last=True'):
        dataset.__getitems__([0])
    assert build_dataset(clips, group_size=1)[0]['inputs'].shape == (2, 3, 8, 32, 32)


def test_a_wrapper_that_hands_batches_on_works(clips):
    subset = Subset(build_dataset(clips), [5, 3, 1, 7])
    _, infos = epoch_of(subset, 0, [0, 1, 2, 3])
    assert [info['sample_idx'] for info in infos] == [5, 3, 1, 7]
    assert infos[0]['relative_id'] == infos[1]['relative_id']


def test_each_video_is_opened_and_read_once(clips, monkeypatch):
    from tev_mmaction.datasets.readers import pyav_reader

    opened, read = [], []
    original_open, original_read = pyav_reader.PyAVReader._open, pyav_reader.PyAVReader._frames

    def counted_open(self, source):
        opened.append(source)
        original_open(self, source)

    def counted_read(self, indices):
        read.append(indices)
        return original_read(self, indices)

    monkeypatch.setattr(pyav_reader.PyAVReader, '_open', counted_open)
    monkeypatch.setattr(pyav_reader.PyAVReader, '_frames', counted_read)
    samples = build_dataset(clips).__getitems__([0, 1, 2, 3])
    assert len(opened) == len(set(opened)) == 4
    assert len(read) == 4
    for indices, info in zip(read, metainfos(samples)):
        pair = ClipPair(*info['clips'])
        assert np.array_equal(indices, np.union1d(pair.p.frame_indices(), pair.q.frame_indices()))


def test_size_speed_and_length_are_configurable(clips):
    pipeline = dataset_cfg(clips)['pipeline']
    pipeline[0] = dict(type='ClipRandomResizedCrop', size=(40, 24))
    sampler = dict(clip_len=5, speeds=(3,), directions=(-1,))
    samples = build_dataset(clips, pipeline=pipeline, clip_sampler=sampler).__getitems__([0, 1])
    assert samples[0]['inputs'].shape == (2, 3, 5, 24, 40)
    assert samples[0]['data_samples'].metainfo['speeds'] == (3, 3)
    assert samples[0]['data_samples'].metainfo['directions'] == (-1, -1)


@pytest.mark.parametrize(
    'changes, error, named',
    [
        (dict(decoder='ffmpeg'), ValueError, "decoder='ffmpeg'"),
        (dict(group_size=0), ValueError, 'group_size=0'),
        (dict(clip_sampler=dict(clip_len=1)), ValueError, 'clip_len=1'),
        (dict(clip_sampler=dict(clip_len=8, speeds=(4, 2))), ValueError, 'increasing'),
        (dict(ann_file='none.txt'), FileNotFoundError, 'none.txt.*ann_file.*index_videos'),
        (
            dict(data_root='/no/such/root', ann_file=''),
            FileNotFoundError,
            '/no/such/root.*data_root',
        ),
        (dict(data_prefix=dict(video='elsewhere')), FileNotFoundError, 'data_prefix.video'),
    ],
)
def test_wrong_config_values_fail_at_build(clips, changes, error, named):
    with pytest.raises(error, match=named):
        build_dataset(clips, **changes)


def test_a_backend_that_only_gives_bytes(clips, petrel_like):
    dataset = build_dataset(
        clips,
        data_root='',
        ann_file=str(clips / 'train.txt'),
        data_prefix=dict(video=str(clips)),
        backend_args=dict(backend='petrel_like'),
    )
    assert len(dataset.__getitems__([0, 1])) == 2
    with pytest.raises(FileNotFoundError, match='none.txt'):
        build_dataset(clips, ann_file='none.txt', backend_args=dict(backend='petrel_like'))
