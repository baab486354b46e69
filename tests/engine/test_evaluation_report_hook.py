"""What tests/e2e/test_evaluation.py does not see of the hook."""

import json

import numpy as np
import torch
from mmengine.hooks import EMAHook
from mmengine.runner import get_priority

from tev_mmaction.engine import EvaluationReportHook
from tev_mmaction.engine.hooks.evaluation_report_hook import record_of
from tev_mmaction.evaluation import AccMetric, class_names, confusion_matrix


def test_it_sees_the_weights_that_were_evaluated():
    """EMAHook puts those of the training back after a validation."""
    assert get_priority(EvaluationReportHook.priority) < get_priority(EMAHook.priority)


class Videos:
    """Three videos of one class and one of another."""

    ann_file = 'data/test.txt'

    def __len__(self):
        return 4

    def get_data_info(self, index):
        return dict(filename=f'{index}.mp4', label=int(index == 3))


def test_a_stock_metric_is_recorded_with_what_guessing_gives():
    metric = AccMetric()
    found = {'acc/top1': 0.5, 'acc/top5': 1, 'acc/mean1': 0.5, 'acc/loss': 2.0}
    found.update({'acc/matrix': [[1]], 'retrieval/nn1': 0.25})
    record = record_of(metric, found, Videos())
    assert record.metric == 'AccMetric'
    assert record.results == {'top1': 0.5, 'top5': 1.0, 'mean1': 0.5, 'loss': 2.0}
    assert record.chance == {'top1': 0.75, 'top5': 1.0, 'mean1': 0.5}
    assert record.counts == {'videos': 4} and record.lists == {'videos': 'data/test.txt'}


def test_the_classes_behind_an_accuracy():
    """Of two thirds right: class 1 is once taken for class 2; the matrix adds up to top-1."""
    metric = AccMetric()
    scores, labels = torch.eye(3)[[0, 2, 1, 1, 2, 2]], [0, 1, 1, 1, 2, 0]
    for score, label in zip(scores, labels):
        metric.process(None, [dict(pred_score=score, gt_label=torch.tensor([label]))])
    found = {f'acc/{k}': v for k, v in metric.compute_metrics(metric.results).items()}
    videos = Videos()
    videos.metainfo = dict(classes=['sit', 'stand', 'wave'])
    record = record_of(metric, found, videos)
    assert class_names(record) == ['sit', 'stand', 'wave']
    assert confusion_matrix(record).tolist() == [[1, 0, 1], [0, 2, 1], [0, 0, 1]]
    assert record.results['top1'] == np.trace(confusion_matrix(record)) / 6
    json.dumps(record.to_dict())
    metric.compute_metrics([dict(pred=np.arange(3.0), label=-1)])
    assert metric.details == {}
