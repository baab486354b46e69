"""``tools/data/cache_videos.py``: stopped, killed, with broken videos and on full disks."""

import errno
import os
import resource
import runpy
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from helpers import ROOT, build_dataset, write_clip
from tev_mmaction.datasets.caching import build, convert, writers
from tev_mmaction.datasets.caching.manifest import CacheManifest, load_records
from tev_mmaction.datasets.readers import VideoError, open_video
from tev_mmaction.datasets.video_index import load_index
from tev_mmaction.datasets.video_list import read_list

TOOL = str(ROOT / 'tools/data/cache_videos.py')
FORMATS = ['mjpeg', 'h264', 'memmap']


@pytest.fixture
def tool(capsys):
    """The tool within this process: its exit status, what it prints, and its errors."""
    main = runpy.run_path(TOOL)['main']

    def run(*arguments):
        status = main([*map(str, arguments), '--num-workers', '0', '--short-side', '32'])
        return status, *capsys.readouterr()

    return run


@pytest.fixture(scope='module')
def noise(tmp_path_factory):
    """16 videos of 64x48 whose cached files take some room and time, with a list."""
    root, rng = tmp_path_factory.mktemp('noise'), np.random.default_rng(0)
    colors = rng.integers(0, 256, (90, 48, 64, 3))
    names = [f'class {number % 2}/{number:02d}.mp4' for number in range(16)]
    for number, name in enumerate(names):
        write_clip(root / 'videos' / name, 60 + number, color=lambda index: colors[index])
    (root / 'train.txt').write_text(''.join(f'{name} 0\n' for name in names))
    return root


def check_whole(noise, out):
    """The cache holds every video whole, and nothing else."""
    names = [path for path, _ in read_list(str(noise / 'train.txt'))]
    for number, name in enumerate(names):
        reader = open_video(str(out / 'videos' / name))
        assert reader.count_decodable() == len(reader) == 60 + number
    assert files_below(out / 'videos') == sorted(names)
    assert CacheManifest.load(str(out)).jobs[0].complete
    assert len(build_dataset(out, data_prefix=dict(video='videos'))) == 16


def files_below(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob('*') if file.is_file())


def states(folder):
    return {file: (file.stat().st_ino, file.stat().st_mtime_ns) for file in folder.rglob('*.mp4')}


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


def test_a_killed_call_is_completed_by_the_next(tool, noise, tmp_path):
    """Really killed, with its workers at work; what was done is left as it is."""
    arguments = [noise, tmp_path, '--lists', 'train.txt', '--prefix', 'videos']
    command = [sys.executable, TOOL, *map(str, arguments), '--num-workers', '2']
    process = subprocess.Popen(
        [*command, '--short-side', '32', '--format', 'h264'],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
    )
    while len(load_records(str(tmp_path))) < 3:
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.stderr.read()  # the pipe is closed when the last of the workers is gone
    process.wait()
    done = load_records(str(tmp_path))
    assert 3 <= len(done) < 16
    assert not CacheManifest.load(str(tmp_path)).jobs[0].complete
    with pytest.raises(ValueError, match=f'incomplete: {16 - len(done)} of 16 videos'):
        build_dataset(tmp_path, data_prefix=dict(video='videos'))
    before = {file: state for file, state in states(tmp_path).items() if 'videos' in str(file)}
    finished = {file: before[file] for file in before if str(file.relative_to(tmp_path)) in done}
    assert len(finished) == len(done)
    status, out, _ = tool(*arguments, '--format', 'h264')
    assert status == 0 and f'; {16 - len(done)} were to do' in out
    after = states(tmp_path)
    assert {file: after[file] for file in finished} == finished
    check_whole(noise, tmp_path)


def test_half_files_of_a_killed_call_are_removed(tool, noise, tmp_path):
    arguments = [noise, tmp_path, '--lists', 'train.txt', '--prefix', 'videos']
    (tmp_path / 'videos' / 'class 1').mkdir(parents=True)
    (tmp_path / 'videos' / 'class 1' / '.123.part').write_text('half')
    (tmp_path / '.123.part').write_text('half')
    (tmp_path / 'videos' / 'class 1').rmdir if False else None
    CacheManifest('mjpeg', 32, str(noise)).save(str(tmp_path))
    assert tool(*arguments)[0] == 0
    assert not list(tmp_path.rglob('*.part'))
    check_whole(noise, tmp_path)


class FullDisk:
    """Stands for ``open``: files share a number of bytes, after which the disk is full."""

    def __init__(self, room):
        self.room = room

    def __call__(self, name, *arguments, **options):
        file = open(name, *arguments, **options)
        self.file, self.write_ = file, file.write
        return _Writable(file, self)


class _Writable:
    def __init__(self, file, disk):
        self._file, self._disk = file, disk

    def write(self, data):
        self._disk.room -= len(memoryview(data).cast('B'))
        if self._disk.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._file.write(data)

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._file.close()


