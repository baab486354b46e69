"""``tools/data/cache_videos.py``: stopped, killed, with broken videos and on full disks."""

import runpy

import numpy as np
import pytest

from cached_files import check_whole, files_below, states
from helpers import ROOT, build_dataset, write_clip
from tev_mmaction.datasets.caching import build, convert, writers
from tev_mmaction.datasets.caching.manifest import CacheManifest
from tev_mmaction.datasets.readers import VideoError, open_video
from tev_mmaction.datasets.video_index import load_index

TOOL = str(ROOT / 'tools/data/cache_videos.py')
FORMATS = ['mjpeg', 'h264', 'memmap']


def test_says_what_was_written_and_what_it_brings(tool, noise, tmp_path):
    status, out, err = tool(noise, tmp_path, '--lists', 'train.txt', '--prefix', 'videos')
    assert status == 0
    num_bytes = sum(file.stat().st_size for file in (tmp_path / 'videos').rglob('*.mp4'))
    sources = sum(file.stat().st_size for file in (noise / 'videos').rglob('*.mp4'))
    assert '16 of 16 videos are in the cache (mjpeg, short side 32' in out
    assert f'{num_bytes} bytes' in out and f'{num_bytes / sources:.2f} times the sources' in out
    assert 'expected gain: ' in out and 'medians of CPU time, 8 videos, 3 pairs each' in out
    assert '16/16' in err and err.count('video/s') < 4  # a log file is not flooded
    check_whole(noise, tmp_path)
    before = states(tmp_path)
    status, out, _ = tool(noise, tmp_path, '--lists', 'train.txt', '--prefix', 'videos')
    assert (status, states(tmp_path)) == (0, before) and '; 0 were to do' in out


@pytest.mark.parametrize('format', FORMATS)
def test_the_name_of_a_video_is_given_to_a_whole_file_alone(noise, tmp_path, monkeypatch, format):
    target, there = tmp_path / 'videos/class 0/00.mp4', []

    class Watching(writers.WRITERS[format]):
        def write(self, frame):
            there.append(target.exists())
            super().write(frame)

        def close(self):
            super().close()
            there.append(target.exists())

    build.save_records(str(tmp_path), {})
    monkeypatch.setitem(writers.WRITERS, format, Watching)
    convert.Conversion(str(noise), str(tmp_path), format, 32, 'pyav')('videos/class 0/00.mp4')
    assert there == [False] * 61 and target.exists()


@pytest.fixture
def partly_broken(tmp_path):
    root = tmp_path / 'data'
    write_clip(root / 'a.mp4', 40)
    write_clip(root / 'one.mp4', 1)
    cut = write_clip(root / 'cut.mp4', 60, container_options=dict(movflags='faststart'))
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 8 // 10])
    (root / 'empty.mp4').touch()
    (root / 'train.txt').write_text('a.mp4 4\ncut.mp4 2\none.mp4 0\nempty.mp4 1\ngone.mp4 0\n')
    return root


def test_broken_videos_are_named_and_left_out(tool, partly_broken, tmp_path):
    root = tmp_path / 'cache'
    status, out, _ = tool(partly_broken, root, '--lists', 'train.txt')
    assert status == 3
    assert '2 of 5 videos are in the cache' in out and '3 videos are rejected' in out
    assert 'rejected gone.mp4: does not exist' in out and 'rejected cut.mp4: ' in out
    assert (root / 'train.txt').read_text() == (partly_broken / 'train.txt').read_text()
    assert (root / 'train.usable.txt').read_text() == 'a.mp4 4\none.mp4 0\n'
    rejected = [line.split('\t')[0] for line in (root / 'train.rejected.txt').open()]
    assert rejected == ['cut.mp4', 'empty.mp4', 'gone.mp4']
    assert not load_index(str(root / 'train.index.csv'))['empty.mp4'].usable
    assert files_below(root)[-1] == 'video_cache.json' and not (root / 'cut.mp4').exists()
    assert len(build_dataset(root)) == 1  # one.mp4 is too short for a pair, but no broken video
    write_clip(partly_broken / 'gone.mp4', 30)  # what was broken is tried again
    status, out, _ = tool(partly_broken, root, '--lists', 'train.txt')
    assert status == 3 and '3 of 5 videos are in the cache' in out and '; 3 were to do' in out
    assert len(build_dataset(root)) == 2


def test_a_source_that_breaks_later_leaves_the_cache(tool, partly_broken, tmp_path):
    root = tmp_path / 'cache'
    tool(partly_broken, root, '--lists', 'train.txt')
    assert (root / 'a.mp4').exists()
    (partly_broken / 'a.mp4').write_text('no video any more')
    tool(partly_broken, root, '--lists', 'train.txt')
    assert not (root / 'a.mp4').exists()


def test_a_source_that_changes_meanwhile_is_rejected(noise, tmp_path, monkeypatch):
    build.save_records(str(tmp_path), {})
    sizes = iter(range(1, 9))
    monkeypatch.setattr(convert, 'source_state', lambda _: (next(sizes), 0))
    work = convert.Conversion(str(noise), str(tmp_path), 'memmap', 32, 'pyav')
    assert 'was changed while' in work('videos/class 0/00.mp4').reason
    assert files_below(tmp_path) == ['video_cache.csv']


@pytest.mark.parametrize('format', FORMATS)
def test_what_was_written_is_counted(noise, tmp_path, monkeypatch, format):
    """A writer that loses a frame is found out."""

    class Lossy(writers.WRITERS[format]):
        count = 0

        def write(self, frame):
            self.count += 1
            if self.count != 20:
                super().write(frame)

    build.save_records(str(tmp_path), {})
    monkeypatch.setitem(writers.WRITERS, format, Lossy)
    work = convert.Conversion(str(noise), str(tmp_path), format, 32, 'pyav')
    assert 'is not what was written: 59 of 59' in work('videos/class 0/00.mp4').reason
    assert files_below(tmp_path) == ['video_cache.csv']


