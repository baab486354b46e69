"""Videos in tar files are the single files, from local disks and from a server."""

import json
import tarfile

import numpy as np
import pytest
from mmaction.registry import DATASETS
from mmengine.fileio import get_file_backend
from torch.utils.data import DataLoader

from cached_files import make, pair_dataset
from range_server import range_server
from sharded import LENGTHS, pack
from tev_mmaction.datasets.folders import scan_folder
from tev_mmaction.datasets.readers import VideoError, open_video
from tev_mmaction.storage import backend_of, may_exist, state_of
from tev_mmaction.storage.shard_index import Shard, ShardIndex, ShardSettings

ODD = 'caf\u00e9 \udcff/a b.mp4'  # a name with a byte that is not UTF-8


def asked_of_tars(server):
    return [f'{path} {asked}' for _, path, asked in server.asked if path.endswith('.tar')]


@pytest.mark.parametrize('name', LENGTHS)
def test_every_frame_is_that_of_the_single_file(shard_sources, packed, name):
    single = str(shard_sources / 'videos' / name)
    member = f'shards://{packed}/videos/{name}'
    with open(single, 'rb') as file:
        assert backend_of(member).get(member) == file.read()
    for decoder in ('pyav', 'pyav-plain', 'decord')[: 3 if name == 'a.mp4' else 2]:
        one, other = (open_video(path, decoder) for path in (single, member))
        assert len(one) == len(other) == LENGTHS[name] and one.size == other.size
        wanted = np.arange(0, LENGTHS[name], 7)
        assert np.array_equal(one.read(wanted), other.read(wanted))
        assert one.count_decodable() == other.count_decodable()


def test_pairs_are_those_of_the_single_files(shard_sources, packed, shard_server):
    sources = [f'shards://{packed}', shard_server.root, shard_sources]
    sets = [pair_dataset(root, group_size=3) for root in sources]
    batches = [[2, 0, 1], [1, 0, 2]]
    expected = [sets[2].__getitems__(batch) for batch in batches]
    for dataset in sets[:2]:
        assert [info['num_frames'] for info in map(dataset.get_data_info, range(3))]
        loader = DataLoader(dataset, batch_sampler=batches, num_workers=2, collate_fn=list)
        for samples, mine in zip(expected, loader):
            for one, other in zip(samples, mine):
                assert np.array_equal(one['inputs'], other['inputs'])
                ids = [each['data_samples'].relative_id for each in (one, other)]
                assert ids[0] == ids[1]


def test_a_video_is_one_request(shard_server, packed):
    dataset = pair_dataset(shard_server.root)
    dataset.full_init()
    before = [path for _, path, _ in shard_server.asked]
    assert before.count('s/shards.jsonl') == 1 and not asked_of_tars(shard_server)
    dataset.__getitems__([0, 1, 2])
    assert len(asked_of_tars(shard_server)) == 3
    index = ShardIndex.read((packed / 'shards.jsonl').read_bytes())
    member = index.find('videos/a.mp4')
    part = f'bytes={member.offset - 512}-{member.offset + member.length - 1}'
    assert f's/shard-{member.shard:06d}.tar {part}' in asked_of_tars(shard_server)


def test_kept_blocks_serve_the_neighbours(shard_server, tmp_path):
    args = dict(cache_dir=str(tmp_path), block_size=2**20)
    dataset = pair_dataset(shard_server.root, backend_args=args)
    loader = DataLoader(
        dataset, batch_sampler=[[0, 1, 2], [2, 1, 0]], num_workers=2, collate_fn=list
    )
    samples, _ = loader  # both at the same time
    asked = asked_of_tars(shard_server)
    assert len(asked) == len(set(asked)) <= 3 and all(' bytes=0-' in each for each in asked)
    again = dataset.__getitems__([0, 1, 2])
    assert asked_of_tars(shard_server) == asked
    assert all(np.array_equal(a['inputs'], b['inputs']) for a, b in zip(samples, again))


def test_a_video_of_several_ranges(shard_server, shard_sources):
    name = f'{shard_server.root}/videos/sub dir/b.avi'
    part = backend_of(name, dict(block_size=1000)).open(name)
    content = (shard_sources / 'videos/sub dir/b.avi').read_bytes()
    assert part.read() == content
    assert part.seek(-10, 2) == len(content) - 10 and part.read(20) == content[-10:]
    assert part.seek(5) and part.tell() == 5 and part.read(2000) == content[5:2005]
    with pytest.raises(OSError, match='seek to -1'):
        part.seek(-1)


