"""The order by shards: every video once, near its place, the same on all ranks and when resumed."""

from itertools import permutations

import numpy as np
import pytest
from mmengine.dataset import DefaultSampler
from mmengine.runner import Runner

from cached_files import pair_dataset
from helpers import dataset_cfg
from tev_mmaction.datasets import ShardSampler
from tev_mmaction.engine.mid_epoch_train_loop import _batches_from
from tev_mmaction.storage import ShardBackend
from tev_mmaction.storage.shard_index import Shard, ShardIndex, ShardSettings


class Videos:
    """A data set of shards without videos: of 7, 30, 1, 50 and 12 of them."""

    SIZES = (7, 30, 1, 50, 12)

    def __init__(self, folder):
        shards, number = [], 0
        for shard, size in enumerate(self.SIZES):
            paths = [f'{number + k}.mp4' for k in range(size)]
            columns = [[512 * k + 512 for k in range(size)], *([[1] * size] * 3)]
            shards.append(Shard(f'{shard}.tar', 0, '', paths, *columns))
            number += size
            (folder / f'{shard}.tar').touch()
        lines = [ShardSettings('/data', '', [], 1).line(videos=100, shards=5)]
        content = ''.join([*lines, *(each.line() for each in shards)])
        (folder / 'shards.jsonl').write_text(content)
        assert len(ShardIndex.read(content.encode())) == 100
        self.names = np.random.default_rng(1).permutation(100)  # as in a list
        self._root = f'shards://{folder}'

    def __len__(self):
        return 100

    def get_data_info(self, position):
        return dict(filename=f'{self._root}/{self.names[position]}.mp4')

    def in_shard(self, number):
        """Names of the videos of a shard, in the order of the file."""
        first = sum(self.SIZES[:number])
        return np.arange(first, first + self.SIZES[number])


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    return Videos(tmp_path_factory.mktemp('videos'))


class MixedVideos(Videos):
    """Videos of two roots in turns, with offsets that repeat: a list may name a video twice."""

    def __init__(self, *folders):
        parts = [Videos(folder) for folder in folders]
        names = [part.get_data_info(n)['filename'] for n in range(100) for part in parts]
        self.filenames = [*names, names[5], names[4], names[5]]

    def __len__(self):
        return len(self.filenames)

    def get_data_info(self, position):
        return dict(filename=self.filenames[position])


def epochs(sampler, count=3):
    for epoch in range(count):
        sampler.set_epoch(epoch)
        yield list(sampler)


@pytest.mark.parametrize('buffer_size', [2, 10])
def test_every_video_once_and_near_its_place(videos, buffer_size):
    """Of all orders of the five shards, there is one from which no video moved too far."""
    orders = list(epochs(ShardSampler(videos, buffer_size=buffer_size, seed=3), 12))
    assert len({tuple(order) for order in orders}) == 12
    found = set()
    for order in orders:
        assert sorted(order) == list(range(100))
        names = videos.names[np.array(order)]
        for numbers in permutations(range(5)):
            expected = np.concatenate([videos.in_shard(number) for number in numbers])
            moved = np.argsort(names) - np.argsort(expected)
            if abs(moved).max() < buffer_size:
                found.add(numbers)
                assert buffer_size == 2 or abs(moved).max() > 4
                break
        else:
            pytest.fail(f'{names} is in no order of shards')
    assert len(found) > 6


def test_a_large_buffer_shuffles_all(videos):
    (order,) = epochs(ShardSampler(videos, buffer_size=1000, seed=3), 1)
    assert sorted(order) == list(range(100))
    shards = np.searchsorted(np.cumsum(Videos.SIZES), videos.names[order[:50]], side='right')
    assert len(set(shards)) >= 4


def test_ranks_divide_one_order(videos):
    whole = ShardSampler(videos, buffer_size=10, seed=3)
    parts = [ShardSampler(videos, buffer_size=10, seed=3) for _ in range(3)]
    stock = [DefaultSampler(videos, seed=3) for _ in range(3)]
    for rank, pair in enumerate(zip(parts, stock)):
        for sampler in pair:
            sampler.rank, sampler.world_size = rank, 3
            sampler.num_samples, sampler.total_size = 34, 102
    order = list(whole)
    order += order[:2]  # to be divided by three
    assert sum(map(list, parts), []) == order
    assert [len(list(part)) for part in parts] == [len(part) for part in stock] == [34] * 3


def test_videos_are_sorted_by_root_shard_and_place(tmp_path, monkeypatch):
    """As sorted tuples are; the index of a root is looked at once."""
    folders = [tmp_path / 'b', tmp_path / 'a']
    for folder in folders:
        folder.mkdir()
    videos = MixedVideos(*folders)
    expected = {}
    for position, filename in enumerate(videos.filenames):
        root, _, name = filename.rpartition('/')
        ends = np.cumsum(Videos.SIZES)
        shard = int(np.searchsorted(ends, int(name[:-4]), side='right'))
        expected.setdefault((root, shard), []).append((int(name[:-4]), position))
    looked = []
    real = ShardBackend._index
    monkeypatch.setattr(
        ShardBackend, '_index', lambda s, root: looked.append(root) or real(s, root)
    )
    found = ShardSampler(videos, seed=1)._shards
    assert [part.tolist() for part in found] == [
        [position for _, position in sorted(expected[key])] for key in sorted(expected)
    ]
    assert len(found) == 10 and len(looked) == len(set(looked))


def test_a_path_after_shards(videos, tmp_path):
    mixed = MixedVideos(tmp_path)
    mixed.filenames[2] = 'b.mp4'
    with pytest.raises(ValueError, match="^ShardSampler: 'b.mp4' is not in shards. Set the"):
        ShardSampler(mixed)


def test_what_is_refused(videos, shard_sources):
    with pytest.raises(ValueError, match='buffer_size=1: at least 2'):
        ShardSampler(videos, buffer_size=1)
    with pytest.raises(ValueError, match='ShardSampler shuffles; for shuffle=False'):
        ShardSampler(videos, shuffle=False)
    with pytest.raises(ValueError, match="a.mp4' is not in shards. Set the dataset's data_root"):
        ShardSampler(pair_dataset(shard_sources))


@pytest.mark.parametrize('sampler', [dict(type='ShardSampler', buffer_size=4)])
def test_an_epoch_that_goes_on_has_the_samples_of_a_whole_one(packed, sampler):
    """As ``MidEpochTrainLoop`` resumes, with workers."""
    cfg = dataset_cfg(
        f'shards://{packed}',
        ann_file='train.txt',
        data_prefix=dict(video='videos'),
        clip_sampler=dict(clip_len=4, speeds=(1, 2)),
        group_size=1,
    )
    cfg = dict(dataset=cfg, sampler=sampler, batch_size=1, collate_fn=dict(type='pseudo_collate'))

    def batches(workers, done=0):
        loader = Runner.build_dataloader(dict(cfg, num_workers=workers), seed=5)
        loader.sampler.set_epoch(1)
        with _batches_from(loader, done):
            return [
                (b['data_samples'][0].filename, b['inputs'][0].numpy().tobytes()) for b in loader
            ]

    whole = batches(0)
    assert len(whole) == 3 and len({name for name, _ in whole}) == 3
    assert batches(0, done=1) == whole[1:] and batches(2) == whole
