"""A map of features: principal components as scikit-learn has them, and what is drawn of them."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.decomposition import PCA

from tev_mmaction.evaluation import FeatureSet
from tev_mmaction.evaluation.feature_map import feature_map
from tev_mmaction.visualization import draw_feature_map
from tev_mmaction.visualization import feature_map as drawing


def queries(rng, count=60, width=40):
    features = rng.normal(size=(count, width)) * np.linspace(3, 0.1, width)
    labels = np.arange(count) % 3
    return FeatureSet(features.astype(np.float32), labels, [str(n) for n in range(count)])


def test_principal_components(rng):
    videos = queries(rng)
    kept = feature_map(videos, 21)
    json.dumps(kept)
    chosen = np.linspace(0, 59, 21).round().astype(int)
    assert kept['labels'] == videos.labels[chosen].tolist()
    pca = PCA(20).fit(videos.features[chosen].astype(float))
    expected = pca.transform(videos.features[chosen].astype(float))
    found = np.array(kept['components'])[:, :20]
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-4)
    np.testing.assert_allclose(kept['explained'][:20], pca.explained_variance_ratio_, atol=1e-4)
    assert np.shape(feature_map(videos, 500)['components']) == (60, 30)


def test_without_umap_the_first_two_components(rng, monkeypatch):
    monkeypatch.setattr(drawing, 'find_spec', lambda name: None)
    kept = feature_map(queries(rng), 60)
    axes, = draw_feature_map(kept, ['wave', 'run', 'jump'], 'mine').axes  # fmt: skip
    share = sum(kept['explained'][:2])
    assert axes.get_title() == f'mine, PCA, {share:.0%} of the variance'
    drawn = [collection.get_offsets() for collection in axes.collections]
    for label, points in enumerate(drawn):
        np.testing.assert_allclose(points, np.array(kept['components'])[label::3, :2])
    assert [c.get_label() for c in axes.collections] == ['wave', 'run', 'jump']
    one = dict(labels=[0, 1], components=[[1.0], [-1.0]], explained=[1.0])
    assert len(draw_feature_map(one, ['a', 'b']).axes[0].collections) == 2


def test_umap_where_it_is_installed(rng, monkeypatch):
    asked = {}

    class Fake:
        def __init__(self, **options):
            asked.update(options)

        def fit_transform(self, components):
            asked['shape'] = components.shape
            return components[:, [3, 4]]

    monkeypatch.setitem(sys.modules, 'umap', SimpleNamespace(UMAP=Fake))
    monkeypatch.setattr(drawing, 'find_spec', lambda name: name)
    kept = feature_map(queries(rng), 60)
    points, how = drawing.project(kept)
    assert how == 'UMAP' and asked == dict(n_components=2, random_state=0, shape=(60, 30))
    assert points.shape == (60, 2)
    few = feature_map(queries(rng, 9), 60)
    assert drawing.project(few)[1].startswith('PCA')


def test_many_classes_have_no_legend(rng):
    kept = dict(feature_map(queries(rng), 60), labels=list(range(60)))
    figure = draw_feature_map(kept, [str(n) for n in range(60)])
    assert not figure.legends and len(figure.axes[0].collections) == 60


@pytest.mark.parametrize('classes, counts, names', [(3, 5, True), (40, 0, True), (70, 0, False)])
def test_confusion_matrix(classes, counts, names):
    from tev_mmaction.visualization import draw_confusion_matrix

    matrix = np.zeros((classes, classes), int)
    matrix[0, :2], matrix[1, 1], matrix[2, :2] = (3, 1), 7, (2, 2)
    axes = draw_confusion_matrix(matrix, [f'name {n}' for n in range(classes)]).axes[0]
    shares = axes.images[0].get_array()
    assert shares[0, 0] == 0.75 and shares[1, 1] == 1 and shares[2, 2] == 0
    assert sorted(text.get_text() for text in axes.texts) == sorted('31722'[:counts])
    assert ('name 1' in [tick.get_text() for tick in axes.get_xticklabels()]) is names


def test_long_names_are_cut_with_an_ellipsis(rng):
    from tev_mmaction.visualization import draw_confusion_matrix

    names = ['Pretending to put something onto something', 'b' * 32]
    kept = dict(feature_map(queries(rng, 6), 6), labels=[0, 1] * 3)
    (legend,) = draw_feature_map(kept, names).legends
    assert [text.get_text() for text in legend.get_texts()] == [
        'Pretending to pu… onto something',
        'b' * 32,
    ]
    ticks = draw_confusion_matrix(np.eye(2, dtype=int), names).axes[0].get_yticklabels()
    assert ticks[0].get_text() == 'Pretending t…o something' and '…' in ticks[1].get_text()
