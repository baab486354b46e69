"""Shards that are missing, cut off, changed or incomplete are said to be so."""

import io
import os
import shutil

import pytest

from cached_files import pair_dataset
from served import served
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.storage import ShardBackend, ShardError


@pytest.fixture
def shards(packed, tmp_path):
    """Shards that a test may change."""
    for file in packed.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def a_tar(folder):
    return sorted(folder.glob('*.tar'))[0]


def cut(folder):
    os.truncate(a_tar(folder), 700)


def other_content(folder):
    content = a_tar(folder).read_bytes()
    a_tar(folder).write_bytes(content[::-1])


@pytest.mark.parametrize(
    'harm, reason',
    [
        (lambda folder: a_tar(folder).unlink(), 'cannot be read: No such file'),
        (cut, 'has 700 bytes, not'),
        (other_content, "has changed: 'videos/.*' is not where the index says"),
    ],
)
def test_a_tar_that_does_not_fit_is_said_once(shards, harm, reason):
    harm(shards)
    remedy = 'Copy it there again.*make_shards.py.*--prefix videos --shard-size 30000'
    with pytest.raises(ShardError, match=f'shard-000000.tar.*{reason}.*{remedy}'):
        pair_dataset(f'shards://{shards}', group_size=3).__getitems__([0, 1, 2])


def test_a_tar_that_changes_while_it_is_used(shards):
    dataset = pair_dataset(f'shards://{shards}', group_size=3)
    dataset.__getitems__([0, 1, 2])
    cut(shards)
    with pytest.raises(ShardError, match='shard-000000.tar.*it has 700 bytes, not'):
        dataset.__getitems__([0, 1, 2])
    a_tar(shards).unlink()
    with pytest.raises(ShardError, match='shard-000000.tar.*does not exist'):
        dataset.__getitems__([0, 1, 2])


@pytest.mark.parametrize('kind', ['missing', 'cut', 'longer', 'other', 'whole'])
def test_a_tar_on_a_server_that_does_not_fit(shard_server, packed, monkeypatch, kind):
    dataset = pair_dataset(shard_server.root, group_size=3)
    dataset.full_init()
    names = [name for name in shard_server.files if name.endswith('.tar')]
    for name in names:
        content = shard_server.files[name]
        changed = dict(missing=None, cut=content[:700], longer=content + b'x', other=content[::-1])
        shard_server.files[name] = changed.get(kind, content)
        if kind == 'missing':
            del shard_server.files[name]
    reason = dict(
        missing='does not exist', cut='cannot be used', longer='bytes, not', other='has changed'
    )
    if kind != 'whole':
        with pytest.raises(ShardError, match=reason[kind]):
            dataset.__getitems__([0, 1, 2])
    shard_server.failures = [503]  # passes
    assert kind != 'whole' or len(dataset.__getitems__([0, 1, 2])) == 3


@pytest.mark.parametrize('fails', [False, True])
def test_a_tar_that_does_not_fit_is_closed(shards, monkeypatch, fails):
    class Failing(io.FileIO):
        def read(self, size=-1):
            raise OSError('the disk fails')

    def opened(self, *args):
        tar, begin = real(self, *args)
        tars.append(Failing(os.dup(tar.fileno())) if fails else tar)
        return tars[-1], begin

    real, tars = ShardBackend._opened, []
    monkeypatch.setattr(ShardBackend, '_opened', opened)
    if not fails:
        other_content(shards)
    with pytest.raises(
        OSError if fails else ShardError, match='disk fails' if fails else 'changed'
    ):
        ShardBackend().open(f'shards://{shards}/videos/a.mp4')
    assert [tar.closed for tar in tars] == [True]


def test_a_server_that_refuses(shard_server):
    shard_server.failures = [403] * 9
    with pytest.raises(
        ShardError, match=r'shards\.jsonl, or it cannot be read .*says 403'
    ) as error:
        open_video(f'{shard_server.root}/videos/a.mp4')
    assert 'says 403' in str(error.value.__cause__)


def test_kept_blocks_of_a_tar_that_did_not_fit(shard_server, tmp_path):
    sound = dict(shard_server.files)
    for name in sound:
        if name.endswith('.tar'):
            shard_server.files[name] = sound[name][::-1]
    video, args = f'{shard_server.root}/videos/a.mp4', dict(cache_dir=str(tmp_path / 'blocks'))
    for _ in range(2):
        with pytest.raises(
            ShardError, match="has changed.* remove the blocks that '.*blocks' keeps"
        ):
            open_video(video, backend_args=args)
        shard_server.files.update(sound)
    shutil.rmtree(tmp_path / 'blocks')
    assert len(open_video(video, backend_args=args)) == 30


def test_a_server_without_ranges(packed, monkeypatch):
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    with served(packed) as url, pytest.raises(ShardError, match='sends no ranges'):
        open_video(f'shards+http://{url[7:]}/videos/a.mp4')


@pytest.mark.parametrize('cut', [b'', b'{"version": 9}\n', b'[]\n'])
def test_an_index_that_is_none(shards, cut):
    (shards / 'shards.jsonl').write_bytes(cut)
    with pytest.raises(ShardError, match=r'shards.jsonl.* is not an index of shards'):
        pair_dataset(f'shards://{shards}')


def test_an_index_that_is_cut_off(shards):
    content = (shards / 'shards.jsonl').read_bytes()
    (shards / 'shards.jsonl').write_bytes(content[: content[:-1].rindex(b'\n') + 1])
    with pytest.raises(ShardError, match=r'videos in \d of \d shards'):
        pair_dataset(f'shards://{shards}')


def test_a_folder_that_has_no_shards(shard_sources, packed):
    with pytest.raises(ShardError, match=r'no folder above it has a file shards\.jsonl'):
        pair_dataset(f'shards://{shard_sources}')
    with pytest.raises(FileNotFoundError, match='The video list.*none.txt.*does not exist'):
        pair_dataset(f'shards://{packed}', ann_file='none.txt')
