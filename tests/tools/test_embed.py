"""tools/embed.py as users call it: features of a folder or a list, in a file."""

import json
import os
import runpy

import numpy as np
import pytest

from helpers import ROOT, write_clip
from tev_mmaction.apis import VideoEmbedder, save_features
from tev_mmaction.apis.video_views import WholeVideos
from tev_mmaction.datasets.video_list import read_list

OPTIONS = ('--num-clips', '1', '--num-workers', '0')


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    """Two clips, one with an odd name, and a file that is none."""
    folder = tmp_path_factory.mktemp('videos')
    write_clip(folder / 'a.mp4', 20)
    write_clip(folder / 'sub/b é 7.mp4', 30)
    (folder / 'broken.mp4').write_bytes(b'none')
    return folder


@pytest.fixture
def embed(tmp_path, monkeypatch, capsys):
    """The tool within this process: exit status, what it prints; or why it stops."""
    monkeypatch.chdir(tmp_path)
    main = runpy.run_path(str(ROOT / 'tools/embed.py'))['main']

    def run(*arguments):
        try:
            return main([*OPTIONS, *map(str, arguments)]), capsys.readouterr().out
        except SystemExit as error:
            capsys.readouterr()
            return str(error)

    return run


def test_a_folder(embed, videos, tmp_path):
    status, said = embed(videos, '--out', 'features.npz')
    assert status == 3 and 'skipped broken.mp4: ' in said
    assert '2 videos embedded in' in said and 'clips a second' in said
    assert '72x72 pixels; not standardised' in said
    with np.load(tmp_path / 'features.npz') as file:
        assert list(file['paths']) == ['a.mp4', 'sub/b é 7.mp4']
        assert file['labels'].tolist() == [-1, -1] and file['labels'].dtype == np.int64
        protocol = json.loads(str(file['protocol']))
        expected = VideoEmbedder('r3d10-motion', num_clips=1)
        paths = [videos / path for path in file['paths']]
        np.testing.assert_allclose(file['features'], expected.embed(paths), rtol=1e-5, atol=1e-6)
    assert protocol['checkpoint'] == 'tev://r3d10-motion' and protocol['num_clips'] == 1
    assert protocol['fingerprint'] == expected.fingerprint


def test_a_list_with_labels(embed, videos, tmp_path):
    (tmp_path / 'list.txt').write_text('sub/b é 7.mp4 1\nbroken.mp4 0\na.mp4 2\n')
    status, said = embed('list.txt', '--root', videos, '--out', 'features.npy')
    assert status == 3 and 'features.videos.txt and features.npy: 2 videos x 1152' in said
    assert np.load('features.npy').shape == (2, 1152)
    assert read_list('features.videos.txt') == [('sub/b é 7.mp4', 1), ('a.mp4', 2)]
    (tmp_path / 'whole.txt').write_text('a.mp4 2\n')
    status, _ = embed('whole.txt', '--root', videos, '--out', 'features.npz')
    assert status == 0 and np.load('features.npz')['labels'].tolist() == [2]


def test_what_stops_with_one_error_and_writes_nothing(embed, videos, tmp_path):
    error = 'tev-embed: error: '
    assert embed(videos, '--out', 'x.csv') == (
        f'{error}x.csv: the name of the output must end in .npz, .npy, .safetensors or .parquet'
    )
    assert embed('none', '--out', 'x.npz').startswith(f'{error}none does not exist: give a folder')
    assert 'there are no weights' in embed(videos, '--out', 'x.npz', '--checkpoint', 'tev://r3d10')
    (tmp_path / 'folder.npz').mkdir()
    assert 'there is a folder of that name' in embed(videos, '--out', 'folder.npz')
    (tmp_path / 'list.txt').write_text('broken.mp4\n')
    assert embed('list.txt', '--root', videos, '--out', 'x.npz') == (
        f'{error}list.txt: none of its 1 videos can be read'
    )
    assert not list(tmp_path.glob('x.*'))
    with pytest.raises(ValueError, match='1 features of 0 videos'):
        save_features('x.npz', np.zeros((1, 2), np.float32), [], None)


def test_a_decoder_that_dies_is_named(embed, videos, tmp_path, monkeypatch):
    def die(self, index):
        os._exit(1)

    monkeypatch.setattr(WholeVideos, '__getitem__', die)
    said = embed(videos, '--out', 'x.npz', '--num-workers', '1')
    assert f"a worker process died while it read '{videos}/a.mp4' or one of the next" in said
    assert not list(tmp_path.glob('x.*'))
