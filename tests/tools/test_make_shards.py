"""``tools/data/make_shards.py``: stopped, on full disks, with broken videos and changed sources."""

import errno
import os
import runpy
import shutil

import pytest

from cached_files import make
from helpers import ROOT, build_dataset, write_clip
from sharded import LENGTHS, pack, write_sources
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.datasets.sharding import ShardsStopped, build, sources
from tev_mmaction.datasets.sharding import pack as packing
from tev_mmaction.datasets.sharding.plan import PackedVideo, plan_shards
from tev_mmaction.datasets.video_index import VideoRecord, load_index, save_index
from tev_mmaction.storage import ShardError

TOOL = str(ROOT / 'tools/data/make_shards.py')


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp('made')
    write_sources(root)
    return root


@pytest.fixture
def source(made, tmp_path):
    return shutil.copytree(made, tmp_path / 'source')


@pytest.fixture
def tool(capsys):
    main = runpy.run_path(TOOL)['main']

    def run(*arguments):
        status = main(['--num-workers', '0', '--shard-size', '30000', *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def states(folder):
    return {f.name: (f.stat().st_ino, f.stat().st_mtime_ns) for f in folder.glob('*.tar')}


def test_what_is_written_and_said(tool, source, tmp_path):
    out = tmp_path / 'out'
    words = [source, out, '--lists', 'train.txt', 'test.txt', '--prefix', 'videos']
    status, said, err = tool(*words)
    assert status == 0 and '5/5' in err and '; 3 files were to do' in said
    assert '5 of 5 videos are in 3 tar files' in said
    index = load_index(str(out / 'train.index.csv'))
    assert {path: record.num_frames for path, record in index.items()} == dict(
        list(LENGTHS.items())[:3]
    )
    assert (out / 'classes.txt').read_text() == 'wave\nripple\n'
    before, written = contents(out), states(out)
    status, said, _ = tool(*words)
    assert (status, contents(out), states(out)) == (0, before, written)
    assert '; 0 files were to do' in said
    status, _, err = tool(*words, '--shard-size', '1G')
    assert status == 1 and 'shards of other videos or of another size. Go on with those' in err
    assert '--lists train.txt test.txt --prefix videos --shard-size 30000`' in err


class Stop:
    """Stands for ``pack``: stops the call at the n-th video."""

    def __init__(self, monkeypatch, number, error):
        self.packed, self._number, self._error = [], number, error
        monkeypatch.setattr(build, 'pack', self)

    def __call__(self, *arguments):
        work = packing.pack(*arguments)
        while True:
            try:
                path = next(work)
            except StopIteration as end:
                return end.value
            if len(self.packed) == self._number:
                work.throw(self._error)
            self.packed.append(path)
            yield path


@pytest.mark.parametrize(
    'error, says',
    [
        (KeyboardInterrupt(), r'^interrupted. 2 of 3 tar files are done.*Run the same'),
        (OSError(errno.ENOSPC, 'No space left', 'x.tar'), 'No space left.*Make room, and run the'),
    ],
)
def test_a_call_that_is_stopped_is_completed_by_the_next(
    source, tmp_path, monkeypatch, error, says
):
    pack(source, tmp_path / 'whole')
    out = tmp_path / 'out'
    with monkeypatch.context() as patch:
        stop = Stop(patch, 3, error)
        with pytest.raises(ShardsStopped, match=says):
            pack(source, out)
    assert len(stop.packed) == 3 and not list(out.glob('*.part')) and not list(out.glob('.*.part'))
    done = states(out).items()
    with pytest.raises(ShardError, match='incomplete: they are being packed, or that was stopped'):
        build_dataset(f'shards://{out}', data_prefix=dict(video='videos'))
    summary = pack(source, out)
    assert summary.num_new == 1 and len(done) == 2 and done <= states(out).items()
    assert contents(out) == contents(tmp_path / 'whole')


def test_a_killed_call_is_completed_by_the_next(source, tmp_path):
    """What it left: a tar without its line, half a line, and half a file."""
    out = tmp_path / 'out'
    pack(source, out)
    whole = contents(out)
    lines = (out / 'shards.jsonl').read_bytes().splitlines(keepends=True)
    (out / 'shards.jsonl').unlink()
    head = lines[0].replace(b', "videos": 5, "shards": 3', b'')
    (out / '.shards.journal').write_bytes(head + lines[1] + lines[2][:40])
    (out / 'shard-000002.tar').write_bytes(b'half')
    assert pack(source, out).num_new == 2
    assert contents(out) == whole


def test_only_what_changed_is_packed_again(source, tmp_path):
    out = tmp_path / 'out'
    pack(source, out, shard_size=1)
    before = states(out)
    write_clip(source / 'videos/a.mp4', 31)
    summary = pack(source, out, shard_size=1)
    after = states(out)
    assert summary.num_new == 1 and len(before.items() - after.items()) == 1
    assert len(open_video(f'shards://{out}/videos/a.mp4')) == 31
    assert load_index(str(out / 'train.index.csv'))['a.mp4'].num_frames == 31
    (source / 'test.txt').write_text('d.MP4 0\n')
    (source / 'videos/e').unlink()
    summary = pack(source, out, shard_size=1)
    assert summary.num_new == 0 and len(states(out)) == 4


def test_an_index_that_lacks_videos_is_made_anew_once(source, tmp_path, monkeypatch):
    names = list(LENGTHS)[:2]
    save_index([VideoRecord(name, LENGTHS[name]) for name in names], source / 'train.index.csv')
    (source / 'test.index.csv').write_bytes(b'')
    os.utime(source / 'test.index.csv', (1, 1))  # older than the videos
    assert sum(len(shard.paths) for shard in pack(source, tmp_path / 'out').shards) == 5
    monkeypatch.setattr(sources, 'index_videos', None)
    assert pack(source, tmp_path / 'out').num_new == 0


def test_a_source_that_changes_meanwhile(source, tmp_path, monkeypatch):
    def grow(*arguments):
        with open(source / 'videos/d.MP4', 'ab') as file:
            file.write(b'more')
        return (yield from packing.pack(*arguments))

    monkeypatch.setattr(build, 'pack', grow)
    with pytest.raises(ShardsStopped, match='d.MP4: was changed while it was packed. 2 of 3 tar'):
        pack(source, tmp_path / 'out')


def test_broken_videos_are_named_and_left_out(tool, source, tmp_path):
    (source / 'videos/e').write_bytes(b'')
    (source / 'videos/link.mp4').symlink_to('a.mp4')
    (source / 'train.txt').write_text('a.mp4 0\ngone.mp4 1\nlink.mp4 0\n')
    out = tmp_path / 'out'
    words = [source, out, '--lists', 'train.txt', 'test.txt', '--prefix', 'videos']
    status, said, _ = tool(*words)
    assert status == 3 and '2 of 5 videos are in 2 tar files' in said
    assert 'rejected videos/gone.mp4: does not exist' in said
    assert 'rejected videos/link.mp4: is the same file as a.mp4' in said
    assert 'rejected videos/e: is empty' in said
    assert (out / 'train.usable.txt').read_text() == 'a.mp4 0\n'
    assert (out / 'test.rejected.txt').read_text() == 'e\tis empty (0 bytes)\n'
    root = f'shards://{out}'
    assert len(build_dataset(root, data_prefix=dict(video='videos'), group_size=1)) == 1
    (source / 'videos/a.mp4').unlink()
    (source / 'videos/d.MP4').unlink()
    status, _, err = tool(*words)
    assert status == 1 and 'none of the 5 videos can be packed' in err
    assert open_video(f'{root}/videos/a.mp4')  # what was there still is


def test_what_is_refused_before_anything_is_written(tool, source, tmp_path):
    (tmp_path / 'other').mkdir()
    (tmp_path / 'other/file').touch()
    status, _, err = tool(source, tmp_path / 'other')
    assert status == 1 and 'no shards: name an empty or a new folder' in err
    status, _, err = tool(source, source / 'videos/out')
    assert status == 1 and 'lie within one another: shards needs another folder' in err
    status, _, err = tool(source, 's3://bucket/out')
    assert status == 1 and 'source and target of shards must be on local disks' in err
    status, _, err = tool(tmp_path / 'none', tmp_path / 'out')
    assert status == 1 and 'does not exist' in err
    with pytest.raises(SystemExit):
        tool(source, tmp_path / 'out', '--shard-size', '1T')
    with pytest.raises(ValueError, match='shard_size=0'):
        pack(source, tmp_path / 'out', shard_size=0)
    make(source, tmp_path / 'cache', lists=['test.txt'])
    (tmp_path / 'cache/videos/d.MP4').unlink()
    status, _, err = tool(
        tmp_path / 'cache', tmp_path / 'out', '--lists', 'test.txt', '--prefix', 'videos'
    )
    assert status == 1 and 'is damaged' in err and not (tmp_path / 'out').exists()


def test_labels_that_differ_between_lists(tool, source, tmp_path):
    (source / 'test.txt').write_text('a.mp4 1\nsub dir/b.avi 1\n')
    words = ['--lists', 'train.txt', 'test.txt', '--prefix', 'videos']
    status, said, _ = tool(source, tmp_path / 'out', *words)
    assert status == 0 and '3 of 3 videos' in said
    assert '1 videos have no label, or several, and no .cls' in said


def test_the_order_is_random_and_always_the_same():
    videos = [PackedVideo(f'{number}.mp4', 10_000, 0, 1, number // 50) for number in range(100)]
    plans = [plan_shards([videos[:60], videos[60:]], 200_000) for _ in range(2)]
    assert plans[0] == plans[1]
    parts = [[video.label for video in shard.videos] for shard in plans[0]]
    assert sum(map(len, parts)) == 100 and len(set(parts[0])) == 2  # not in the order of the list
    first = [int(video.path[:-4]) for shard in plans[0][:4] for video in shard.videos]
    assert sorted(first) == list(range(60))  # no file has videos of two lists
