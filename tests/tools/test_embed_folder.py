"""tools/embed.py with a folder as its output: a file for each video, resumed and never mixed."""

import json
import os
import runpy
from functools import lru_cache

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from helpers import ROOT, write_clip
from tev_mmaction.apis import VideoEmbedder, WindowGrid, embed_to_folder
from tev_mmaction.apis.view_encoder import ViewEncoder

FAST = ('--num-workers', '0', '--num-clips', '1')
WINDOWS = ('--window', '20', '--stride', '8', '--unit', 'frames')


@lru_cache
def embedder(*checkpoint, **options):
    """Loaded once for all calls with the same options."""
    return VideoEmbedder(*checkpoint, **options)


@pytest.fixture
def embed(tmp_path, monkeypatch, capsys):
    """The tool within this process: exit status, what it prints; or why it stops."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('tev_mmaction.cli.embed.VideoEmbedder', embedder)
    main = runpy.run_path(str(ROOT / 'tools/extract_features.py'))['main']

    def run(*arguments):
        try:
            return main([*FAST, *map(str, arguments)]), capsys.readouterr().out
        except SystemExit as error:
            capsys.readouterr()
            return str(error)

    return run


@pytest.fixture
def videos(tmp_path):
    """Two clips, one that is shorter than a window, and a file that is none."""
    write_clip(tmp_path / 'videos/a.mp4', 40)
    write_clip(tmp_path / 'videos/sub/b é.mp4', 30)
    write_clip(tmp_path / 'videos/short.mp4', 18)
    (tmp_path / 'videos/broken.mp4').write_bytes(b'none')
    return tmp_path / 'videos'


def manifest(folder):
    content = json.loads((folder / 'manifest.json').read_text())
    return content['settings'], {video['name']: video for video in content['videos']}, content


def test_a_file_for_each_video_and_a_manifest(embed, videos, tmp_path):
    status, said = embed(videos, '--out', 'out', *WINDOWS)
    assert status == 3 and '2 videos embedded, 5 windows' in said
    assert 'skipped broken.mp4: cannot be opened' in said
    assert 'skipped short.mp4: has 18 frames (0.72 s), fewer than a window of 20 frames' in said
    settings, entries, content = manifest(tmp_path / 'out')
    assert (settings['window'], settings['stride'], settings['unit']) == (20, 8, 'frames')
    assert settings['fingerprint'] == 'c970dd6d6502' and settings['num_clips'] == 1
    assert list(entries) == ['a.mp4', 'sub/b é.mp4']
    entry = entries['sub/b é.mp4']
    assert entry['file'] == 'sub/b é.mp4.npz' and entry['num_frames'] == 30
    assert entry['starts'] == [0, 0.32] and entry['ends'] == [0.8, 1.12]
    assert [failed['name'] for failed in content['failed']] == ['broken.mp4', 'short.mp4']
    with np.load(tmp_path / 'out/sub/b é.mp4.npz') as file:
        one_clip = VideoEmbedder('r3d10-motion', num_clips=1)
        expected = one_clip.embed_windows(videos / 'sub/b é.mp4', 20, 8, 'frames')
        np.testing.assert_allclose(file['features'], expected.features, rtol=1e-5, atol=1e-6)
        assert file['start_frames'].tolist() == [0, 8] and file['starts'].tolist() == [0, 0.32]
        assert json.loads(str(file['protocol'])) == settings
    assert not list((tmp_path / 'out').glob('.*'))


def test_a_second_call_does_what_is_missing(embed, videos, tmp_path, monkeypatch):
    """After it was stopped at the second video; then for new, changed and lost files."""
    vectors, calls = ViewEncoder.vectors, []

    def stopped(self, inputs, filename):
        calls.append(os.path.basename(filename))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return vectors(self, inputs, filename)

    monkeypatch.setattr(ViewEncoder, 'vectors', stopped)
    run = (videos, '--out', 'out', '--window', '0.8')
    (tmp_path / 'out').mkdir()  # of a call with other settings that was stopped at once
    (tmp_path / 'out/.finished.jsonl').write_text('{"window": 3}\n')
    assert embed(*run) == 'stopped; finished videos are kept, call again to go on'
    assert sorted(os.listdir('out')) == ['.finished.jsonl', 'a.mp4.npz']
    (tmp_path / 'out/.finished.jsonl').open('a').write('{"name": "sub/')  # a line cut short
    status, said = embed(*run)
    assert status == 3 and '1 videos embedded, 1 windows' in said and '1 were there already' in said
    assert calls == ['a.mp4', 'b é.mp4', 'b é.mp4']

    write_clip(videos / 'new.mp4', 20)
    (tmp_path / 'out/a.mp4.npz').unlink()
    os.utime(videos / 'sub/b é.mp4', (0, 0))
    assert '3 videos embedded' in embed(*run)[1]
    assert '0 videos embedded' in embed(*run)[1]
    assert list(manifest(tmp_path / 'out')[1]) == ['a.mp4', 'new.mp4', 'sub/b é.mp4']

    said = embed(*run, '--crops', 'three')
    assert 'out has features that were made with other settings: crops center, not three' in said
    assert 'window 0.8, not 0.9' in embed(*run, '--window', '0.9')
    (tmp_path / 'other').mkdir()
    write_clip(tmp_path / 'other/a.mp4', 30)
    assert 'has features of' in embed('other', *run[1:])


@pytest.mark.parametrize('keep', ['vector', 'time'])
def test_formats(embed, videos, tmp_path, keep):
    """The same numbers in each."""
    shape, run = {'vector': (1152,), 'time': (1, 2, 576)}[keep], (*WINDOWS, '--keep', keep)
    found = {}
    for name in ('npz', 'npy', 'safetensors'):
        assert embed(videos / 'a.mp4', '--out', name, '--format', name, *run)[0] == 0
        file = tmp_path / name / f'a.mp4.{name}'
        loaded = load_file(file) if name == 'safetensors' else np.load(file)
        found[name] = loaded if name == 'npy' else loaded['features']
        assert found[name].shape == (3, *shape) and found[name].dtype == np.float32
        assert np.array_equal(found[name], found['npz'])
    with safe_open(file, 'np') as stored:
        assert json.loads(stored.metadata()['protocol'])['keep'] == keep
        np.testing.assert_allclose(stored.get_tensor('ends'), [0.8, 1.12, 1.44])


def test_one_file_in_other_formats(embed, videos):
    (videos / 'list.txt').write_text('sub/b é.mp4 1\na.mp4 0\n')
    assert embed(videos / 'list.txt', '--out', 'x.safetensors')[0] == 0
    with safe_open('x.safetensors', 'np') as file:
        assert file.get_tensor('features').shape == (2, 1152)
        assert file.get_tensor('labels').tolist() == [1, 0]
        assert json.loads(file.metadata()['paths']) == ['sub/b é.mp4', 'a.mp4']


def test_parquet(embed, videos, tmp_path):
    """A row for each window, whose map is flat; or a row for each video."""
    parquet = pytest.importorskip('pyarrow.parquet', reason='Parquet files need pyarrow')
    run = (videos / 'a.mp4', *WINDOWS, '--keep', 'time')
    embed(*run, '--out', 'npz')
    assert embed(*run, '--out', 'p', '--format', 'parquet')[0] == 0
    table = parquet.read_table(tmp_path / 'p/a.mp4.parquet')
    assert table.column_names == ['start_frames', 'starts', 'ends', 'features']
    assert json.loads(table.schema.metadata[b'shape']) == [1, 2, 576]
    rows = np.stack(table['features'].to_numpy()).reshape(3, 1, 2, 576)
    assert np.array_equal(rows, np.load('npz/a.mp4.npz')['features'])
    (videos / 'list.txt').write_text('sub/b é.mp4 1\na.mp4 0\n')
    assert embed(videos / 'list.txt', '--out', 'x.parquet')[0] == 0
    table = parquet.read_table('x.parquet')
    assert table['paths'].to_pylist() == ['sub/b é.mp4', 'a.mp4'] and len(table) == 2


def test_what_stops_before_anything_is_computed(embed, videos, tmp_path, monkeypatch):
    monkeypatch.setattr('tev_mmaction.cli.embed.VideoEmbedder', None)  # not even the network
    (tmp_path / 'file').write_text('x')
    (tmp_path / 'twice.txt').write_text('a.mp4\na.mp4\n')
    for arguments, message in (
        ((videos, '--out', 'out', '--window', '2', '--stride', '0'), '--stride 0.0: more than 0'),
        ((videos, '--out', 'out', '--stride', '2'), '--stride 2.0 without a window'),
        ((videos, '--out', 'file'), 'error: there is a file where a folder is needed'),
        ((videos, '--out', 'file/out'), 'a file where a folder is needed'),
        ((videos, '--out', 'x.npz', '--window', '2'), '--window is for a file per video: give a'),
        ((videos, '--out', 'x.npy', '--keep', 'time'), '--keep is for a file per video'),
        ((tmp_path / 'twice.txt', '--root', videos, '--out', 'out'), 'a.mp4'),
        ((videos / 'none', '--out', 'out'), 'does not exist'),
    ):
        said = embed(*arguments)
        assert said.startswith('tev-embed: error: ') and message in said
    monkeypatch.setattr('tev_mmaction.apis.feature_format.find_spec', lambda name: None)
    for out in (('out', '--format', 'parquet'), ('x.parquet',)):
        assert 'pyarrow, which is not installed: run `pip install' in embed(videos, '--out', *out)
    assert sorted(os.listdir()) == ['file', 'twice.txt', 'videos']


def test_names_that_would_share_a_file(tmp_path):
    videos = [('/a/x.mp4', '/a/x.mp4', -1), ('a/x.mp4', 'a/x.mp4', -1)]
    with pytest.raises(ValueError, match=r'would both be written to a/x.mp4.npz'):
        embed_to_folder(embedder('r3d10-motion', None), videos, str(tmp_path), WindowGrid())


def test_no_video_fits(embed, videos):
    said = embed(videos, '--out', 'out', '--window', '20')
    assert 'none of its 4 videos can be embedded' in said
