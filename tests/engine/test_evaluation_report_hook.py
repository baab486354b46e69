"""What tests/e2e/test_evaluation.py does not see of the hook."""

from mmengine.hooks import EMAHook
from mmengine.runner import get_priority

from tev_mmaction.engine import EvaluationReportHook


def test_it_sees_the_weights_that_were_evaluated():
    """EMAHook puts those of the training back after a validation."""
    assert get_priority(EvaluationReportHook.priority) < get_priority(EMAHook.priority)