def test_samples_are_as_webdataset_reads_them(packed, shard_sources):
    keys, paths = [], []
    for file in sorted(packed.glob('*.tar')):
        with tarfile.open(file) as tar:
            members = tar.getmembers()
            contents = {each.name: tar.extractfile(each).read() for each in members}
        samples = {}
        for name, content in contents.items():
            key, _, extension = name.partition('.')
            samples.setdefault(key, {})[extension] = content
        assert [name.partition('.')[0] for name in contents] == [
            key
            for key, sample in samples.items()
            for _ in sample  # the members are in a row
        ]
        for sample in samples.values():
            known = json.loads(sample.pop('json'))
            assert int(sample.pop('cls')) == known['label']
            ((extension, video),) = sample.items()
            name = known['path'].rpartition('/')[2].lower()
            assert extension == (name.partition('.')[2] or 'video')
            assert video == (shard_sources / known['path']).read_bytes()
            assert known['num_frames'] == LENGTHS[known['path'].removeprefix('videos/')]
            paths.append(known['path'].removeprefix('videos/'))
        keys += samples
        assert file.stat().st_size <= 30_000 or len(samples) == 1
    assert len(set(keys)) == 5 and set(paths[:3]) == set(list(LENGTHS)[:3])  # train before test


@pytest.mark.parametrize('format', ['mjpeg', 'memmap'])
def test_a_cache_in_shards(shard_sources, tmp_path, monkeypatch, format):
    make(shard_sources, tmp_path / 'cache', format=format, lists=['train.txt'])
    pack(tmp_path / 'cache', tmp_path / 'out', lists=['train.txt'])
    root = f'shards://{tmp_path / "out"}'
    one, other = (pair_dataset(place) for place in (tmp_path / 'cache', root))
    for a, b in zip(one.__getitems__([0, 1, 2]), other.__getitems__([0, 1, 2])):
        assert np.array_equal(a['inputs'], b['inputs'])
    if format == 'memmap':
        monkeypatch.setenv('no_proxy', '127.0.0.1')
        with range_server() as server:
            server.files.update({f.name: f.read_bytes() for f in (tmp_path / 'out').iterdir()})
            with pytest.raises(VideoError, match='raw frames.*local disks'):
                open_video(f'shards+http://{server.url[7:]}/videos/a.mp4')


def test_folders_and_stock_data_sets(packed):
    root = f'shards://{packed}'
    assert scan_folder(f'{root}/videos') == [(name, -1) for name in sorted(LENGTHS) if name != 'e']
    assert len(pair_dataset(root, ann_file='', index_file='train.index.csv')) == 4
    backend = get_file_backend(root)
    assert list(backend.list_dir_or_file(f'{root}/videos')) == [
        'a.mp4', 'c.mkv', 'd.MP4', 'e', 'sub dir',
    ]  # fmt: skip
    assert list(backend.list_dir_or_file(root, list_file=False, recursive=True)) == [
        'videos', 'videos/sub dir',
    ]  # fmt: skip
    assert backend.get_text(f'{root}/classes.txt') == 'wave\nripple\n'
    assert may_exist(f'{root}/videos/a.mp4') and not may_exist(f'{root}/none.mp4')
    assert state_of(f'{root}/videos/a.mp4')[0] > 0 and state_of(f'{root}/train.txt') == (0, 0)
    with backend.get_local_path(f'{root}/videos/a.mp4') as path:
        assert len(open_video(path)) == LENGTHS['a.mp4']
    stock = dict(
        type='VideoDataset',
        data_root=root,
        data_prefix=dict(video='videos'),
        ann_file='test.txt',
        pipeline=[
            dict(type='VideoInit'),
            dict(type='SampleFrames', clip_len=4, num_clips=1, test_mode=True),
            dict(type='VideoDecode'),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs'),
        ],
    )
    clip = DATASETS.build(stock)[1]['inputs']
    assert clip.shape == (1, 3, 4, 48, 64)
    names = dict(gallery_ann_file='train.txt', class_file='classes.txt', ann_file='some.txt')
    (packed / 'some.txt').write_text('e 1\n')
    evaluation = DATASETS.build(dict(stock, type='GalleryQueryDataset', **names))
    assert evaluation[3]['data_samples'].filename == f'{root}/videos/e'
    assert np.array_equal(evaluation[3]['inputs'], clip)
    (packed / 'some.txt').unlink()


def test_names_are_found_as_in_a_dict():
    rng = np.random.default_rng(0)
    paths = [f'{"ab"[number % 2]}/{number}.mp4' for number in rng.integers(0, 10**6, 60)]
    paths = list(dict.fromkeys([*paths, ODD, '\u20ac.mp4', 'a', 'a/b']))
    columns = [list(map(int, column)) for column in rng.integers(0, 2**31, (4, len(paths)))]
    shards = [
        Shard(f'{number}.tar', 9, '', paths[part], *(column[part] for column in columns))
        for number, part in enumerate([slice(0, 20), slice(20, None)])
    ]
    settings = ShardSettings('/data', '', [], 1)
    lines = [settings.line(videos=len(paths), shards=2), *(shard.line() for shard in shards)]
    index = ShardIndex.read(''.join(lines).encode())
    for number, path in enumerate(paths):
        offset, length, _, checksum = (column[number] for column in columns)
        expected = (number >= 20, offset, length, checksum)
        assert index.find(path) == expected
        assert index.find(path + '0') is None
    below = [path for path in paths if path.startswith('a/')]
    assert sorted(index.below('a')) == sorted(below) and list(index.below('c')) == []
    assert set(index.below('')) == set(paths) and index.find('') is None
