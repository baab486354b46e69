"""The linear SVM against scikit-learn called directly."""

import numpy as np
import pytest
from mmaction.registry import METRICS
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, StratifiedKFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from evaluation.samples import PROTOCOL, evaluate, feature_arrays
from tev_mmaction.evaluation.linear_probe_metric import gap_hint

COSTS = (1e-3, 1e-2, 1e-1, 1.0)


def metric(costs=COSTS, **options):
    return METRICS.build(dict(type='LinearProbeMetric', protocol=PROTOCOL, costs=costs, **options))


@pytest.mark.parametrize('spread', [1.0, 3.0])
def test_as_scikit_learn(rng, spread):
    parts = feature_arrays(rng, num_gallery=120, num_queries=80, num_classes=6, spread=spread)
    figures = evaluate(metric(), parts)
    (gallery, labels), (queries, asked) = parts
    scaler = StandardScaler().fit(gallery)
    search = GridSearchCV(
        LinearSVC(random_state=0, max_iter=5000),
        dict(C=COSTS),
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
    ).fit(scaler.transform(gallery), labels)
    predicted = search.predict(scaler.transform(queries))
    assert figures['svm/C'] == search.best_params_['C']
    assert figures['svm/folds_top1'] == pytest.approx(search.best_score_, abs=0.01)
    assert figures['svm/top1'] == pytest.approx((predicted == asked).mean(), abs=1 / 80)
    assert figures['svm/mean1'] == pytest.approx(
        balanced_accuracy_score(asked, predicted), abs=0.02
    )
    assert figures['svm/top1'] > 1 / 6


def test_every_class_by_itself(rng):
    parts = feature_arrays(rng, num_gallery=60, num_queries=40, num_classes=4, spread=3.0)
    built = metric((1.0,))
    figures = evaluate(built, parts)
    rows = built.record.details['per_class']
    assert [row['label'] for row in rows] == [0, 1, 2, 3]
    assert sum(row['right'] for row in rows) / 40 == pytest.approx(figures['svm/top1'])
    assert np.mean([row['accuracy'] for row in rows]) == pytest.approx(figures['svm/mean1'])
    assert all(row['queries'] == 10 and row['taken_for'] != row['label'] for row in rows)


def test_queries_take_no_part_in_the_choice_of_c(rng):
    (gallery, labels), (queries, asked) = feature_arrays(rng, num_gallery=100, spread=3.0)
    first = evaluate(metric(), ((gallery, labels), (queries, asked)))
    for other in (rng.permutation(asked), asked[::-1]):
        again = evaluate(metric(), ((gallery, labels), (queries[::-1] * 3, other)))
        for name in ('svm/C', 'svm/folds_top1'):
            assert again[name] == first[name]


def test_workers_change_nothing(rng):
    parts = feature_arrays(rng, spread=3.0)
    assert evaluate(metric(num_workers=2), parts) == evaluate(metric(), parts)


def test_a_single_cost_is_used_as_it_is(rng):
    parts = feature_arrays(rng, num_gallery=5, num_classes=5)  # one video a class
    figures = evaluate(metric((0.5,)), parts)
    assert figures['svm/C'] == 0.5 and 'svm/folds_top1' not in figures
    with pytest.raises(ValueError, match='fewer than two classes have two.*single C'):
        evaluate(metric(), parts)


@pytest.mark.parametrize('labels', [[0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0, 0, 1, 2]])
def test_folds_that_would_leave_one_class(rng, labels):
    gallery = rng.normal(size=(len(labels), 12)).astype(np.float32)
    _, queries = feature_arrays(rng)
    with pytest.raises(ValueError, match='fewer than two classes have two videos'):
        evaluate(metric(), ((gallery, np.array(labels)), queries))


@pytest.mark.parametrize('labels', [[0, 0, 1, 1], [0, 0, 0, 1, 1, 2], [0] * 9 + [1, 1]])
def test_the_fewest_videos_that_do(rng, labels):
    gallery = rng.normal(size=(len(labels), 12)).astype(np.float32)
    _, queries = feature_arrays(rng)
    assert 0 <= evaluate(metric(), ((gallery, np.array(labels)), queries))['svm/top1'] <= 1


def test_the_record_has_the_settings(rng):
    ours = metric()
    evaluate(ours, feature_arrays(rng))
    assert ours.record.settings == dict(costs=list(COSTS), folds=5, max_iter=5000)
    assert ours.record.protocol['metric'] == 'linear_svm'


def test_classes_smaller_than_the_folds(rng, log):
    parts = feature_arrays(rng, num_gallery=13, num_classes=5)
    figures = evaluate(metric(), parts)
    assert 0 <= figures['svm/top1'] <= 1
    assert '3 instead of 5 folds' in log.text


