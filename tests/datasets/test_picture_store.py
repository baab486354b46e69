"""Videos of an index are opened without reading their packets, and give the same frames."""

import os
import pickle
import sqlite3
import struct
import zlib
from contextlib import closing

import numpy as np
import pytest
import torch

from coded_clips import sequential, write_coded
from helpers import frame_of, write_clip
from tev_mmaction.datasets import ClipPairDataset, picture_store
from tev_mmaction.datasets.indexing import index_videos
from tev_mmaction.datasets.picture_indexing import index_pictures
from tev_mmaction.datasets.picture_store import PictureStore, save_pictures
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.datasets.readers.coded_video import CodedVideo
from tev_mmaction.datasets.readers.packets import PacketScan, PictureIndex, PictureTable

READS = ([0], [59], [7, 8, 30], range(0, 60, 7), range(60))
PIPELINE = [
    dict(type='ClipRandomResizedCrop', size=16),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


def pictures_of(path):
    found = open_video(str(path), 'pyav').picture_index()
    return found and PictureIndex.from_bytes(found.to_bytes())


@pytest.fixture
def no_packets(monkeypatch):
    """A function after whose call packets must not be read from containers."""
    return lambda: monkeypatch.setattr(CodedVideo, '_demux', lambda *_: pytest.fail('packets'))


@pytest.mark.parametrize(
    'name, codec, options',
    [
        ('h264.mp4', 'libx264', dict(g=12, bf=3)),
        ('mpeg4.avi', 'mpeg4', dict(g=12, bf=2)),
        ('mpeg4.mp4', 'mpeg4', dict(g=60)),
    ],
)
def test_frames_are_those_of_a_sequential_read(tmp_path, no_packets, name, codec, options):
    path = write_coded(tmp_path / name, codec, **options)
    expected, pictures = sequential(path), pictures_of(path)
    no_packets()
    for wanted in READS:
        frames = open_video(str(path), 'pyav', pictures=pictures).read(wanted)
        assert all(np.array_equal(frame, expected[i]) for frame, i in zip(frames, wanted))
    reader = open_video(str(path), 'pyav', pictures=pictures)
    assert len(reader) == 60 and reader.may_have(60) and not reader.may_have(61)


@pytest.mark.parametrize(
    'name, codec, options',
    [
        ('changed_by_the_container.ts', 'libx264', dict(bf=0)),
        ('order_unknown.mp4', 'libx265', {'x265-params': 'log-level=none'}),
        ('own_index.avi', 'mjpeg', dict(pixels='yuvj420p')),
    ],
)
def test_nothing_is_stored_of_other_files(tmp_path, name, codec, options):
    assert pictures_of(write_coded(tmp_path / name, codec, **options)) is None


def test_frames_beyond_the_end_and_a_file_cut_since_are_errors(tmp_path):
    path = write_coded(tmp_path / 'a.mp4', 'libx264')
    pictures = pictures_of(path)
    with pytest.raises(RuntimeError, match='60 frames'):
        open_video(str(path), 'pyav', pictures=pictures).read([3, 60])
    content = bytearray(path.read_bytes())
    start = content.index(b'mdat') + 4
    path.write_bytes(bytes(content[:start]) + bytes(len(content) - start))
    with pytest.raises(RuntimeError):
        open_video(str(path), 'pyav', pictures=pictures).read([3])


@pytest.mark.parametrize('scan_is_right', [True, False])
def test_frames_other_than_noted_are_counted_as_without_a_store(
    tmp_path, monkeypatch, scan_is_right
):
    path = write_coded(tmp_path / 'a.mp4', 'libx264', bf=0, g=60, sc_threshold=0)
    expected, pictures = sequential(path), pictures_of(path)
    columns = pictures._table.columns
    rank = columns.rank.copy()
    rank[[1, 2]] = rank[[2, 1]]  # so the second frame is not the one that the decoder returns
    wrong = PictureTable.of(columns._replace(rank=rank), pictures._table.first_configures)
    if not scan_is_right:
        monkeypatch.setattr(PacketScan, 'table', lambda *_: wrong)
    for known in (None, PictureIndex(pictures._positions, pictures._sizes, wrong)):
        reader = open_video(str(path), 'pyav', pictures=known)
        for wanted in ([0, 1, 2, 40], [3, 59]):
            frames = list(reader.read(wanted))
            assert len(frames) == len(wanted)
            assert all(np.array_equal(frame, expected[i]) for frame, i in zip(frames, wanted))
        assert len(reader) == 60


@pytest.fixture
def indexed(tmp_path):
    """A folder of eight videos, one of them HEVC, with an index and a store."""
    for number in range(7):
        write_clip(tmp_path / f'clip_{number}.mp4', 40 + number, bf='2', g='10')
    write_clip(tmp_path / 'hevc.mp4', 44, codec='libx265', **{'x265-params': 'log-level=none'})
    file = index_videos(str(tmp_path), num_workers=0).files.index
    summary = index_pictures(file, num_workers=0)
    assert (summary.num_stored, summary.num_videos) == (7, 8)
    return tmp_path


def dataset_of(folder):
    return ClipPairDataset(dict(clip_len=4), data_prefix=dict(video=str(folder)), pipeline=PIPELINE)


def inputs_of(dataset, indices=range(8)):
    return torch.stack([sample['inputs'] for sample in dataset.__getitems__(list(indices))])


def test_samples_are_the_same_and_packets_are_not_read(indexed, no_packets):
    stored = dataset_of(indexed)
    os.rename(indexed / 'videos.index.pictures', indexed / 'elsewhere')
    expected = inputs_of(dataset_of(indexed), range(7))
    os.rename(indexed / 'elsewhere', indexed / 'videos.index.pictures')
    no_packets()
    assert torch.equal(inputs_of(stored, range(7)), expected)
    assert torch.equal(inputs_of(pickle.loads(pickle.dumps(stored)), range(7)), expected)


def test_a_video_that_changed_is_read_as_before(indexed):
    store = PictureStore.beside(str(indexed / 'videos.index.csv'))
    path = indexed / 'clip_3.mp4'
    assert len(store.find('clip_3.mp4', str(path))) == 43
    write_clip(path, 43, bf='0', g='20', color=lambda index: (9, 9, 9))
    assert store.find('clip_3.mp4', str(path)) is None
    assert store.find('hevc.mp4', str(indexed / 'hevc.mp4')) is None
    assert store.find('unknown.mp4', str(path)) is None


@pytest.mark.parametrize('content', [b'', b'no database', None])
def test_a_store_that_cannot_be_read_is_left_out_with_one_warning(indexed, monkeypatch, content):
    expected = inputs_of(dataset_of(indexed))
    file = indexed / 'videos.index.pictures'
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + bytes(len(whole) - 4096) if content is None else content)
    assert_left_out_with_one_warning(indexed, expected, monkeypatch)