def test_other_sizes_and_formats_are_refused_with_the_command_that_goes_on(
    tool, partly_broken, tmp_path
):
    root = tmp_path / 'cache'
    tool(partly_broken, root, '--lists', 'train.txt')
    before = states(root)
    for change in (['--format', 'memmap'], ['--short-side', '64']):
        status, _, err = tool(partly_broken, root, '--lists', 'train.txt', *change)
        assert status == 1 and 'another size or format: short side 32, mjpeg' in err
        go_on = f'{partly_broken} {root} --lists train.txt --short-side 32 --format mjpeg'
        assert f'`python tools/data/cache_videos.py {go_on}`' in err
    assert states(root) == before


@pytest.mark.parametrize(
    'arguments, message',
    [
        (dict(short_side=31), 'even number'),
        (dict(short_side=0), 'even number'),
        (dict(format='png'), r"'mjpeg', 'h264', 'memmap'"),
        (dict(num_workers=-1), 'num_workers'),
        (dict(decoder='ffmpeg'), 'ffmpeg'),
        (dict(prefix='../x'), 'folder below'),
        (dict(prefix='/x'), 'folder below'),
        (dict(lists=['none.txt']), 'none.txt.* does not exist'),
        (dict(lists=['outside.txt']), 'outside of'),
        (dict(lists=['leaving.txt']), r"'\.\./a\.mp4'"),
        (dict(lists=['absolute.txt']), "'/a.mp4'"),
        (dict(out_root='data'), 'within one another'),
        (dict(out_root='data/cache'), 'within one another'),
        (dict(out_root='.'), 'within one another'),
        (dict(out_root='s3://bucket/cache'), 'must be on local disks'),
        (dict(data_root='http://host/videos'), 'must be on local disks'),
        (dict(out_root='full'), "files in it .as 'thesis.tex'"),
        (dict(data_root='nothing'), "'nothing'.* does not exist"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / 'data' / 'a.mp4', 5)
    (tmp_path / 'outside.txt').write_text('a.mp4\n')
    (tmp_path / 'data' / 'leaving.txt').write_text('../a.mp4\n')
    (tmp_path / 'data' / 'absolute.txt').write_text('/a.mp4\n')
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full' / 'thesis.tex').touch()
    before = files_below(tmp_path)
    arguments = {**dict(data_root='data', out_root='out', num_workers=0), **arguments}
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        build.build_cache(**arguments)
    assert [name for name in files_below(tmp_path) if 'lock' not in name] == before


def test_both_tools_tell_left_out_videos_by_the_same_status(tool, partly_broken, tmp_path, capsys):
    main = runpy.run_path(str(ROOT / 'tools/data/index_videos.py'))['main']
    for lines, status in (('a.mp4 0\n', 0), ('a.mp4 0\ngone.mp4 0\nlost.mp4 0\n', 3)):
        (partly_broken / 'list.txt').write_text(lines)
        root = tmp_path / f'cache {status}'
        assert tool(partly_broken, root, '--lists', 'list.txt')[0] == status
        assert main([str(partly_broken / 'list.txt'), '--num-workers', '0']) == status
    assert main([str(partly_broken / 'none.txt'), '--num-workers', '0']) == 1
    assert main([str(partly_broken / 'list.txt'), '--num-workers', '-1']) == 1
    assert 'Traceback' not in capsys.readouterr().err


def test_another_source_and_a_second_call_are_refused(tool, partly_broken, noise, tmp_path):
    root = tmp_path / 'cache'
    tool(partly_broken, root, '--lists', 'train.txt')
    status, _, err = tool(noise, root, '--prefix', 'videos')
    assert status == 1 and f"holds a cache of '{partly_broken}'" in err
    with build._only_call(str(root)):
        status, _, err = tool(partly_broken, root, '--lists', 'train.txt')
    assert status == 1 and 'written by another call' in err


def test_a_data_set_that_moved_is_known_again(tool, partly_broken, tmp_path):
    root = tmp_path / 'cache'
    tool(partly_broken, root, '--lists', 'train.txt')
    before = states(root)
    partly_broken.rename(tmp_path / 'moved')
    tool(tmp_path / 'moved', root, '--lists', 'train.txt')
    assert states(root) == before
    assert CacheManifest.load(str(root)).source_root == str(tmp_path / 'moved')


def test_videos_too_short_for_a_pair_give_no_gain(tool, tmp_path):
    write_clip(tmp_path / 'data' / 'a.mp4', 5)
    status, out, _ = tool(tmp_path / 'data', tmp_path / 'cache')
    assert status == 0 and 'expected gain: not measured' in out


def test_real_videos_and_real_bad_files(tool, real_clips, tmp_path):
    status, out, _ = tool(real_clips, tmp_path, '--prefix', 'bad', '--decoder', 'pyav')
    assert status == 3 and 'rejected bad/corrupted.mp4' in out
    for name in ('video_270.mov', 'h264_10bits.mp4', 'made_1frame.avi'):
        source = open_video(str(real_clips / 'bad' / name), 'pyav')
        cached = open_video(str(tmp_path / 'bad' / name), 'pyav')
        assert len(cached) == len(source)
        assert np.argmax(cached.size) == np.argmax(source.size)  # upright
    with pytest.raises(VideoError):
        open_video(str(tmp_path / 'bad' / 'made_empty.avi'))
