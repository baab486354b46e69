"""Checks and standardisation, against scikit-learn."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler, normalize

from tev_mmaction.evaluation import FeatureSet, check_features, l2_normalise, standardise
from tev_mmaction.evaluation import features as feature_module


def feature_set(features, labels=None, prefix='g'):
    features = np.asarray(features, np.float32)
    labels = np.zeros(len(features), np.int64) if labels is None else np.asarray(labels)
    return FeatureSet(features, labels, [f'{prefix}{i}.mp4' for i in range(len(features))])


@pytest.fixture(params=[16384, 7])
def sets(request, rng, monkeypatch):
    monkeypatch.setattr(feature_module, '_CHUNK', request.param)
    scale = 10.0 ** rng.integers(-3, 4, size=8)
    features = (rng.normal(size=(50, 8)) + 3) * scale
    return feature_set(features[:30]), feature_set(features[30:], prefix='q')


def test_statistics_of_the_gallery(sets):
    gallery, queries = sets
    scaler = StandardScaler().fit(gallery.features.astype(np.float64))
    ours = standardise(gallery, queries, 'gallery')
    for part, before in zip(ours[:2], sets):
        np.testing.assert_allclose(part.features, scaler.transform(before.features), atol=1e-5)
        assert part.features.dtype == np.float32 and part.names == before.names
    assert ours[2] == 0


@pytest.mark.parametrize('how', ['own_mean', 'none'])
def test_other_standardisations(sets, how):
    gallery, queries = sets
    mean = gallery.features.astype(np.float64).mean(axis=0)
    shifts = dict(
        own_mean=(mean, queries.features.astype(np.float64).mean(axis=0)),
        none=(0, 0),
    )[how]
    ours = standardise(gallery, queries, how)
    for part, before, shift in zip(ours, sets, shifts):
        np.testing.assert_allclose(part.features, before.features - shift, rtol=1e-4, atol=1e-3)


def test_unit_length(sets):
    expected = normalize(sets[0].features.astype(np.float64))
    np.testing.assert_allclose(l2_normalise(sets[0]).features, expected, atol=1e-6)


def test_constant_dimensions_are_left_out_and_counted(sets):
    gallery, queries = sets
    gallery.features[:, 2] = 0
    gallery.features[:, 5] = 1 / 3  # its float64 mean differs by rounding
    after, asked, count = standardise(gallery, queries, 'gallery')
    assert count == 2
    for part in (after, asked):
        assert (part.features[:, [2, 5]] == 0).all() and np.isfinite(part.features).all()
        assert (part.features[:, 0] != 0).all()


def test_small_but_real_variation_is_kept(sets):
    gallery, queries = sets
    gallery.features[:, 2] = 1e-12 * np.arange(30)
    assert standardise(gallery, queries, 'gallery')[2] == 0


def test_collapsed_features(rng):
    gallery = feature_set(np.repeat(rng.normal(size=(1, 8)), 20, axis=0))
    with pytest.raises(ValueError, match='all 20 gallery videos have the same feature'):
        standardise(gallery, gallery, 'gallery')


@pytest.mark.parametrize('unit', [1.0, 0.1])
def test_a_feature_that_equals_the_mean(unit):
    """Also where float32 cannot represent that it does."""
    gallery = feature_set(unit * np.array([[1, 7], [3, 1], [2, 4]]))
    with pytest.raises(ValueError, match=r'1 videos .* equals the mean.*: g2\.mp4'):
        l2_normalise(standardise(gallery, gallery, 'gallery')[0])


def test_other_width(rng):
    with pytest.raises(ValueError, match='gallery features have 3 dimensions, query features 4'):
        standardise(feature_set(rng.normal(size=(5, 3))), feature_set(np.ones((5, 4))), 'none')


def test_good_features_pass(sets):
    check_features(*sets)
    check_features(*sets, num_classes=1)


def spoilt(sets, which, change):
    change(sets[which])
    return sets


@pytest.mark.parametrize('which, what', [(0, 'gallery'), (1, 'query')])
@pytest.mark.parametrize(
    'change, message',
    [
        (lambda part: part.features.__setitem__((3, 1), np.nan), 'NaN or infinite features'),
        (lambda part: part.features.__setitem__((3, 1), -np.inf), 'NaN or infinite features'),
        (lambda part: part.features.__setitem__(3, 0), 'an all-zero feature'),
        (lambda part: part.labels.__setitem__(3, -1), 'a label that is not within 0 to 2'),
        (lambda part: part.labels.__setitem__(3, 3), 'a label that is not within 0 to 2'),
    ],
)
def test_features_without_meaning_are_refused_by_name(sets, which, what, change, message):
    spoilt(sets, which, change)
    with pytest.raises(ValueError) as error:
        check_features(*sets, num_classes=3)
    assert f'1 {what} videos have {message}' in str(error.value)
    assert f'{what[0]}3.mp4' in str(error.value)


def test_names_are_listed_up_to_five(sets):
    sets[0].features[4:14] = 0
    with pytest.raises(ValueError, match='10 gallery videos') as error:
        check_features(*sets)
    assert str(error.value).count('.mp4') == 5


@pytest.mark.parametrize('which, what', [(0, 'gallery'), (1, 'query')])
def test_empty_sets(sets, which, what):
    parts = list(sets)
    parts[which] = feature_set(np.empty((0, 8)))
    with pytest.raises(ValueError, match=f'there is no {what} video'):
        check_features(*parts)


def test_files_that_would_find_themselves(sets):
    gallery, queries = sets
    queries.names[2] = gallery.names[4]
    gallery.names[1] = gallery.names[0]
    with pytest.raises(ValueError, match='2 videos are listed twice') as error:
        check_features(gallery, queries)
    assert 'g4.mp4' in str(error.value) and 'g0.mp4' in str(error.value)
