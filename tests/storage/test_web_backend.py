"""HTTP by ranges, with retries and a cache of blocks, against a server of this process."""

import os

import numpy as np
import pytest
from mmengine import fileio

from helpers import write_clip
from range_server import range_server
from tev_mmaction.datasets.readers import VideoError, coded_video, open_video
from tev_mmaction.storage import backend_of, remote_backend

CONTENT = bytes(np.random.default_rng(0).integers(0, 256, 1000, dtype=np.uint8))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    monkeypatch.setattr(remote_backend, '_WAIT', 0)
    with range_server() as server:
        server.files.update({'a.bin': CONTENT, 'empty.bin': b''})
        yield server


def ranges(server):
    return [asked for _, _, asked in server.asked]


def opened(server, name='a.bin', **args):
    return backend_of(f'{server.url}/{name}', dict(block_size=100, **args)).open(
        f'{server.url}/{name}'
    )


def test_only_what_is_read_is_fetched(server):
    file = opened(server)
    assert file.read(50) == CONTENT[:50]
    assert file.seek(-30, 2) == 970 and file.read(-1) == CONTENT[970:]
    assert file.seek(250) and file.read(100) == CONTENT[250:350] and file.tell() == 350
    assert ranges(server) == [f'bytes={n}-{n + 99}' for n in (0, 900, 200, 300)]
    file.seek(0)
    assert file.read() == CONTENT and file.read(1) == b''
    assert opened(server, 'empty.bin').read() == b''
    with pytest.raises(OSError, match='seek to -1'):
        file.seek(-1)


def test_a_server_that_does_not_tell_the_size(server):
    server.failures = ['untold']
    assert opened(server).read() == CONTENT


def test_few_blocks_are_held(server):
    file = opened(server)
    assert file.read() == CONTENT
    del server.asked[:]
    file.seek(0)
    assert file.read() == CONTENT and len(server.asked) == 10  # the oldest of eight goes first


@pytest.mark.parametrize('failure', [503, 429, 'cut'])
def test_what_passes_is_tried_again(server, failure):
    server.failures = [failure] * 3
    assert opened(server).read() == CONTENT
    server.failures = [failure] * 3
    assert fileio.get(f'{server.url}/a.bin') == CONTENT
    server.failures, server.asked = [failure] * 4, []
    with pytest.raises(OSError, match=r'a\.bin'):
        backend_of(server.url).get(f'{server.url}/a.bin')
    assert len(server.asked) == 4
    server.failures, server.asked = [failure], []
    with pytest.raises(OSError, match=r'a\.bin'):
        backend_of(server.url, dict(retries=0)).get(f'{server.url}/a.bin')


def test_what_does_not_pass_is_not(server):
    server.failures = [403]
    with pytest.raises(OSError, match='says 403'):
        fileio.get(f'{server.url}/a.bin')
    with pytest.raises(FileNotFoundError, match='says 404'):
        opened(server, 'none.bin')
    assert len(server.asked) == 2


def test_a_file_that_changes_while_it_is_read(server):
    file = opened(server)
    assert file.read(100) == CONTENT[:100]
    server.failures = ['other']
    with pytest.raises(OSError, match='has changed while it was read'):
        file.read(100)


def test_blocks_that_are_kept(server, tmp_path):
    args = dict(cache_dir=str(tmp_path / 'cache'))
    assert opened(server, **args).read(250) == CONTENT[:250]
    assert len(server.asked) == 4
    del server.asked[:]
    assert opened(server, **args).read(350) == CONTENT[:350]
    assert [(method, asked) for method, _, asked in server.asked] == [
        ('HEAD', ''),
        ('GET', 'bytes=300-399'),
    ]
    server.files['a.bin'] = CONTENT[::-1]  # another version
    assert opened(server, **args).read(350) == CONTENT[::-1][:350]
    for block in (tmp_path / 'cache').rglob('0'):
        block.write_bytes(b'cut')
    assert opened(server, **args).read(10) == CONTENT[::-1][:10]
    (tmp_path / 'file').touch()
    with pytest.warns(UserWarning, match='cache_dir: a block of a file is not kept'):
        assert opened(server, cache_dir=str(tmp_path / 'file')).read(10) == CONTENT[::-1][:10]


def test_a_cache_that_is_bounded(server, tmp_path):
    """A process looks at the whole folder after a 32nd of its size: here, at each block."""
    args = dict(cache_dir=str(tmp_path), cache_size=350)
    kept = lambda: sorted(int(file.name) for file in tmp_path.rglob('[0-9]'))  # noqa: E731
    file = opened(server, **args)
    assert file.read() == CONTENT and kept() == [7, 8, 9]
    (tmp_path / 'x.part').write_bytes(b'of another process' * 99)
    os.utime(next(tmp_path.rglob('8')), (1, 1))
    assert opened(server, **args).read(150) == CONTENT[:150] and kept() == [0, 1, 9]
    assert (tmp_path / 'x.part').exists()
    for wrong in (dict(cache_size=99, cache_dir='x'), dict(cache_size=200)):
        with pytest.raises(ValueError, match='it needs a cache_dir, and at least block_size=100'):
            opened(server, **wrong)


def test_the_functions_of_mmengine(server):
    url = f'{server.url}/a b'
    server.files['a%20b/c%23.txt'] = 'é'.encode()
    joined = fileio.join_path(url, 'c#.txt')
    assert fileio.get_text(joined.replace(' ', '%20')) == 'é' and fileio.exists(joined)
    assert not fileio.exists(f'{server.url}/none') and fileio.isfile(joined)
    with fileio.get_local_path(joined) as path, open(path, encoding='utf-8') as file:
        assert file.read() == 'é'
    for call in (fileio.isdir, lambda url: list(fileio.list_dir_or_file(url))):
        with pytest.raises(NotImplementedError, match='does not list folders'):
            call(url)


def test_arguments_that_are_impossible():
    with pytest.raises(ValueError, match=r"backend_args={'anon': True} does not fit 'http://h/a'"):
        backend_of('http://h/a', dict(anon=True))
    for args in (dict(block_size=0), dict(retries=-1)):
        with pytest.raises(ValueError, match='backend_args: block_size=.*, retries='):
            backend_of('http://h/a', args)


@pytest.mark.parametrize('decoder', ['pyav', 'decord'])
def test_videos_by_ranges(server, tmp_path, monkeypatch, decoder):
    pytest.importorskip(decoder.replace('pyav', 'av'))
    path = write_clip(tmp_path / 'a.mp4', 40)
    server.files['a.mp4'] = path.read_bytes()
    url, size = f'{server.url}/a.mp4', len(server.files['a.mp4'])
    expected = open_video(str(path), decoder).read([0, 20, 39])
    args = dict(block_size=size // 5)
    for held in (coded_video._MAX_BYTES_HELD, 100):  # with packets in memory, and without
        monkeypatch.setattr(coded_video, '_MAX_BYTES_HELD', held)
        reader = open_video(url, decoder, args)
        np.testing.assert_array_equal(reader.read([0, 20, 39]), expected)
    assert all(ranges(server))
    server.failures = [None, *[404] * 9]
    with pytest.raises(VideoError, match=r'cannot be .*says 404'):
        open_video(url, decoder, dict(block_size=64)).read([0])
