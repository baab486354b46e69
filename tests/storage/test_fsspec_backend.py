"""Object stores through fsspec: a server of S3 of this machine, and files in memory."""

import builtins

import numpy as np
import pytest
from mmaction.registry import DATASETS
from mmengine import fileio
from torch.utils.data import DataLoader

from helpers import build_dataset, write_clip
from range_server import range_server
from sharded import pack
from tev_mmaction.datasets.folders import scan_folder
from tev_mmaction.datasets.indexing import index_videos
from tev_mmaction.datasets.readers import VideoError, open_video
from tev_mmaction.storage import ShardError, backend_of, is_uri, may_exist, remote_backend, state_of

fsspec = pytest.importorskip('fsspec')

NAMES = ['deep/a b.mp4', 'b.mp4', 'é.mp4']
KEYS = dict(
    AWS_ACCESS_KEY_ID='testing',
    AWS_SECRET_ACCESS_KEY='testing',
    AWS_DEFAULT_REGION='us-east-1',
    no_proxy='127.0.0.1',
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(remote_backend, '_WAIT', 0)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('stored')
    for number, name in enumerate(NAMES):
        write_clip(folder / name, 30 + number)
    (folder / 'train.txt').write_text(
        ''.join(f'"{name}" {i % 2}\n' for i, name in enumerate(NAMES))
    )
    (folder / 'classes.txt').write_text('wave\nripple\n')
    return folder


@pytest.fixture(scope='module')
def endpoint():
    """A server of S3 in a thread of this process; its address and keys are in the environment."""
    pytest.importorskip('s3fs')
    server = pytest.importorskip('moto.server').ThreadedMotoServer('127.0.0.1', 0, verbose=False)
    server.start()
    address = 'http://{}:{}'.format(*server.get_host_and_port())
    with pytest.MonkeyPatch.context() as patch:
        for name, value in dict(KEYS, AWS_ENDPOINT_URL=address).items():
            patch.setenv(name, value)
        yield address
    server.stop()


@pytest.fixture(scope='module', params=['s3', 'memory'])
def root(request, folder):
    if request.param == 's3':
        request.getfixturevalue('endpoint')
    root = f'{request.param}://bucket/videos'
    client, path = fsspec.core.url_to_fs(root)
    if request.param == 's3':
        client.mkdir('bucket')
    for file in folder.rglob('*.*'):
        client.pipe_file(f'{path}/{file.relative_to(folder).as_posix()}', file.read_bytes())
    return root


def test_the_functions_of_mmengine(root, folder):
    names = [*NAMES, 'train.txt', 'classes.txt']
    assert fileio.join_path(root, 'deep', 'a b.mp4') == f'{root}/deep/a b.mp4'
    assert fileio.exists(f'{root}/b.mp4') and fileio.isfile(f'{root}/b.mp4')
    assert not fileio.exists(f'{root}/none.mp4') and not fileio.isfile(f'{root}/deep')
    assert fileio.exists(f'{root}/deep') and fileio.isdir(root) and not fileio.isdir(root + '/none')
    assert list(fileio.list_dir_or_file(root, recursive=True, list_dir=False)) == sorted(names)
    assert list(fileio.list_dir_or_file(root, list_file=False)) == ['deep']
    assert list(fileio.list_dir_or_file(root, suffix='.txt', list_dir=False)) == sorted(names[3:])
    assert fileio.get_text(f'{root}/classes.txt') == 'wave\nripple\n'
    with fileio.get_local_path(f'{root}/b.mp4') as path:
        assert open_video(path).read([0]).shape == (1, 48, 64, 3)
    assert state_of(f'{root}/b.mp4')[0] == (folder / 'b.mp4').stat().st_size
    assert state_of(f'{root}/b.mp4')[1] > 10**18 and state_of(f'{root}/none.mp4') == (0, 0)


def test_clip_pairs_from_a_list_and_from_a_folder(root, folder):
    local = build_dataset(folder)
    for remote in (
        build_dataset(root),
        build_dataset(root, backend_args=dict(backend='fsspec', block_size=500)),
        build_dataset(None, ann_file=str(folder / 'train.txt'), data_prefix=dict(video=root)),
    ):
        assert [sample['inputs'].sum() for sample in remote.__getitems__([0, 1, 2])] == [
            sample['inputs'].sum() for sample in local.__getitems__([0, 1, 2])
        ]
    loader = DataLoader(build_dataset(root), 3, num_workers=2, collate_fn=list)
    assert [len(batch) for batch in loader] == [3]  # processes that were forked
    assert scan_folder(root) == [(name, -1) for name in sorted(NAMES)]
    assert len(build_dataset(root, ann_file='')) == 3


def test_shards_in_a_store(root, folder, tmp_path):
    pack(folder, tmp_path, prefix='', lists=['train.txt'])
    client, path = fsspec.core.url_to_fs(f'{root}-shards')
    for file in tmp_path.iterdir():
        client.pipe_file(f'{path}/{file.name}', file.read_bytes())
    stored, local = build_dataset(f'shards+{root}-shards'), build_dataset(folder)
    for one, other in zip(stored.__getitems__([0, 1, 2]), local.__getitems__([0, 1, 2])):
        assert np.array_equal(one['inputs'], other['inputs'])
    client.pipe_file(f'{path}/shard-000000.tar', b'cut off')
    with pytest.raises(ShardError, match=r'shard-000000\.tar.* cannot be used: .*has 7 bytes, not'):
        for name in NAMES:
            open_video(f'shards+{root}-shards/{name}')


def test_whole_uris_in_a_list(root, folder, tmp_path):
    lines = [f'"{root}/{NAMES[0]}" 0\n', f'"{folder}/{NAMES[1]}" 1\n']
    (tmp_path / 'list.txt').write_text(''.join(lines))
    pipeline = [dict(type='VideoInit', backend_args=dict(block_size=999))]
    dataset = DATASETS.build(
        dict(
            type='LabelledVideoDataset',
            ann_file=str(tmp_path / 'list.txt'),
            class_file=f'{root}/classes.txt',
            backend_args=dict(block_size=999),  # of the store; the second file is of this machine
            pipeline=pipeline,
        )
    )
    assert dataset.metainfo['classes'] == ['wave', 'ripple']
    assert [dataset[i]['total_frames'] for i in range(2)] == [30, 31]


def test_an_index(root, folder, tmp_path):
    (tmp_path / 'some.txt').write_text((folder / 'train.txt').read_text() + 'gone.mp4 0\n')
    summary = index_videos(str(tmp_path / 'some.txt'), root=root, num_workers=0)
    assert [record.num_frames for record in summary.records] == [30, 31, 32, 0]
    again = index_videos(str(tmp_path / 'some.txt'), root=root, num_workers=0)
    assert [record.num_frames for record in again.records] == [30, 31, 32, 0]
    dataset = build_dataset(root, index_file=summary.files.index)
    assert dataset.get_data_info(2)['num_frames'] == 32


def test_an_index_of_a_folder(root, tmp_path):
    summary = index_videos(root, out=str(tmp_path), num_workers=0)
    assert [record.num_frames for record in summary.records] == [31, 30, 32]
    assert len(build_dataset(root, ann_file='', index_file=summary.files.index)) == 3
    with pytest.raises(ValueError, match=r'is on a server.*name a folder to write to'):
        index_videos(root)


def test_ranges_and_a_cache_of_blocks(root, folder, tmp_path, monkeypatch):
    name, content = f'{root}/{NAMES[2]}', (folder / NAMES[2]).read_bytes()
    asked = []
    backend = backend_of(name, dict(block_size=100, cache_dir=str(tmp_path)))
    fetch = type(backend)._fetch_range
    monkeypatch.setattr(
        type(backend), '_fetch_range', lambda *args: asked.append(args[3:]) or fetch(*args)
    )
    file = backend.open(name)
    assert file.seek(150) and file.read(100) == content[150:250]
    assert asked == [(100, 200), (200, 300)]
    assert backend.open(name).read(300) == content[:300]
    assert asked[2:] == [(0, 100)]
    expected = open_video(str(folder / NAMES[2])).read([0, 31])
    args = dict(block_size=500, cache_dir=str(tmp_path))
    np.testing.assert_array_equal(open_video(name, 'auto', args).read([0, 31]), expected)


def test_an_object_that_changes_while_it_is_read(root):
    name = f'{root}/changing.bin'
    client, path = fsspec.core.url_to_fs(name)
    client.pipe_file(path, b'a' * 300)
    file, whole = backend_of(name, dict(block_size=100)).open(name), backend_of(name).open(name)
    assert file.read(100) == b'a' * 100
    client.pipe_file(path, b'b' * 400)
    with pytest.raises(OSError, match='has changed while it was read'):
        file.read(100)
    with pytest.raises(OSError, match='400 bytes came where 300 were asked for'):
        whole.read(10)
    client.rm_file(path)


def test_http_by_fsspec(folder, monkeypatch):
    pytest.importorskip('aiohttp')
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    with range_server() as server:
        server.files['b.mp4'] = (folder / 'b.mp4').read_bytes()
        reader = open_video(
            f'{server.url}/b.mp4',
            'auto',
            dict(backend='fsspec', block_size=len(server.files['b.mp4']) // 2),
        )
        np.testing.assert_array_equal(
            reader.read([0, 30]), open_video(str(folder / 'b.mp4')).read([0, 30])
        )
        assert sum(bool(asked) for _, _, asked in server.asked) >= 2
        with pytest.raises(VideoError, match='cannot be fetched'):
            open_video(f'{server.url}/none.mp4', 'auto', dict(backend='fsspec'))


def test_what_a_store_does_not_have(root):
    with pytest.raises(VideoError, match='cannot be fetched'):
        open_video(f'{root}/none.mp4')
    with pytest.raises(FileNotFoundError, match='None of the first 3 videos'):
        build_dataset(root, data_prefix=dict(video='elsewhere'))
    with pytest.raises(FileNotFoundError, match=r'train2\.txt.*does not exist'):
        build_dataset(root, ann_file='train2.txt')
    with pytest.raises(FileNotFoundError, match='video folder .*none.* does not exist'):
        scan_folder(f'{root}/none')


def test_a_store_that_cannot_be_reached(endpoint):
    args = dict(
        endpoint_url='http://127.0.0.1:9',
        retries=1,
        config_kwargs=dict(retries=dict(max_attempts=0)),
    )
    with pytest.raises(VideoError, match='cannot be fetched: .*127.0.0.1:9'):
        open_video('s3://bucket/videos/b.mp4', 'auto', args)
    assert may_exist('s3://bucket/videos/b.mp4', args) is None


def test_a_missing_package_names_its_extra(monkeypatch):
    imported = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split('.')[0] in ('fsspec', 'gcsfs', 's3fs', 'adlfs'):
            raise ImportError(f'no {name}')
        return imported(name, *args, **kwargs)

    monkeypatch.setattr(builtins, '__import__', without)
    for uri, extra in [
        ('s3://b/k', 's3'),
        ('gs://b/k', 'gs'),
        ('az://b/k', 'az'),
        ('hf://b/k', 'hub'),
    ]:
        assert is_uri(uri)
        with pytest.raises(VideoError, match=rf'pip install "tev_mmaction\[{extra}\]"'):
            open_video(uri)
        with pytest.raises(ValueError, match=rf'pip install "tev_mmaction\[{extra}\]"'):
            may_exist(uri)