def test_classes_that_training_never_saw_count_as_wrong(rng):
    (gallery, labels), (queries, asked) = feature_arrays(rng, spread=0.1)
    kept = labels != 3
    ours = metric()
    figures = evaluate(ours, ((gallery[kept], labels[kept]), (queries, asked)))
    assert figures['svm/top1'] == pytest.approx(0.8) == figures['svm/mean1']
    assert '1 query classes have no gallery video' in ours.record.warnings[0]


def test_a_single_class(rng):
    (gallery, labels), query = feature_arrays(rng)
    with pytest.raises(ValueError, match='all gallery videos are of one class'):
        evaluate(metric(), ((gallery, labels * 0), query))


def test_fits_that_do_not_converge_are_counted(rng, recwarn):
    parts = feature_arrays(rng, num_gallery=200, width=150, spread=9.0)
    ours = metric((1e3, 1e4), max_iter=2)
    evaluate(ours, parts)
    assert '10 of 10 fits in the choice of C had not converged' in ours.record.warnings[0]
    assert '1 of 1 fits in the final fit' in ours.record.warnings[1]
    assert not [w for w in recwarn if 'converge' in str(w.message)]


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(costs=()), r'costs=\(\)'),
        (dict(costs=(0, 1)), r'costs=\(0, 1\): give values of C above 0'),
        (dict(folds=1), 'folds=1: at least 2'),
    ],
)
def test_wrong_values(options, message):
    with pytest.raises(ValueError, match=message):
        metric(**options)


def test_features_are_not_scaled_to_unit_length(rng):
    """Length may tell classes apart: here nothing else does."""
    radii = np.repeat([1.0, 5.0], 40)[:, None]
    angles = rng.uniform(0, 2 * np.pi, size=(80, 1))
    features = np.hstack([radii * np.cos(angles) ** 2, radii * np.sin(angles) ** 2])
    labels = np.repeat([0, 1], 40)
    features = features.astype(np.float32)
    parts = (features[::2], labels[::2]), (features[1::2], labels[1::2])
    assert evaluate(metric(), parts)['svm/top1'] == 1


def test_chance_is_the_largest_class_of_what_is_tested():
    """Which another class of the gallery is: guessing that one would be right for a third."""
    asked = np.array([2, 0, 1, 1, 1, 2])
    chance = metric().chance(np.array([2, 2, 2, 0, 1]), asked)
    assert chance == dict(top1=0.5, mean1=pytest.approx(1 / 3))
    guesses = [np.mean(asked == guess) for guess in range(3)]
    assert chance['top1'] == max(guesses)


def cut_from_recordings(rng, recordings, cuts=10, classes=4, width=30):
    """Near copies of recordings that say nothing of their classes."""
    features = np.repeat(rng.normal(size=(recordings, width)), cuts, axis=0)
    features += 0.05 * rng.normal(size=features.shape)
    labels = np.repeat(np.arange(recordings) % classes, cuts)
    return features.astype(np.float32), labels


def test_videos_of_a_source_are_in_one_fold(rng):
    gallery, labels = cut_from_recordings(rng, 12)
    queries, asked = cut_from_recordings(rng, 40)
    groups = np.repeat([f'recording {n}' for n in range(12)], 10)
    by_video, by_group = metric(), metric()
    apart = evaluate(by_video, ((gallery, labels), (queries, asked)))
    together = evaluate(by_group, ((gallery, labels), (queries, asked)), groups=groups)
    assert apart['svm/folds_top1'] > 0.9 > 0.5 > together['svm/folds_top1']
    said = by_video.record.warnings[0]
    assert said.startswith(f'accuracy is {apart["svm/folds_top1"]:.1%} on held-out training videos')
    assert 'cut from one recording' in said and 'group_file' in said
    assert not by_group.record.warnings
    assert by_group.record.counts['groups'] == 12 and 'groups' not in by_video.record.counts
    search = GridSearchCV(
        LinearSVC(random_state=0, max_iter=5000),
        dict(C=COSTS),
        cv=StratifiedGroupKFold(3, shuffle=True, random_state=0),  # a class has three groups
    ).fit(StandardScaler().fit_transform(gallery), labels, groups=groups)
    assert together['svm/C'] == search.best_params_['C']
    assert together['svm/folds_top1'] == pytest.approx(search.best_score_, abs=0.01)


@pytest.mark.parametrize(
    'held_out, top1, count, by_groups, hint',
    [
        (0.425, 0.103, 1000, False, 'name their sources'),
        (0.425, 0.103, 1000, True, 'another kind'),
        (0.2, 0.5, 1000, True, 'another kind'),
        (0.30, 0.25, 1000, False, ''),
        (1 / 3, 0.5, 8, False, ''),  # chance explains it
    ],
)
def test_a_gap_between_training_and_test_has_a_hint(held_out, top1, count, by_groups, hint):
    said = gap_hint(held_out, top1, count, by_groups, 'name their sources')
    assert hint in said and bool(hint) == bool(said)
