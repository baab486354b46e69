"""R@k against brute force and pytorch-metric-learning."""

import json

import numpy as np
import pytest
from mmaction.registry import METRICS

from evaluation.samples import PROTOCOL, evaluate, feature_arrays


def metric(topk=(1, 5, 10, 20), options=(), **changes):
    protocol = dict(PROTOCOL, **changes)
    return METRICS.build(
        dict(type='RetrievalMetric', protocol=protocol, topk=topk, **dict(options))
    )


def recall_by_loops(gallery, labels, queries, asked, k):
    """One query at a time, in float64, as METHOD has it."""
    mean, std = gallery.mean(axis=0), gallery.std(axis=0)
    gallery, queries = (gallery - mean) / std, (queries - mean) / std
    hits = 0
    for query, label in zip(queries, asked):
        cosines = [
            query @ other / (np.linalg.norm(query) * np.linalg.norm(other)) for other in gallery
        ]
        nearest = sorted(range(len(gallery)), key=lambda i: -cosines[i])[:k]
        hits += any(labels[i] == label for i in nearest)
    return hits / len(queries)


@pytest.mark.parametrize('spread', [0.5, 2.0, 5.0])
def test_as_by_brute_force(rng, spread):
    parts = feature_arrays(rng, num_gallery=70, num_queries=40, num_classes=9, spread=spread)
    figures = evaluate(metric(), parts)
    (gallery, labels), (queries, asked) = parts
    arrays = gallery.astype(np.float64), labels, queries.astype(np.float64), asked
    for k in (1, 5, 10, 20):
        assert figures[f'retrieval/R@{k}'] == pytest.approx(recall_by_loops(*arrays, k))
    assert figures['retrieval/nn1'] == figures['retrieval/R@1']
    assert figures['retrieval/R@1'] <= figures['retrieval/R@5'] <= figures['retrieval/R@20']


def test_as_pytorch_metric_learning(rng):
    torch = pytest.importorskip('torch')
    calculator = pytest.importorskip('pytorch_metric_learning.utils.accuracy_calculator')
    from pytorch_metric_learning.distances import CosineSimilarity
    from pytorch_metric_learning.utils.inference import CustomKNN
    from sklearn.preprocessing import StandardScaler

    class Recall(calculator.AccuracyCalculator):
        def calculate_recall_at_5(self, knn_labels, query_labels, **kwargs):
            return (knn_labels[:, :5] == query_labels[:, None]).any(dim=1).float().mean().item()

        def requires_knn(self):
            return [*super().requires_knn(), 'recall_at_5']

    parts = feature_arrays(rng, num_gallery=80, num_queries=60, num_classes=7, spread=2.0)
    figures = evaluate(metric(), parts)
    (gallery, labels), (queries, asked) = parts
    scaler = StandardScaler().fit(gallery)
    theirs = Recall(
        include=('precision_at_1', 'recall_at_5'),
        k=20,
        knn_func=CustomKNN(CosineSimilarity()),
        device=torch.device('cpu'),
    ).get_accuracy(
        torch.from_numpy(scaler.transform(queries)),
        torch.from_numpy(asked),
        torch.from_numpy(scaler.transform(gallery)),
        torch.from_numpy(labels),
    )
    assert 0.1 < figures['retrieval/R@1'] < 0.95
    assert figures['retrieval/R@1'] == pytest.approx(theirs['precision_at_1'], abs=1e-6)
    assert figures['retrieval/R@5'] == pytest.approx(theirs['recall_at_5'], abs=1e-6)


def test_mean_over_classes(rng):
    """Class 0 has most of the queries and is always right, class 1 is always wrong."""
    gallery = np.eye(4, dtype=np.float32)[[0, 0, 1, 1, 2, 3]]
    labels = np.array([0, 0, 2, 2, 1, 1])
    queries = np.eye(4, dtype=np.float32)[[0, 0, 0, 0, 0, 0, 1, 1]]
    asked = np.array([0] * 6 + [1] * 2)
    figures = evaluate(metric((1,), standardisation='none'), ((gallery, labels), (queries, asked)))
    assert figures['retrieval/nn1'] == 0.75 and figures['retrieval/nn1_mean'] == 0.5


def test_ties_are_decided_by_the_order_of_the_list():
    gallery = np.ones((6, 3), np.float32) * np.array([[1], [2], [3], [4], [5], [6]])
    gallery[5, 0] = -1
    labels = np.array([1, 0, 0, 0, 0, 0])
    queries, asked = np.ones((1, 3), np.float32), np.array([0])
    figures = evaluate(
        metric((1, 2), standardisation='none'), ((gallery, labels), (queries, asked))
    )
    assert figures['retrieval/R@1'] == 0 and figures['retrieval/R@2'] == 1


def test_coclr_centres_each_set_by_itself(rng):
    parts = feature_arrays(rng, num_gallery=70, num_queries=40, num_classes=9, spread=2.0)
    (gallery, labels), (queries, asked) = parts
    shifted = (gallery, labels), (queries + 100, asked)
    own = metric(standardisation='own_mean')
    assert evaluate(own, shifted)['retrieval/R@5'] == pytest.approx(
        evaluate(own, parts)['retrieval/R@5'], abs=0.03
    )
    assert evaluate(metric(), shifted) != evaluate(metric(), parts)


