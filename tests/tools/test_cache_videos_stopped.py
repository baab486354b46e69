"""``tools/data/cache_videos.py``: stopped, killed, with broken videos and on full disks."""

import errno
import os
import resource
import signal
import subprocess
import sys
import time

import pytest

from cached_files import check_whole, files_below, states
from helpers import ROOT, build_dataset
from tev_mmaction.datasets.caching import build, convert
from tev_mmaction.datasets.caching.manifest import CacheManifest, load_records
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.datasets.worker_pool import WorkerDied

TOOL = str(ROOT / 'tools/data/cache_videos.py')
FORMATS = ['mjpeg', 'h264', 'memmap']


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
    CacheManifest('mjpeg', 32, str(noise)).save(str(tmp_path))
    assert tool(*arguments)[0] == 0
    assert not list(tmp_path.rglob('*.part'))
    check_whole(noise, tmp_path)


class FullDisk:
    """Stands for ``open``: files share a number of bytes, after which the disk is full."""

    def __init__(self, room):
        self.room = room

    def __call__(self, name, *arguments, **options):
        return _Writable(open(name, *arguments, **options), self)


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


def test_the_limit_of_the_system_on_files_is_an_error_alike(noise, tmp_path):
    """A worker process runs into it: its libraries must not say it in their ways."""
    command = [TOOL, noise, tmp_path, '--lists', 'train.txt', '--prefix', 'videos']
    command += ['--short-side', '32', '--num-workers', '1']
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


def test_a_worker_that_dies_is_one_error(noise, tmp_path, monkeypatch):
    def dies(*arguments):
        raise WorkerDied("a worker process died while it read 'videos/x.mp4'")
        yield

    monkeypatch.setattr(build, 'run', dies)
    with pytest.raises(build.CacheStopped, match=r"'videos/x.mp4'. 0 of 16 .* same command again"):
        build.build_cache(str(noise), str(tmp_path), ['train.txt'], 'videos')
