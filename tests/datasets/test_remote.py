"""Videos, lists and indices on a server of HTTP, here one of this process; names with colons."""

import os

import pytest
from mmaction.registry import DATASETS

from helpers import build_dataset, write_clip
from served import served
from tev_mmaction.apis.embedding_index import EmbeddingIndex
from tev_mmaction.apis.index_update import update_index
from tev_mmaction.datasets.folders import scan_folder
from tev_mmaction.datasets.indexing import index_videos
from tev_mmaction.datasets.readers import VideoError, open_video
from tev_mmaction.datasets.transforms import VideoInit
from tev_mmaction.datasets.video_list import read_list
from tev_mmaction.storage import backend_of, is_uri, join, may_exist, remote_backend, state_of

NAMES = ['a b/50% #1.mp4', 'b:c.mp4', 'é.mp4']
PIPELINE = [
    dict(type='VideoInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=2, num_clips=1, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('served')
    for number, name in enumerate(NAMES):
        write_clip(folder / name, 30 + number)
    (folder / 'train.txt').write_text(''.join(f'{name} {i % 2}\n' for i, name in enumerate(NAMES)))
    (folder / 'query.txt').write_text(f'{NAMES[2]} 0\n')
    (folder / 'gallery.txt').write_text(''.join(f'{name} 0\n' for name in NAMES[:2]))
    (folder / 'classes.txt').write_text('wave\nripple\n')
    return folder


@pytest.fixture
def url(folder, monkeypatch):
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    with served(folder) as url:
        yield url


def test_clip_pairs_below_a_url(url, folder):
    remote, local = build_dataset(url), build_dataset(folder)
    assert [s['inputs'].sum() for s in remote.__getitems__([0, 1, 2])] == [
        s['inputs'].sum() for s in local.__getitems__([0, 1, 2])
    ]
    assert remote.ann_file == f'{url}/train.txt'


def test_labelled_videos_below_a_url(url):
    train = dict(
        type='LabelledVideoDataset', data_root=url, ann_file='train.txt', pipeline=PIPELINE
    )
    dataset = DATASETS.build(dict(train, class_file='classes.txt'))
    assert dataset.metainfo['classes'] == ['wave', 'ripple']
    assert [dataset[i]['inputs'].shape[2] for i in range(3)] == [4, 4, 4]


def test_gallery_and_queries_below_a_url(url):
    dataset = DATASETS.build(
        dict(
            type='GalleryQueryDataset',
            data_root=url + '/',
            gallery_ann_file='gallery.txt',
            ann_file='query.txt',
            class_file='classes.txt',
            pipeline=PIPELINE,
        )
    )
    assert [dataset[i]['data_samples'].subset for i in range(3)] == ['gallery', 'gallery', 'query']


def test_an_index_of_videos_below_a_url_is_found(url, folder, tmp_path):
    (tmp_path / 'some.txt').write_bytes((folder / 'train.txt').read_bytes() + b'gone.mp4 0\n')
    summary = index_videos(str(tmp_path / 'some.txt'), root=url, num_workers=0)
    assert [record.num_frames for record in summary.records] == [30, 31, 32, 0]
    assert 'says 404' in summary.records[-1].reason
    beside = build_dataset(None, ann_file=str(tmp_path / 'some.txt'), data_prefix=dict(video=url))
    assert [info['num_frames'] for info in map(beside.get_data_info, range(3))] == [30, 31, 32]
    assert list(beside.left_out) == [f'{url}/gone.mp4']
    named = build_dataset(url, index_file=summary.files.index)
    assert named.get_data_info(2)['num_frames'] == 32
    with pytest.raises(FileNotFoundError, match='index_file=.*none.csv.*does not exist'):
        build_dataset(url, index_file='none.csv').full_init()


def test_an_index_beside_a_list_on_a_server(url, folder, tmp_path):
    with pytest.raises(ValueError, match=r'is on a server.*name a folder to write to'):
        index_videos(f'{url}/train.txt', num_workers=0)
    files = index_videos(f'{url}/train.txt', out=str(tmp_path), num_workers=0).files
    assert files.index == str(tmp_path / 'train.index.csv')
    os.replace(files.index, folder / 'train.index.csv')
    try:
        assert build_dataset(url).get_data_info(1)['num_frames'] == 31
    finally:
        (folder / 'train.index.csv').unlink()


def test_what_a_server_does_not_have(url):
    with pytest.raises(FileNotFoundError, match='none.txt.*does not exist'):
        read_list(f'{url}/none.txt')
    with pytest.raises(ValueError, match='is a page of HTML'):
        read_list(f'{url}/a%20b/')
    with pytest.raises(ValueError, match='cannot be searched.*Name a list'):
        scan_folder(url)
    with pytest.raises(ValueError, match='cannot be searched.*Name a list'):
        build_dataset(url, ann_file='')
    with pytest.raises(ValueError, match='on a server.*fetch'):
        update_index(EmptyIndex(), url, None)
    with pytest.raises(VideoError, match='says 404'):
        VideoInit().transform(dict(filename=f'{url}/none.mp4'))
    with pytest.raises(FileNotFoundError, match='None of the first 3 videos'):
        build_dataset(url, data_prefix=dict(video='elsewhere'))
    assert may_exist(f'{url}/none.mp4') is False and state_of(f'{url}/none.mp4') == (0, 0)
    assert state_of(join(url, NAMES[0]))[0] > 0


class EmptyIndex:
    path_of = EmbeddingIndex.path_of

    def check(self, embedder):
        pass


def test_a_server_that_does_not_answer(monkeypatch):
    monkeypatch.setattr(remote_backend, '_WAIT', 0)
    with pytest.raises(ValueError, match=r'cannot be read: .*refused'):
        read_list('http://127.0.0.1:9/train.txt')
    with pytest.raises(VideoError, match=r'cannot be fetched: .*refused'):
        open_video('http://127.0.0.1:9/a.mp4')
    assert may_exist('http://127.0.0.1:9/train.txt') is None


def test_uris_and_names_with_colons(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert join('http://h/v/', 'a b#1.mp4') == 'http://h/v/a%20b%231.mp4'
    assert join('http://h/v', 'https://i/a%20b.mp4') == 'https://i/a%20b.mp4'
    assert join('s3://b', 'a b.mp4') == 's3://b/a b.mp4' and join('a:', 'b') == 'a:/b'
    assert EmptyIndex().path_of('http://h//v.mp4') == 'http://h//v.mp4'
    (tmp_path / 'odd:').mkdir()
    (tmp_path / 'odd:' / 'x.mp4').touch()
    for path in ('a:b.mp4', '/data/a://b.mp4', 'odd://x.mp4', './s3://x'):
        assert not is_uri(path)
    assert all(map(is_uri, ['http://h/?u=http://i/v.mp4', 'c:s3://b/k', 'gs://b/k']))
    with pytest.raises(
        ValueError, match=r"'rados://b/k' begins with rados://.*are abfs://.*http://"
    ):
        backend_of('rados://b/k')
    with pytest.raises(VideoError, match='no file backend'):
        open_video('rados://b/k')


@pytest.mark.parametrize('decoder', ['pyav', 'decord'])
def test_names_with_colons_in_the_current_folder(tmp_path, monkeypatch, decoder):
    pytest.importorskip(decoder.replace('pyav', 'av'))
    monkeypatch.chdir(tmp_path)
    names = ['a:b.mp4', 'file:x.mp4', 'http:v.mp4', 'protocol:1.avi']
    write_clip(tmp_path / 'x.mp4', 20)
    for name in names:
        (tmp_path / name).write_bytes((tmp_path / 'x.mp4').read_bytes())
        assert len(open_video(name, decoder)) == 20
    (tmp_path / 'x.mp4').unlink()
    (tmp_path / 'list.txt').write_text(''.join(f'{name} 0\n' for name in names))
    summary = index_videos('list.txt', decoder=decoder, num_workers=0)
    assert [record.num_frames for record in summary.records] == [20] * 4
    dataset = build_dataset('', ann_file='list.txt', decoder=decoder)
    assert len(dataset.__getitems__([0, 1, 2, 3])) == 4 and len(dataset) == 4
