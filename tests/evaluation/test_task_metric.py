"""TaskMetric averages the figures of batches, weighted by their videos."""

import pytest
import torch
from mmaction.structures import ActionDataSample

from tev_mmaction.evaluation import TaskMetric

SHAPE = (2, 3, 8, 32, 32)


def batch(videos, skipped=()):
    samples = [
        ActionDataSample(metainfo=dict(filename=f'{n}.mp4', skipped=skipped)) for n in range(videos)
    ]
    return dict(inputs=[torch.zeros(SHAPE)] * videos, data_samples=samples)


def logs(accuracy, chance):
    return [dict(acc_a=accuracy, chance_a=chance, loss_a=2 * accuracy, acc_b=0.5, feature_std=9.0)]


def test_weighted_means():
    metric = TaskMetric(split='toy')
    metric.process(batch(6), logs(0.5, 0.25))
    metric.process(batch(2), logs(1.0, 0.5))
    figures = metric.evaluate(8)
    assert figures == {
        'tasks/acc_a': pytest.approx((6 * 0.5 + 2 * 1.0) / 8),
        'tasks/loss_a': pytest.approx(2 * (6 * 0.5 + 2 * 1.0) / 8),
        'tasks/acc_b': 0.5,
    }
    record = metric.record
    assert record.chance == dict(acc_a=pytest.approx((6 * 0.25 + 2 * 0.5) / 8))
    assert record.counts == dict(videos=8, batches=2)
    assert record.protocol == dict(
        split='toy', clips_a_video=2, clip_len=8, size=[32, 32], videos_a_batch=[2, 6]
    )


def test_chance_of_a_classification_is_that_of_all_labels():
    """Not a mean over batches: in each of these it would be 3/4."""
    metric = TaskMetric(split='toy')
    for counts in ([3, 1, 0], [1, 3, 0], [0, 1, 3]):
        values = [dict(logs(0.5, 0.25)[0], chance_b=0.75, class_counts=dict(b=counts))]
        metric.process(batch(4), values)
    figures = metric.evaluate(12)
    assert metric.record.chance == dict(acc_a=0.25, acc_b=pytest.approx(5 / 12))
    assert figures.keys() == {'tasks/acc_a', 'tasks/loss_a', 'tasks/acc_b'}


def test_stand_ins_and_predictions_are_refused():
    metric = TaskMetric(split='toy')
    with pytest.raises(ValueError, match='0.mp4 was read instead of gone.mp4: .*test_mode=True'):
        metric.process(batch(1, (('gone.mp4', 'missing'),)), logs(1.0, 0.5))
    with pytest.raises(ValueError, match='TaskTestLoop'):
        metric.process(batch(2), batch(2)['data_samples'])
