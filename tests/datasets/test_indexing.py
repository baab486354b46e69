"""The index of videos is made as the cache is: stopped, killed or full, it goes on."""

import errno
import os
import shutil
from dataclasses import astuple
from pathlib import Path

import pytest

from helpers import build_dataset, write_clip
from tev_mmaction.datasets import indexing
from tev_mmaction.datasets.indexing import IndexStopped, index_files, index_videos
from tev_mmaction.datasets.video_index import load_index
from tev_mmaction.datasets.video_list import list_text, read_list

NAMES = ('a.mp4', 'b.mp4', 'c.mp4', 'empty.mp4', 'sub dir/d.mp4')


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """Four clips and an empty file."""
    folder = tmp_path_factory.mktemp('made')
    for number, name in enumerate(NAMES):
        write_clip(folder / name, 20 + number)
    (folder / 'empty.mp4').write_bytes(b'')
    return folder


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / 'videos')


def contents(files):
    return [Path(file).read_bytes() for file in (files.index, files.usable, files.rejected)]


@pytest.fixture
def expected(made):
    """The three files of a call that nothing disturbs."""
    files = index_videos(str(made), num_workers=0).files
    found = contents(files)
    for file in (files.index, files.usable, files.rejected):
        os.remove(file)
    return found


class Stop:
    """Stands for ``examine``: stops the call at the n-th video."""

    def __init__(self, monkeypatch, number, error):
        self.tried, self._number, self._error = [], number, error
        self._examine = indexing.examine
        monkeypatch.setattr(indexing, 'examine', self)

    def __call__(self, path, *arguments):
        if len(self.tried) == self._number:
            raise self._error
        self.tried.append(path)
        return self._examine(path, *arguments)


@pytest.mark.parametrize('error', [KeyboardInterrupt(), OSError(errno.EIO, 'Input/output error')])
def test_a_stopped_call_is_completed_by_the_next(folder, expected, monkeypatch, error):
    first = Stop(monkeypatch, 2, error)
    with pytest.raises(IndexStopped, match=r'2 of 5 videos are done.*the same command again'):
        index_videos(str(folder), num_workers=0)
    files = index_files(str(folder))
    assert [os.path.exists(file) for file in astuple(files)] == [False, False, False, True]
    with open(files.journal, 'a') as journal:
        journal.write('12,34,c.m')  # a machine that died amid a line
    monkeypatch.undo()
    second = Stop(monkeypatch, None, None)
    assert index_videos(str(folder), num_workers=0).num_new == 3
    assert sorted(first.tried + second.tried) == sorted(NAMES)
    assert contents(files) == expected and not os.path.exists(files.journal)


def test_what_changed_meanwhile_or_is_asked_otherwise_is_examined_anew(folder, monkeypatch):
    Stop(monkeypatch, 4, KeyboardInterrupt())
    with pytest.raises(IndexStopped):
        index_videos(str(folder), num_workers=0)
    monkeypatch.undo()
    state = os.stat(folder / 'a.mp4')
    os.utime(folder / 'a.mp4', ns=(0, state.st_mtime_ns - 10**9))  # the clock went back
    write_clip(folder / 'b.mp4', 33)
    os.utime(folder / 'b.mp4', ns=(0, 0))
    Stop(monkeypatch, 1, KeyboardInterrupt())
    with pytest.raises(IndexStopped, match='3 of 5 videos are done'):
        index_videos(str(folder), num_workers=0)
    monkeypatch.undo()
    summary = index_videos(str(folder), min_frames=21, num_workers=0)
    assert summary.num_new == 5
    assert [record.num_frames for record in summary.records] == [0, 33, 22, 0, 24]


@pytest.mark.parametrize('at', [1, 3])
def test_a_full_disk_leaves_no_half_file(folder, expected, monkeypatch, at):
    calls, write = [], indexing.write_line

    def full(descriptor, line):
        calls.append(line)
        if len(calls) > at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(descriptor, line)

    monkeypatch.setattr(indexing, 'write_line', full)
    with pytest.raises(IndexStopped, match='cannot be written: No space left'):
        index_videos(str(folder), num_workers=0)
    monkeypatch.undo()
    assert index_videos(str(folder), num_workers=0).num_new == 5 - (at - 1)
    assert contents(index_files(str(folder))) == expected


