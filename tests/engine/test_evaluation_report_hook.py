"""What tests/e2e/test_evaluation.py does not see of the hook."""

from mmaction.evaluation import AccMetric
from mmengine.hooks import EMAHook
from mmengine.runner import get_priority

from tev_mmaction.engine import EvaluationReportHook
from tev_mmaction.engine.hooks.evaluation_report_hook import record_of


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
