"""Folds: every video is tested once, groups stay together, classes are spread."""

import numpy as np
import pytest

from tev_mmaction.evaluation.folds import folds_of


def uneven(rng, count=200, classes=4, sources=30):
    groups = np.array([f'source {n}' for n in rng.integers(0, sources, count)])
    return rng.integers(0, classes, count), groups


@pytest.mark.parametrize('grouped', [False, True])
def test_each_video_is_tested_once_and_classes_are_spread(rng, grouped):
    labels, groups = uneven(rng)
    folds = folds_of(labels, groups if grouped else None, 5)
    assert len(folds) == 5
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(200))
    for fit, test in folds:
        assert sorted([*fit, *test]) == list(range(200))
        assert set(labels[test]) == set(range(4))
        if grouped:
            assert not set(groups[fit]) & set(groups[test])
    again = folds_of(labels, groups if grouped else None, 5)
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(folds, again))


def test_as_many_folds_as_the_largest_class_has_groups(log):
    labels = np.repeat([0, 1], 12)
    groups = np.array(list('aaaabbbbccccdddddddeeeee'))
    assert len(folds_of(labels, groups, 5)) == 3
    assert '3 instead of 5 folds: no class has more groups' in log.text


@pytest.mark.parametrize(
    'labels, groups, message',
    [
        ('00001111', 'aaaabbbb', 'fewer than two classes have two groups'),
        ('00001111', 'aabbcccc', 'fewer than two classes have two groups'),
        ('00000000', 'aabbccdd', 'fewer than two classes have two groups'),
        ('0011', 'abab', None),
        ('0110', 'aabb', None),
    ],
)
def test_groups_that_are_too_few(labels, groups, message):
    labels, groups = np.array(list(map(int, labels))), np.array(list(groups))
    if message is None:
        assert len(folds_of(labels, groups, 5)) == 2
        return
    with pytest.raises(ValueError, match=message):
        folds_of(labels, groups, 5)