def test_a_gallery_smaller_than_k(rng):
    parts = feature_arrays(rng, num_gallery=12)
    with pytest.raises(ValueError, match='R@20 needs 20 gallery videos, there are 12: set topk'):
        evaluate(metric(), parts)


@pytest.mark.parametrize('topk', [(), (0, 5)])
def test_wrong_topk(topk):
    with pytest.raises(ValueError, match='topk='):
        metric(topk)


def test_chance_is_what_random_neighbours_give(rng):
    known, asked = rng.integers(5, size=40), np.array([0, 0, 0, 1, 2, 4, 7])
    chance = metric((1, 5, 20)).chance(known, asked)
    hits = {1: [], 5: [], 20: []}
    for _ in range(20000):
        found = rng.permutation(known)
        for k in hits:
            hits[k].append(np.isin(asked, found[:k]))
    for k, values in hits.items():
        assert chance[f'R@{k}'] == pytest.approx(np.mean(values), abs=0.005)
    assert chance['nn1'] == chance['R@1']
    first = np.mean(hits[1], axis=0)  # classes 0, 0, 0, 1, 2, 4, and 7 that the gallery lacks
    assert chance['nn1_mean'] == pytest.approx(np.mean([first[:3].mean(), *first[3:]]), abs=0.005)


def test_chance_of_one_is_certain():
    labels = np.zeros(20, int)
    assert metric().chance(labels, labels[:3])['R@20'] == 1


def test_examples_name_the_nearest_videos(rng):
    """Evenly spread queries, their five neighbours by brute force, though topk is 1 alone."""
    (gallery, labels), (queries, asked) = parts = feature_arrays(rng, num_queries=31, spread=2.0)
    asked_for = metric((1,), dict(num_examples=4))
    evaluate(asked_for, parts)
    record = json.loads(json.dumps(asked_for.record.to_dict()))
    assert record['settings'] == dict(topk=[1])  # of the figures: examples change none
    mean, std = gallery.mean(axis=0), gallery.std(axis=0)
    known, wanted = (
        (part - mean) / std / np.linalg.norm((part - mean) / std, axis=1, keepdims=True)
        for part in (gallery, queries)
    )
    assert [example['filename'] for example in record['examples']] == [
        f'query/{number}.mp4' for number in (0, 10, 20, 30)
    ]
    for example, number in zip(record['examples'], (0, 10, 20, 30)):
        assert example['label'] == asked[number]
        cosines = known @ wanted[number]
        nearest = sorted(range(len(known)), key=lambda i: -cosines[i])[:5]
        for found, position in zip(example['neighbours'], nearest):
            assert found['filename'] == f'gallery/{position}.mp4'
            assert found['label'] == labels[position]
            assert found['similarity'] == pytest.approx(cosines[position], abs=1e-5)
        assert len(example['neighbours']) == 5


@pytest.mark.parametrize('asked_for, found', [(0, 0), (1, 1), (24, 24), (40, 40), (41, 40)])
def test_as_many_examples_as_there_are(rng, asked_for, found):
    parts = feature_arrays(rng, num_gallery=3, num_queries=40)
    built = metric((1,), dict(num_examples=asked_for))
    evaluate(built, parts)
    names = [example['filename'] for example in built.record.details['examples']]
    assert len(set(names)) == len(names) == found
    assert all(len(example['neighbours']) == 3 for example in built.record.details['examples'])


def test_24_examples_unless_told():
    assert metric().num_examples == 24
    with pytest.raises(ValueError, match='num_examples=-1: at least 0'):
        metric(options=dict(num_examples=-1))


def test_every_class_by_itself():
    """Class 0: 2 of 3 right, one taken for 2; class 1: none of 2, 0 and 2 alike; class 2: all."""
    eye = np.eye(3, dtype=np.float32)
    gallery, labels = eye, np.array([0, 1, 2])
    parts = (gallery, labels), (eye[[0, 0, 2, 2, 0, 2]], np.array([0, 0, 0, 1, 1, 2]))
    built = metric((1,), standardisation='none')
    figures = evaluate(built, parts)
    rows = built.record.details['per_class']
    assert rows == [
        dict(label=0, queries=3, right=2, accuracy=2 / 3, taken_for=2, times=1),
        dict(label=1, queries=2, right=0, accuracy=0.0, taken_for=0, times=1),
        dict(label=2, queries=1, right=1, accuracy=1.0, taken_for=None, times=0),
    ]
    assert np.mean([row['accuracy'] for row in rows]) == figures['retrieval/nn1_mean']


def test_the_class_that_another_is_most_often_taken_for():
    eye = np.eye(4, dtype=np.float32)
    parts = (eye, np.arange(4)), (eye[[1, 3, 3, 0, 1, 3]], np.zeros(6, int))
    built = metric((1,), standardisation='none')
    evaluate(built, parts)
    (row,) = built.record.details['per_class']
    assert (row['taken_for'], row['times'], row['right']) == (3, 3, 1)
