import av
import cv2
import numpy as np
import pytest
from mmaction.registry import DATASETS, TRANSFORMS

from cached_files import LENGTHS, make, pair_dataset
from helpers import metainfos
from tev_mmaction.datasets.caching.writers import target_size
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.datasets.video_index import load_index

FORMATS = ['mjpeg', 'h264', 'memmap']


@pytest.fixture(scope='module', params=FORMATS)
def cache(request, originals, tmp_path_factory):
    root = tmp_path_factory.mktemp('cache') / request.param
    make(originals, root, format=request.param)
    return root


@pytest.mark.parametrize(
    'size, short_side, expected',
    [
        ((320, 240), 128, (170, 128)),
        ((240, 320), 128, (128, 170)),
        ((340, 256), 128, (170, 128)),
        ((1920, 1080), 128, (228, 128)),
        ((128, 128), 128, (128, 128)),
        ((100, 80), 128, (100, 80)),
        ((101, 81), 128, (100, 80)),
        ((3000, 3), 2, (2000, 2)),
    ],
)
def test_sizes_are_even_and_never_larger(size, short_side, expected):
    assert target_size(*size, short_side) == expected


@pytest.mark.parametrize('decoder', ['pyav', 'decord'])
def test_every_frame_is_there_under_the_old_name(originals, cache, decoder):
    for name, length in LENGTHS.items():
        source = open_video(str(originals / 'videos' / name), 'pyav')
        reader = open_video(str(cache / 'videos' / name), decoder)
        assert len(reader) == len(source) == length == reader.count_decodable()
        width, height = target_size(*source.size, 32)
        expected = [cv2.resize(f, (width, height), interpolation=cv2.INTER_AREA) for f in
                    source.frames(range(length))]  # fmt: skip
        error = np.abs(reader.read(range(length)).astype(float) - expected)
        # The chroma planes of the coded formats have half the resolution.
        assert error.mean() < (0.01 if cache.name == 'memmap' else 4)
        assert error.mean((1, 2, 3)).max() < 6  # no frame in another's place: that is above 20
        assert np.abs((reader.read(range(length)).astype(float) - expected).mean()) < 1


def test_neighbouring_frames_differ_by_more_than_the_tolerance(originals):
    frames = open_video(str(originals / 'videos' / 'a.mp4')).read(range(60)).astype(float)
    assert np.abs(np.diff(frames, axis=0)).mean((1, 2, 3)).min() > 6


def test_formats_are_what_they_are_called(cache):
    if cache.name == 'memmap':
        return
    with av.open(str(cache / 'videos' / 'a.mp4')) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        keys = [i for i, packet in enumerate(packets) if packet.is_keyframe]
        codec, format = container.streams.video[0].codec_context.name, container.format.name
    assert keys == list(range(60)) if cache.name == 'mjpeg' else keys == [0, 16, 32, 48]
    assert (codec, 'avi' in format) == (cache.name, cache.name == 'mjpeg')


def test_configs_work_by_another_data_root_and_draw_the_same_pairs(originals, cache):
    for ann_file in ('train.txt', 'test.txt'):
        old, new = (
            pair_dataset(root, ann_file=ann_file, seed=3, group_size=2)
            for root in (originals, cache)
        )
        assert len(old) == len(new)
        for batch in ([0, 1], [1, 0], list(range(len(old)))):
            for before, after in zip(*(metainfos(data.__getitems__(batch)) for data in (old, new))):
                assert after.pop('filename') == before.pop('filename').replace(
                    str(originals), str(cache)
                )
                for key in ('img_shape', 'original_shape'):
                    before.pop(key, None), after.pop(key, None)
                assert before == after


def test_lengths_are_known_without_opening_files(cache, monkeypatch):
    monkeypatch.setattr('tev_mmaction.datasets.clip_pair_dataset.open_video', None)
    dataset = pair_dataset(cache, ann_file='train.txt')
    lengths = [dataset.get_data_info(i)['num_frames'] for i in range(3)]
    assert lengths == [60, 75, 50]
    record = load_index(str(cache / 'test.index.csv'))['turned.mp4']
    assert (record.num_frames, record.fps, record.width, record.height) == (45, 25.0, 32, 42)


def test_lists_and_other_texts_come_along(originals, cache):
    for name in ('train.txt', 'test.txt', 'classes.txt'):
        assert (cache / name).read_text() == (originals / name).read_text()
    assert (cache / 'train.usable.txt').read_text() == (originals / 'train.txt').read_text()
    assert (cache / 'train.rejected.txt').read_text() == ''


def test_galleries_and_stock_pipelines_work_on_the_cache(cache):
    init, decode = (
        TRANSFORMS.build(dict(type='VideoInit')),
        TRANSFORMS.build(dict(type='VideoDecode')),
    )
    pipeline = [
        dict(type='VideoInit'),
        dict(type='SampleFrames', clip_len=4, num_clips=1, test_mode=True),
        dict(type='VideoDecode'),
        dict(type='Resize', scale=(-1, 32)),
        dict(type='CenterCrop', crop_size=32),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs'),
    ]
    dataset = DATASETS.build(
        dict(
            type='GalleryQueryDataset',
            data_root=str(cache),
            gallery_ann_file='train.txt',
            ann_file='test.txt',
            class_file='classes.txt',
            data_prefix=dict(video='videos'),
            pipeline=pipeline,
        )
    )
    assert [tuple(dataset[i]['inputs'].shape) for i in range(5)] == [(1, 3, 4, 32, 32)] * 5
    results = init(dict(filename=str(cache / 'videos' / 'a.mp4')))
    assert results['total_frames'] == 60
    assert len(decode(dict(results, frame_inds=np.array([5, 3])))['imgs']) == 2


def test_a_folder_without_list(originals, tmp_path):
    make(originals, tmp_path, lists=[])
    old, new = (pair_dataset(root, ann_file='', seed=1) for root in (originals, tmp_path))
    assert len(old) == len(new) == 5
    pairs = [[m['clips'] for m in metainfos(d.__getitems__([4, 0, 2]))] for d in (old, new)]
    assert pairs[0] == pairs[1]
    assert len(load_index(str(tmp_path / 'videos' / 'videos.index.csv'))) == 5
