"""Features that were written to a folder are read again, in any order and from every format."""

import json
from importlib.util import find_spec

import numpy as np
import pytest

from apis.stored import NAMES, Stored, store
from tev_mmaction.apis import WindowGrid, read_features
from tev_mmaction.apis.feature_format import FORMATS

HAVE = [name for name in FORMATS if name != 'parquet' or find_spec('pyarrow')]


def maps(rng, count=3, shape=(2, 3, 4)):
    return [rng.normal(size=(1, *shape)).astype(np.float32) for _ in range(count)]


@pytest.mark.parametrize('form', HAVE)
def test_every_format_comes_back_in_the_order_of_the_names(tmp_path, rng, form):
    features = maps(rng)
    folder = store(tmp_path / 'out', features, form)
    found, settings = read_features(folder, ['sub/d.mp4', './a.mp4'])
    np.testing.assert_array_equal(found, np.concatenate([features[2], features[0]]))
    assert found.dtype == np.float32 and settings['fingerprint'] == Stored([]).fingerprint


def test_vectors_have_one_clip_and_one_step(tmp_path, rng):
    vectors = maps(rng, shape=(7,))
    folder = store(tmp_path / 'out', vectors, keep='vector')
    found, _ = read_features(folder, NAMES)
    assert found.shape == (3, 1, 1, 7)
    np.testing.assert_array_equal(found[:, 0, 0], np.concatenate(vectors))


def test_videos_that_are_missing_and_other_shapes_are_named(tmp_path, rng):
    folder = store(tmp_path / 'out', maps(rng)[:2] + maps(rng, 1, (2, 5, 4)))
    with pytest.raises(ValueError, match='no features of 1 of 2 videos: e.mp4. Embed their list'):
        read_features(folder, ['a.mp4', 'e.mp4'])
    with pytest.raises(ValueError, match=r'\(2, 3, 4\) of sub/b c.mp4, \(2, 5, 4\) of sub/d.mp4'):
        read_features(folder, NAMES)
    with pytest.raises(FileNotFoundError, match='does not exist: write the features with `tev-emb'):
        read_features(str(tmp_path / 'none'), NAMES)


def test_windows_are_refused(tmp_path, rng):
    windows = [np.ones((2, 4), np.float32)] * 3
    grid = WindowGrid(40, 10, 'frames')
    folder = store(tmp_path / 'out', windows, grid=grid, keep='vector')
    with pytest.raises(ValueError, match='windows of 40 frames: one feature per video is needed'):
        read_features(folder, NAMES)


def test_what_is_damaged_is_named(tmp_path, rng):
    folder = store(tmp_path / 'out', maps(rng))
    file = tmp_path / 'out/a.mp4.npz'
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ValueError, match='a.mp4.npz is damaged .*: delete it, and run tev-embed'):
        read_features(folder, NAMES)
    file.unlink()
    with pytest.raises(FileNotFoundError, match='a.mp4.npz, which manifest.json names, cannot be'):
        read_features(folder, NAMES)
    manifest = tmp_path / 'out/manifest.json'
    content = json.loads(manifest.read_text())
    del content['settings']['format']
    manifest.write_text(json.dumps(content))
    with pytest.raises(ValueError, match='manifest.json is damaged, or of another tool'):
        read_features(folder, NAMES)
