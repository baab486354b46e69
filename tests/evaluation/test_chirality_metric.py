"""Which way, against explicit loops and scikit-learn called directly."""

import json

import numpy as np
import pytest
from mmaction.registry import METRICS
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from evaluation.samples import PROTOCOL, evaluate, feature_arrays

CLASSES = ['left', 'wave', 'right', 'down', 'up']
OPPOSITES = [('left', 'right'), ('up', 'down')]
COSTS = (1e-3, 1e-2, 1e-1, 1.0)


def metric(opposites=OPPOSITES, classes=CLASSES, **options):
    built = METRICS.build(
        dict(type='ChiralityMetric', protocol=PROTOCOL, opposites=opposites, **options)
    )
    built.dataset_meta = dict(classes=classes)
    return built


def scaled(parts):
    (gallery, known), (queries, asked) = parts
    scaler = StandardScaler().fit(gallery.astype(np.float64))
    return scaler.transform(gallery), known, scaler.transform(queries), asked


@pytest.mark.parametrize('spread', [1.0, 3.0])
def test_neighbours_one_by_one(rng, spread):
    parts = feature_arrays(rng, num_gallery=90, num_queries=60, spread=spread)
    figures = evaluate(metric(), parts)
    gallery, known, queries, asked = scaled(parts)
    opposite = {0: 2, 2: 0, 3: 4, 4: 3}  # places in CLASSES
    of_pairs = kinds = ways = 0
    for query, label in zip(queries, asked.tolist()):
        if label not in opposite:
            continue
        of_pairs += 1
        cosines = [
            query @ other / np.linalg.norm(query) / np.linalg.norm(other) for other in gallery
        ]
        found = known[int(np.argmax(cosines))]
        if found in (label, opposite[label]):
            kinds += 1
            ways += found == label
    assert figures['chirality/kind'] == pytest.approx(kinds / of_pairs)
    assert figures['chirality/which_way'] == pytest.approx(ways / kinds)
    assert 0 < ways < kinds or spread == 1.0


def test_svm_of_every_pair_as_scikit_learn(rng):
    parts = feature_arrays(rng, num_gallery=150, num_queries=100, spread=3.0)
    ours = metric(costs=COSTS)
    figures = evaluate(ours, parts)
    gallery, known, queries, asked = scaled(parts)
    accuracies = []
    for pair, names, row in zip(((0, 2), (4, 3)), OPPOSITES, ours.record.details['pairs']):
        mine, theirs = np.isin(known, pair), np.isin(asked, pair)
        search = GridSearchCV(
            LinearSVC(random_state=0, max_iter=5000),
            dict(C=COSTS),
            cv=StratifiedKFold(5, shuffle=True, random_state=0),
        ).fit(gallery[mine], known[mine])
        accuracies.append((search.predict(queries[theirs]) == asked[theirs]).mean())
        assert row['classes'] == list(names) and row['queries'] == theirs.sum() == 40
        assert row['C'] == search.best_params_['C']
        assert row['accuracy'] == pytest.approx(accuracies[-1], abs=1 / 40)
    assert figures['chirality/opposites'] == pytest.approx(np.mean(accuracies), abs=1 / 40)
    assert 0.5 < figures['chirality/opposites'] < 1


def test_features_that_know_the_kind_and_not_the_way(rng):
    (gallery, known), (queries, asked) = feature_arrays(
        rng, num_gallery=400, num_queries=400, spread=0.2
    )
    kind = np.array([0, 1, 0, 3, 3])  # opposite motions have the same features
    centres = 10 * rng.normal(size=(5, 12))
    gallery, queries = (
        (centres[kind[labels]] + rng.normal(size=(len(labels), 12))).astype(np.float32)
        for labels in (known, asked)
    )
    ours = metric(costs=(0.1,))
    figures = evaluate(ours, ((gallery, known), (queries, asked)))
    assert figures['chirality/kind'] == 1
    assert figures['chirality/which_way'] == pytest.approx(0.5, abs=0.1)
    assert figures['chirality/opposites'] == pytest.approx(0.5, abs=0.1)
    assert ours.record.chance['which_way'] == pytest.approx(0.5)
    assert sum(row['kind'] for row in ours.record.details['pairs']) == 320


