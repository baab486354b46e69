"""What is saved comes back, and what is found is nearest."""

import numpy as np
import pytest
from fake_embedder import FakeEmbedder, write
from safetensors.numpy import save_file

from helpers import model_cfg
from tev_mmaction.apis import EmbeddingIndex, VideoEmbedder, update_index
from toy_runs import pretrained as other_model
from toy_runs import save


def filled(features):
    """An index of made-up features (N, D)."""
    index = EmbeddingIndex.of(FakeEmbedder())
    index.features = {f'/v/{i:03d}.mp4': row for i, row in enumerate(features.astype(np.float32))}
    return index


def test_it_comes_back_as_it_was(tmp_path):
    write(tmp_path / 'videos', **{'b ü"\\': '1.5 2', 'a': '3 4', 'broken': 'x'})
    embedder = FakeEmbedder()
    index = EmbeddingIndex.of(embedder)
    update_index(index, str(tmp_path / 'videos'), embedder)
    index.save(tmp_path / 'index')
    again = EmbeddingIndex.load(tmp_path / 'index')
    assert again.files == index.files and again.recipe == index.recipe
    assert again.recipe.backbone['stride'] == (1, 2)  # a tuple still
    assert (again.fingerprint, again.checkpoint) == (index.fingerprint, index.checkpoint)
    assert {k: list(v) for k, v in again.features.items()} == {
        k: list(v) for k, v in index.features.items()
    }
    again.check(embedder)


def test_an_empty_index(tmp_path):
    index = EmbeddingIndex.of(FakeEmbedder())
    index.save(tmp_path / 'index')
    again = EmbeddingIndex.load(tmp_path / 'index')
    assert len(again) == 0
    with pytest.raises(ValueError, match='no usable video'):
        again.search(np.ones(3))


def test_who_reads_meanwhile_reads_the_old_index(tmp_path):
    filled(np.eye(3)).save(tmp_path / 'index')
    before = (tmp_path / 'index').read_bytes()
    with open(tmp_path / 'index', 'rb') as held:
        filled(np.eye(50)).save(tmp_path / 'index')
        assert held.read() == before != (tmp_path / 'index').read_bytes()


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    index = filled(np.eye(3))
    index.save(tmp_path / 'index')
    before = (tmp_path / 'index').read_bytes()

    def fail(*args):
        raise OSError('disk full')

    monkeypatch.setattr('os.fsync', fail)
    with pytest.raises(OSError, match='disk full'):
        index.save(tmp_path / 'index')
    assert (tmp_path / 'index').read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ['index']
    with pytest.raises(ValueError, match='there is no folder'):
        index.save(tmp_path / 'gone/index')


def test_files_that_are_no_index(tmp_path):
    with pytest.raises(ValueError, match=r'there is no index .*search.py index FOLDER'):
        EmbeddingIndex.load(tmp_path / 'none')
    (tmp_path / 'text').write_text('hello')
    with pytest.raises(ValueError, match='text is not an embedding index'):
        EmbeddingIndex.load(tmp_path / 'text')
    save_file(dict(features=np.ones((2, 2), np.float32)), tmp_path / 'weights')
    with pytest.raises(ValueError, match='weights is not an embedding index'):
        EmbeddingIndex.load(tmp_path / 'weights')
    index = filled(np.eye(3))  # features of no files
    index.save(tmp_path / 'damaged')
    with pytest.raises(ValueError, match='3 features of 0 files'):
        EmbeddingIndex.load(tmp_path / 'damaged')


@pytest.mark.parametrize('how', ['gallery', 'none'])
def test_search_against_explicit_loops(rng, how):
    features = rng.normal(2.0, rng.uniform(0.1, 9, 6), size=(40, 6)).astype(np.float32)
    index = filled(features)
    index.protocol = FakeEmbedder(standardisation=how).protocol
    query = rng.normal(2.0, 3.0, 6).astype(np.float32)
    mean, std = (np.zeros(6), np.ones(6)) if how == 'none' else (features.mean(0), features.std(0))
    expected = []
    for path, feature in index.features.items():
        a, b = (feature - mean) / std, (query - mean) / std
        expected.append((-(a @ b) / np.sqrt((a @ a) * (b @ b)), path))
    expected.sort()
    found = index.search(query, top=7)
    assert [path for path, _ in found] == [path for _, path in expected[:7]]
    np.testing.assert_allclose([s for _, s in found], [-s for s, _ in expected[:7]], atol=1e-5)


def test_more_than_there_are(rng):
    index = filled(rng.normal(size=(5, 3)))
    assert len(index.search(np.ones(3), top=99)) == 5
    found = index.search(index.features['/v/002.mp4'], top=99)
    assert found[0].path == '/v/002.mp4' and found[0].similarity == pytest.approx(1)
    others = index.search(index.features['/v/002.mp4'], top=2, leave_out='/v/002.mp4')
    assert others == found[1:3]
    assert len(index.search(np.ones(3), top=5, leave_out='/v/002.mp4')) == 4
    with pytest.raises(ValueError, match='top=0'):
        index.search(np.ones(3), top=0)


def test_one_video_has_no_statistics():
    index = filled(np.array([[1.0, 2.0]]))
    assert index.search(np.array([2.0, 4.0]))[0].similarity == pytest.approx(1)
    index = filled(np.array([[1.0, 0.0]] * 3))
    assert [s for _, s in index.search(np.array([0.0, 1.0]))] == [0, 0, 0]
    with pytest.raises(ValueError, match='no usable video'):
        filled(np.ones((1, 2))).search(np.ones(2), leave_out='/v/000.mp4')


def test_the_embedder_of_an_index(pretrained, noise, tmp_path):
    """Also from weights that lie elsewhere now, without a config."""
    model, path = pretrained
    embedder = VideoEmbedder(path, num_clips=2, crops='center')
    index = EmbeddingIndex.of(embedder)
    update_index(index, str(noise[0].parent), embedder, tmp_path / 'index')
    index = EmbeddingIndex.load(tmp_path / 'index')
    moved = save(tmp_path / 'moved.pth', model.state_dict())
    for again in (index.open_embedder(), index.open_embedder(moved)):
        assert again.protocol == embedder.protocol
        assert np.array_equal(again.embed(noise[0])[0], index.features[str(noise[0])])
    assert np.array_equal(index.feature_of(noise[0]), index.features[str(noise[0])])
    assert index.feature_of(moved) is None
    with pytest.raises(ValueError, match='num_clips 2, not 3'):
        index.open_embedder(num_clips=3)
    other = save(tmp_path / 'other.pth', other_model().state_dict())
    with pytest.raises(ValueError, match=f'made with weights {index.fingerprint}.* not with'):
        index.open_embedder(other)
    wide = model_cfg()
    wide['backbone']['base_channels'] = 8
    other = save(tmp_path / 'wide.pth', other_model(**wide).state_dict())
    with pytest.raises(ValueError, match='cannot replace them: .* fills 0 of 45'):
        index.open_embedder(other)
    index.checkpoint = '/gone.pth'
    with pytest.raises(ValueError, match='/gone.pth, which the index was made with, does not'):
        index.open_embedder()