@pytest.mark.parametrize(
    'statement, values',
    [
        ('PRAGMA user_version = 0', ()),
        ('PRAGMA user_version = 99', ()),
        # one picture at which decoding cannot start
        ('UPDATE videos SET pictures = ?', (zlib.compress(struct.pack('<I?19x', 1, True)),)),
    ],
)
def test_a_store_of_another_version_or_with_impossible_pictures_is_left_out(
    indexed, monkeypatch, statement, values
):
    expected = inputs_of(dataset_of(indexed))
    with closing(sqlite3.connect(indexed / 'videos.index.pictures')) as connection, connection:
        connection.execute(statement, values)
    assert_left_out_with_one_warning(indexed, expected, monkeypatch)


def assert_left_out_with_one_warning(indexed, expected, monkeypatch):
    messages = []
    monkeypatch.setattr(picture_store, 'print_log', lambda text, **_: messages.append(text))
    dataset = dataset_of(indexed)
    assert torch.equal(inputs_of(dataset), expected)
    assert torch.equal(inputs_of(dataset), expected)
    (message,) = messages
    assert 'tools/data/index_pictures.py' in message


def test_a_store_is_whole_or_stays_as_it_was(indexed):
    file = indexed / 'videos.index.pictures'
    before = file.read_bytes()

    def failing():
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        save_pictures(str(file), failing())
    assert file.read_bytes() == before
    assert sorted(path.name for path in indexed.iterdir() if 'pictures' in path.name) == [file.name]


def test_other_lengths_than_the_index_has_are_not_stored(indexed):
    file = indexed / 'videos.index.csv'
    file.write_text(file.read_text().replace('clip_2.mp4,42', 'clip_2.mp4,41'))
    assert index_pictures(str(file), num_workers=0).num_stored == 6


def test_frames_in_the_store_show_what_they_should(indexed):
    store = PictureStore.beside(str(indexed / 'videos.index.csv'))
    path = str(indexed / 'clip_6.mp4')
    frames = open_video(path, 'pyav', pictures=store.find('clip_6.mp4', path)).read([2, 29, 45])
    assert [frame_of(frame) for frame in frames] == [2, 29, 45]