def test_chance_of_unequal_classes():
    known = np.array([0] * 6 + [2] * 2 + [1] * 4 + [3, 4] * 4)
    asked = np.array([0, 2, 2, 2, 1, 3, 4])
    chance = metric().chance(known, asked)
    kinds, ways, weights = [], [], []
    for label in asked:
        pair = {0: (0, 2), 2: (0, 2), 3: (3, 4), 4: (3, 4)}.get(int(label))
        if pair:
            kinds.append(np.mean([k in pair for k in known]))
            ways.append((known == label).sum() / np.isin(known, pair).sum())
            weights.append(kinds[-1])
    assert chance['kind'] == pytest.approx(np.mean(kinds))
    assert chance['which_way'] == pytest.approx(np.dot(ways, weights) / np.sum(weights))
    # 'right', the larger class of the queries, not of the gallery; either of 'up' and 'down'
    assert chance['opposites'] == pytest.approx(np.mean([3 / 4, 1 / 2]))


def test_no_kind_is_found(rng):
    """Queries lie where the third class does."""
    (gallery, known), (queries, asked) = feature_arrays(rng, spread=0.1)
    queries = np.tile(gallery[known == 1][:1], (len(queries), 1)) + 0.01 * queries
    ours = metric()
    figures = evaluate(ours, ((gallery, known), (queries.astype(np.float32), asked)))
    assert figures['chirality/kind'] == 0 and 'chirality/which_way' not in figures
    assert 'which way it goes cannot be said' in ours.record.warnings[0]


def test_the_record(rng):
    ours = metric(costs=COSTS)
    evaluate(ours, feature_arrays(rng))
    assert ours.record.settings == dict(
        opposites=[['left', 'right'], ['up', 'down']], costs=list(COSTS), folds=5, max_iter=5000
    )
    assert ours.record.protocol['metric'] == 'both'
    assert set(ours.record.chance) == set(ours.record.results)
    json.dumps(ours.record.to_dict())


@pytest.mark.parametrize(
    'opposites, message',
    [
        ([], 'give pairs of names'),
        ([('left', 'left')], 'give pairs of names'),
        ([('left', 'right', 'up')], 'give pairs of names'),
        ([('left', 'right'), ('up', 'left')], 'left in two pairs'),
    ],
)
def test_wrong_pairs(opposites, message):
    with pytest.raises(ValueError, match=message):
        metric(opposites)


def test_names_of_no_class_or_of_several_are_refused_before_the_test():
    with pytest.raises(ValueError, match='classes fall, but the data set has left; wave; right'):
        metric([('fall', 'up')])
    with pytest.raises(ValueError, match='has no names of classes: set class_file'):
        metric(classes=None)
    with pytest.raises(ValueError, match='names up, and several classes have this name'):
        metric(classes=[*CLASSES, 'up'])


def test_pairs_without_videos(rng):
    (gallery, known), (queries, asked) = feature_arrays(rng)
    kept = known != 2
    with pytest.raises(ValueError, match='right, of the opposites left and right, has no gallery'):
        evaluate(metric(), ((gallery[kept], known[kept]), (queries, asked)))
    kept = asked < 3
    with pytest.raises(ValueError, match='the opposites up and down have no query video'):
        evaluate(metric(), ((gallery, known), (queries[kept], asked[kept])))
    few = np.concatenate([np.flatnonzero(known == 0)[:1], np.flatnonzero(known > 0)])
    with pytest.raises(ValueError, match='opposites left and right: fewer than two classes'):
        evaluate(metric(), ((gallery[few], known[few]), (queries, asked)))


def test_any_video_against_its_reversal(rng):
    """Opposites of a data set: pairs from its metainfo, and one SVM for all classes."""
    classes = ['wave', 'jump', 'wave, reversed', 'jump, reversed']
    meta = dict(classes=classes, opposites=[(name, f'{name}, reversed') for name in classes[:2]])
    parts = feature_arrays(rng, num_gallery=120, num_queries=80, num_classes=4, spread=3.0)
    ours = METRICS.build(dict(type='ChiralityMetric', protocol=PROTOCOL, costs=(0.01,)))
    ours.dataset_meta = meta
    figures = evaluate(ours, parts)
    gallery, known, queries, asked = scaled(parts)
    svm = LinearSVC(C=0.01, random_state=0, max_iter=5000).fit(gallery, known >= 2)
    expected = svm.score(queries, asked >= 2)
    assert figures['chirality/any_class'] == pytest.approx(expected, abs=1 / 80)
    assert 0.5 < expected < 1 and ours.record.chance['any_class'] == 0.5
    given = metric([tuple(pair) for pair in meta['opposites']], classes, costs=(0.01,))
    assert evaluate(given, parts) == {
        name: value for name, value in figures.items() if name != 'chirality/any_class'
    }
    assert given.record.settings == ours.record.settings
    with pytest.raises(ValueError, match="no pairs: give opposites=.*opposite='reversed'"):
        ours.dataset_meta = dict(classes=classes)