@pytest.mark.parametrize('format', FORMATS)
def test_a_full_disk_leaves_no_half_file(tool, noise, tmp_path, monkeypatch, format):
    arguments = [noise, tmp_path, '--lists', 'train.txt', '--prefix', 'videos', '--format', format]
    room = dict(mjpeg=700_000, h264=300_000, memmap=1_500_000)[format]
    monkeypatch.setattr(convert, 'open', FullDisk(room), raising=False)
    status, out, err = tool(*arguments)
    done = len(files_below(tmp_path / 'videos'))
    assert (status, out) == (1, '') and 0 < done < 16
    error = err.splitlines()[-1]
    assert 'No space left on device' in error and 'Make room, and run the same command' in error
    assert f'{done} of 16 videos are done and whole' in error and 'Traceback' not in err
    assert len(load_records(str(tmp_path))) == done and not list(tmp_path.rglob('*.part'))
    for file in (tmp_path / 'videos').rglob('*.mp4'):
        assert open_video(str(file)).count_decodable() >= 60
    monkeypatch.undo()
    before = states(tmp_path)
    assert tool(*arguments)[0] == 0
    assert before.items() <= states(tmp_path).items()
    check_whole(noise, tmp_path)


@pytest.mark.parametrize('format', ['mjpeg', 'memmap'])
def test_the_limit_of_the_system_on_files_is_an_error_alike(noise, tmp_path, format):
    """A worker process runs into it: its libraries must not say it in their ways."""
    command = [TOOL, noise, tmp_path, '--lists', 'train.txt', '--prefix', 'videos']
    command += ['--short-side', '32', '--num-workers', '1', '--format', format]
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)),
    )
    assert done.returncode == 1 and done.stdout == ''
    assert 'cannot be written: File too large' in done.stderr.splitlines()[-1]
    assert 'Traceback' not in done.stderr and 'dropped' not in done.stderr
    assert not list(tmp_path.rglob('*.part'))


def test_a_full_disk_leaves_no_half_record(noise, tmp_path, monkeypatch):
    """The line of a video that is done cannot be written in whole."""
    build.save_records(str(tmp_path), {})
    size, write = (tmp_path / 'video_cache.csv').stat().st_size, os.write
    calls = []

    def full(descriptor, data):
        calls.append(data)
        if len(calls) == 1:
            return write(descriptor, data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    work = convert.Conversion(str(noise), str(tmp_path), 'memmap', 32, 'pyav')
    with monkeypatch.context() as patch:
        patch.setattr(os, 'write', full)
        with pytest.raises(OSError, match='No space left'):
            work('videos/class 0/00.mp4')
    assert (tmp_path / 'video_cache.csv').stat().st_size == size
    assert work('videos/class 0/00.mp4').num_frames == 60
    assert list(load_records(str(tmp_path))) == ['videos/class 0/00.mp4']


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
    monkeypatch.setattr(convert, 'source_state', lambda _, n=iter(range(1, 9)): (next(n), 0))
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


def test_a_worker_that_dies_is_one_error(noise, tmp_path):
    with pytest.raises(build.BrokenProcessPool):
        list(build._run(_die, ['a', 'b'], 1))
    message = build._explain(build.BrokenProcessPool(), str(tmp_path), {'a': None})
    assert 'a worker process died' in message and '0 of 1 videos are done' in message


def _die(path):
    os._exit(1)


def test_other_sizes_and_formats_are_refused_with_the_command_that_goes_on(
    tool, partly_broken, tmp_path
):
    root = tmp_path / 'cache'
    tool(partly_broken, root, '--lists', 'train.txt')
    before = states(root)
    for change in (['--format', 'memmap'], ['--short-side', '64']):
        status, _, err = tool(partly_broken, root, '--lists', 'train.txt', *change) if (
            change[0] == '--format'
        ) else _run_main(partly_broken, root, change)  # fmt: skip
        assert status == 1
    assert states(root) == before
    with pytest.raises(ValueError, match='another size or format.*32, mjpeg.*`python .*--lists'):
        build.build_cache(str(partly_broken), str(root), ['train.txt'], short_side=64)


def _run_main(source, root, change):
    status = runpy.run_path(TOOL)['main']([str(source), str(root), '--lists', 'train.txt', *change])
    return status, '', ''


@pytest.mark.parametrize(
    'arguments, message',
    [
        (dict(short_side=31), 'even number'),
        (dict(short_side=0), 'even number'),
        (dict(format='png'), r"'mjpeg', 'h264', 'memmap'"),
        (dict(num_workers=-1), 'num-workers'),
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
        (dict(out_root='s3://bucket/cache'), 'local disks alone'),
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


def test_another_source_and_a_second_call_are_refused(tool, partly_broken, noise, tmp_path):
    root = tmp_path / 'cache'
    tool(partly_broken, root, '--lists', 'train.txt')
    status, _, err = tool(noise, root, '--prefix', 'videos')
    assert status == 1 and f"holds a cache of '{partly_broken}'" in err
    with build._locked(str(root)):
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
