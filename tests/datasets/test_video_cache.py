import logging
import os
import re
import runpy
import shlex
import shutil
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from mmaction.registry import DATASETS, TRANSFORMS

from helpers import ROOT, build_dataset, metainfos, write_clip
from tev_mmaction.datasets.caching import CacheManifest, build, check, check_cache, check_cache_of
from tev_mmaction.datasets.caching.manifest import CacheRecord, append_record, load_records
from tev_mmaction.datasets.caching.writers import target_size
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.datasets.video_index import load_index

FORMATS = ['mjpeg', 'h264', 'memmap']
LENGTHS = {'a.mp4': 60, 'sub dir/b.avi': 75, 'variable.mkv': 50, 'odd.webm': 64, 'turned.mp4': 45}


def scene(index, size):
    """A smooth picture that moves: unlike noise, every codec and scaler keeps it."""
    y, x = np.mgrid[: size[1], : size[0]] / 20
    waves = [np.sin(x + 0.3 * index), np.cos(y - 0.2 * index), np.sin(x + y + 0.1 * index)]
    return np.uint8(128 + 90 * np.stack(waves, -1))


def write_scene(path, num_frames, size=(64, 48), codec='libx264', times=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = 'yuv420p'
        stream.options = {'crf': '8', 'b': '2M'}
        for index in range(num_frames):
            frame = av.VideoFrame.from_ndarray(scene(index, size), format='rgb24')
            if times is not None:
                frame.pts, frame.time_base = times[index], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@pytest.fixture(scope='module')
def originals(tmp_path_factory):
    """Videos of several codecs, two lists and class names, as a data set keeps them."""
    root = tmp_path_factory.mktemp('originals')
    videos = root / 'videos'
    write_scene(videos / 'a.mp4', LENGTHS['a.mp4'])
    write_scene(videos / 'sub dir' / 'b.avi', LENGTHS['sub dir/b.avi'], (96, 72), 'mpeg4')
    times = np.cumsum(np.random.default_rng(0).integers(15, 200, LENGTHS['variable.mkv']))
    write_scene(videos / 'variable.mkv', LENGTHS['variable.mkv'], times=times.tolist())
    write_scene(videos / 'odd.webm', LENGTHS['odd.webm'], (75, 55), 'libvpx-vp9')
    write_scene(videos / 'turned.mp4', LENGTHS['turned.mp4'], (48, 64))
    names = list(LENGTHS)
    (root / 'train.txt').write_text(''.join(f'{n} {i % 2}\n' for i, n in enumerate(names[:3])))
    (root / 'test.txt').write_text(''.join(f'{n} {i}\n' for i, n in enumerate(names[3:])))
    (root / 'classes.txt').write_text('wave\nripple\n')
    return root


def make(originals, out, **changes):
    arguments = dict(prefix='videos', lists=['train.txt', 'test.txt'], short_side=32)
    arguments.update(num_workers=0, **changes)
    return build.build_cache(str(originals), str(out), **arguments)


@pytest.fixture(scope='module', params=FORMATS)
def cache(request, originals, tmp_path_factory):
    root = tmp_path_factory.mktemp('cache') / request.param
    make(originals, root, format=request.param)
    return root


@pytest.fixture
def own(originals, tmp_path):
    """Sources and a cache of two of them that a test may change."""
    source = tmp_path / 'source'
    (source / 'videos').mkdir(parents=True)
    for name in ('a.mp4', 'variable.mkv'):
        shutil.copy2(originals / 'videos' / name, source / 'videos' / name)
    (source / 'train.txt').write_text('a.mp4 0\nvariable.mkv 1\n')
    make(source, tmp_path / 'cache', lists=['train.txt'])
    return source, tmp_path / 'cache'


def pair_dataset(root, **changes):
    arguments = dict(data_prefix=dict(video='videos'), pair_sampler=dict(clip_len=4, speeds=(1, 2)))
    return build_dataset(root, **arguments, **changes)


def run_command(message):
    """Run the command that an error names, in this process."""
    words = shlex.split(re.search('`python (.*?)`', message).group(1))
    tool = runpy.run_path(str(ROOT / words[0]))
    return tool['main']([*words[1:], '--num-workers', '0'])


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
    pairs = [[m['clip_pair'] for m in metainfos(d.__getitems__([4, 0, 2]))] for d in (old, new)]
    assert pairs[0] == pairs[1]
    assert len(load_index(str(tmp_path / 'videos' / 'videos.index.csv'))) == 5


def test_an_incomplete_cache_is_refused_until_its_command_has_run(own):
    source, root = own
    records = load_records(str(root))
    del records['videos/variable.mkv']
    build.save_records(str(root), records)
    with pytest.raises(ValueError, match="incomplete: 1 of 2 videos of 'train.txt'") as error:
        pair_dataset(root)
    assert run_command(str(error.value)) == 0
    assert len(pair_dataset(root)) == 2


def test_a_list_that_is_not_cached_is_refused_until_its_command_has_run(own):
    source, root = own
    write_clip(source / 'videos' / 'new.mp4', 30)
    for folder in own:
        (folder / 'val.txt').write_text('new.mp4 0\na.mp4 0\n')
    with pytest.raises(ValueError, match="1 of 2 videos of 'val.txt'.*'videos/new.mp4'") as error:
        pair_dataset(root, ann_file='val.txt')
    assert run_command(str(error.value)) == 0
    assert len(pair_dataset(root, ann_file='val.txt')) == len(pair_dataset(root)) == 2


def test_a_folder_of_which_only_lists_are_cached_is_refused_until_its_command_has_run(own):
    write_clip(own[0] / 'videos' / 'unlisted.mp4', 30)
    with pytest.raises(ValueError, match="not all videos of the folder 'videos'") as error:
        pair_dataset(own[1], ann_file='')
    assert run_command(str(error.value)) == 0
    assert len(pair_dataset(own[1], ann_file='')) == 3


def test_a_file_missing_from_a_folder_is_noticed(originals, tmp_path):
    make(originals, tmp_path / 'cache', lists=[])
    (tmp_path / 'cache/videos/a.mp4').unlink()
    with pytest.raises(ValueError, match=r'damaged: 1 .*a\.mp4'):
        pair_dataset(tmp_path / 'cache', ann_file='')


@pytest.mark.parametrize('change', ['size', 'time'])
def test_a_stale_cache_is_refused_until_its_command_has_run(own, change):
    source, root = own
    changed = source / 'videos' / 'a.mp4'
    if change == 'size':
        state = changed.stat()
        write_clip(changed, 40)
        os.utime(changed, ns=(state.st_atime_ns, state.st_mtime_ns))
    else:
        os.utime(changed, ns=(0, changed.stat().st_mtime_ns + 1))
    with pytest.raises(ValueError, match=r'stale: 1 of.*videos/a\.mp4') as error:
        pair_dataset(root)
    kept = (root / 'videos' / 'variable.mkv').stat().st_ino
    assert run_command(str(error.value)) == 0
    assert (root / 'videos' / 'variable.mkv').stat().st_ino == kept
    info = pair_dataset(root).get_data_info(0)
    assert info['num_frames'] == (40 if change == 'size' else 60)


def test_sources_that_are_gone_are_no_harm(own):
    (own[0] / 'videos' / 'a.mp4').unlink()
    assert len(pair_dataset(own[1])) == 2
    shutil.rmtree(own[0])
    assert len(pair_dataset(own[1])) == 2


def test_a_damaged_file_is_refused_until_the_command_has_run(own):
    file = own[1] / 'videos' / 'a.mp4'
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ValueError, match='damaged: 1 of') as error:
        pair_dataset(own[1])
    assert run_command(str(error.value)) == 0
    assert len(pair_dataset(own[1])) == 2


