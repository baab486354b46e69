"""MMAction2's accuracies, with the classes behind them."""

from typing import Any, Dict, List

import numpy as np
from mmaction.evaluation import AccMetric as StockAccMetric
from mmaction.registry import METRICS

from .confusion import class_details


@METRICS.register_module(force=True)
class AccMetric(StockAccMetric):
    """MMAction2's ``AccMetric``, which also keeps what is confused.

    Arguments and figures are those of MMAction2.

    Attributes:
        details (dict): After an evaluation, on the main process: the result of
            :func:`class_details`; empty if videos have several labels or none, or a model gives
            several scores.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.details: Dict[str, Any] = {}

    def compute_metrics(self, results: List[dict]) -> Dict[str, float]:
        """Compute the accuracies, and count per class."""
        self.details = {}
        labels = [result['label'] for result in results]
        scores = [result['pred'] for result in results]
        if not isinstance(scores[0], dict) and all(
            isinstance(label, int) and label >= 0 for label in labels
        ):
            # The order of equal scores is that of `top_k_accuracy`.
            predicted = np.argsort(np.stack(scores), axis=1)[:, -1]
            self.details = class_details(predicted, np.array(labels))
        return super().compute_metrics(results)
