import builtins
import shutil

import numpy as np
import pytest

from cached_files import LENGTHS, make, write_scene
from range_server import range_server
from sharded import pack, write_sources
from tev_mmaction.storage import remote_backend


@pytest.fixture
def petrel_like():
    """A registered backend that is not the local one."""
    from mmengine.fileio import BaseStorageBackend, backends, register_backend

    class PetrelLike(BaseStorageBackend):
        def get(self, filepath):
            with builtins.open(filepath, 'rb') as file:
                return file.read()

        def get_text(self, filepath, encoding='utf-8'):
            return self.get(filepath).decode(encoding)

    if 'petrel_like' not in backends.registry_utils.backends:
        register_backend('petrel_like', PetrelLike)


@pytest.fixture
def kept():
    """A registered backend, ``kept://all/...``, that reads nothing without its argument."""
    from mmengine.fileio import BaseStorageBackend, backends, register_backend

    class Kept(BaseStorageBackend):
        def __init__(self, folder):
            self.folder = folder

        def get(self, filepath):
            with builtins.open(filepath.replace('kept://all', self.folder), 'rb') as file:
                return file.read()

        def get_text(self, filepath, encoding='utf-8'):
            return self.get(filepath).decode(encoding)

    if 'kept' not in backends.registry_utils.backends:
        register_backend('kept', Kept, prefixes='kept')


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


@pytest.fixture(scope='module')
def shard_sources(tmp_path_factory):
    root = tmp_path_factory.mktemp('sources')
    write_sources(root)
    return root


@pytest.fixture(scope='module')
def packed(shard_sources, tmp_path_factory):
    """The folder of shards that no test changes."""
    out = tmp_path_factory.mktemp('packed')
    pack(shard_sources, out)
    return out


@pytest.fixture
def shard_server(packed, monkeypatch):
    """A server of the shards, with their URI as ``root``."""
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    monkeypatch.setattr(remote_backend, '_WAIT', 0)
    with range_server() as server:
        server.files.update({f's/{f.name}': f.read_bytes() for f in packed.iterdir()})
        server.root = f'shards+http://{server.url[7:]}/s'
        yield server