def test_a_cache_smaller_than_the_crops_is_refused_with_the_command_of_a_larger_one(own):
    pipeline = [dict(type='ClipRandomResizedCrop', size=40)]
    pipeline += [dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')]
    with pytest.raises(ValueError, match='of another size.*is 32.*enlarge that to 40') as error:
        pair_dataset(own[1], pipeline=pipeline)
    assert run_command(str(error.value)) == 0
    assert len(pair_dataset(f'{own[1]}-40', pipeline=pipeline)) == 2


@pytest.mark.parametrize(
    'transform, fits',
    [
        (dict(type='Resize', scale=(-1, 32)), True),
        (dict(type='Resize', scale=(-1, 34)), False),
        (dict(type='Resize', scale=(32, 32), keep_ratio=False), True),
        (dict(type='CenterCrop', crop_size=33), False),
        (dict(type='RandomCrop', size=33), False),
        (dict(type='MultiScaleCrop', input_size=33), False),
        (dict(type='Flip'), True),
    ],
)
def test_sizes_of_stock_transforms_are_known(own, transform, fits):
    arguments = [str(own[1] / 'videos/a.mp4')], str(own[1] / 'videos'), str(own[1] / 'train.txt')
    transforms = [TRANSFORMS.build(transform)]
    if fits:
        check_cache(*arguments, transforms)
    else:
        with pytest.raises(ValueError, match='of another size'):
            check_cache(*arguments, transforms)


def test_stock_pipelines_refuse_too_once_a_process(own, monkeypatch):
    init, file = TRANSFORMS.build(dict(type='VideoInit')), str(own[1] / 'videos' / 'a.mp4')
    os.utime(own[0] / 'videos' / 'a.mp4')
    with pytest.raises(ValueError, match='stale'):
        init(dict(filename=file))
    make(own[0], own[1], lists=['train.txt'])
    init(dict(filename=file))
    monkeypatch.setattr(check, 'load_records', None)  # not read again
    init(dict(filename=str(own[1] / 'videos' / 'variable.mkv')))


def test_stock_pipelines_refuse_a_cache_that_is_being_made(own):
    manifest = CacheManifest.load(str(own[1]))
    manifest.jobs[0].complete = False
    manifest.save(str(own[1]))
    with pytest.raises(ValueError, match='incomplete.*--lists train.txt --prefix videos'):
        check_cache_of(str(own[1] / 'videos' / 'a.mp4'))


def test_spelling_of_paths_does_not_matter(own, monkeypatch):
    monkeypatch.chdir(own[1].parent)
    for root in ('cache', './cache', 'source/../cache', f'{own[1]}/'):
        assert len(pair_dataset(root)) == 2
    os.utime(own[0] / 'videos' / 'a.mp4')
    for root in ('cache', './cache', 'source/../cache', f'{own[1]}/'):
        with pytest.raises(ValueError, match='stale: 1 of'):
            pair_dataset(root)


def test_where_there_is_no_cache_nothing_is_read(clips, own, petrel_like, monkeypatch):
    monkeypatch.setattr(check, 'load_records', None)
    check_cache([str(clips / 'a.mp4')])
    check_cache([])
    files = [str(own[1] / 'videos' / 'a.mp4')]
    check_cache(files, backend_args=dict(backend='petrel_like'))
    check_cache_of(files[0], dict(backend='petrel_like'))
    with pytest.raises(TypeError):
        check_cache(files)


def test_a_slow_disk_is_not_waited_for(own, monkeypatch, caplog):
    monkeypatch.setattr(check, '_PATIENCE', -1.0)
    expected = [(f'{i}.mp4', 1, None) for i in range(2500)]
    with caplog.at_level(logging.WARNING):
        assert len(check._differing(str(own[1]), expected, needed=True)) == 1000


def test_a_line_that_was_not_ended_is_not_counted(own):
    root = str(own[1])
    before = load_records(root)
    with open(own[1] / 'video_cache.csv', 'a') as file:
        file.write('videos/variable.mkv,1,2')
    assert load_records(root) == before
    make(own[0], own[1], lists=['train.txt'])
    assert load_records(root) == before


def test_records_are_read_as_they_were_written(tmp_path):
    build.save_records(str(tmp_path), {})
    record = CacheRecord('a, "b".mp4', 5, 7, 9, 11, 29.97, 32, 48, 'pyav')
    append_record(str(tmp_path), record._replace(num_frames=1))
    append_record(str(tmp_path), record)
    assert load_records(str(tmp_path)) == {record.path: record}


@pytest.mark.parametrize('name, text', [
    ('video_cache.json', '{"version": 99}'), ('video_cache.json', '[]'), ('video_cache.json', '{'),
    ('video_cache.csv', 'path,label\na,1\n'), ('video_cache.csv', ''),
])  # fmt: skip
def test_other_files_are_no_cache(own, name, text):
    (own[1] / name).write_text(text)
    with pytest.raises(ValueError, match=rf'{name}.* does not describe a video cache'):
        pair_dataset(own[1])