@pytest.mark.parametrize('which', ['index', 'usable', 'rejected'])
def test_files_that_cannot_be_written_are_said_before_the_work(folder, monkeypatch, which):
    os.makedirs(getattr(index_files(str(folder)), which))
    monkeypatch.setattr(indexing, 'examine', None)
    message = r'cannot be written.*videos\.' + which + '.*no video is done.*another folder.*out'
    with pytest.raises(IndexStopped, match=message):
        index_videos(str(folder), num_workers=0)


def test_a_second_call_is_refused(folder):
    files = index_files(str(folder))
    refused = pytest.raises(ValueError, match='is being written by another call')
    with indexing.locked(files.journal, 'x'), refused:
        index_videos(str(folder), num_workers=0)


def test_processes_find_the_same(folder, expected):
    assert contents(index_videos(str(folder), num_workers=2).files) == expected


@pytest.mark.parametrize(
    'name', [b'caf\xe9.mp4', b'a\nb\tc.mp4', b'-rf 100% 12:30.mp4', b'"q".mp4', b' x .mp4', b'n 7']
)
def test_names_of_any_bytes_come_back(folder, name):
    name = os.fsdecode(name)
    os.rename(folder / 'a.mp4', folder / name)
    source = folder
    if '.' not in name:  # no video for a search
        source = folder / 'list.txt'
        source.write_text(list_text([(name, -1), ('b.mp4', -1)]))
    files = index_videos(str(source), num_workers=0).files
    assert load_index(files.index)[name].num_frames == 20
    assert (name, -1) in read_list(files.usable)
    dataset = build_dataset(folder, ann_file=os.path.basename(files.usable))
    assert name in [dataset.get_data_info(i)['path'] for i in range(len(dataset))]


def test_a_rejected_name_of_any_bytes(folder):
    name = os.fsdecode(b'bro\xf1\n.mp4')
    (folder / name).write_bytes(b'no video')
    summary = index_videos(str(folder), num_workers=0)
    assert not load_index(summary.files.index)[name].usable
    rejected = Path(summary.files.rejected).read_text(encoding='utf-8').splitlines()
    assert rejected[0].startswith('"bro\\udcf1\\n.mp4"\t') and len(rejected) == 2


def test_a_file_of_two_names_is_one_video(folder, expected):
    os.link(folder / 'b.mp4', folder / 'b hard.mp4')
    (folder / 'link.mp4').symlink_to('a.mp4')
    (folder / 'sub dir' / 'up').symlink_to('..')
    (folder / 'round.mp4').symlink_to('round.mp4')
    records = {record.path: record for record in index_videos(str(folder), num_workers=0).records}
    assert list(records) == ['a.mp4', 'b hard.mp4', 'c.mp4', 'empty.mp4', 'round.mp4', NAMES[-1]]
    (folder / 'x.txt').write_text('a.mp4 1\nb.mp4 1\nlink.mp4 1\nb hard.mp4 0\n')
    summary = index_videos(str(folder / 'x.txt'), num_workers=0)
    reasons = [record.reason for record in summary.records]
    assert reasons == ['', '', 'is the same file as a.mp4', 'is the same file as b.mp4']


def test_videos_of_one_content_are_noted(folder):
    shutil.copy(folder / 'c.mp4', folder / 'copy.mp4')
    records = {record.path: record for record in index_videos(str(folder), num_workers=0).records}
    assert records['copy.mp4'].note.endswith('has the size and the beginning of c.mp4')
    assert records['copy.mp4'].usable and not records['c.mp4'].note


def test_folders_of_frames(tmp_path):
    for number in range(1, 3):
        (tmp_path / 'f' / 'v0').mkdir(parents=True, exist_ok=True)
        (tmp_path / 'f' / 'v0' / f'img_{number:05d}.jpg').touch()
    (tmp_path / 'l.txt').write_text('v0 2 0\n')
    for source, root in ((tmp_path / 'l.txt', tmp_path / 'f'), (tmp_path / 'f', '')):
        with pytest.raises(ValueError, match=r'These are frames.*ffmpeg .*img_%05d.jpg'):
            index_videos(str(source), str(root), num_workers=0)
