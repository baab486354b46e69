"""Linear probe: accuracy of a linear SVM on frozen features."""

from typing import Dict, Sequence

import numpy as np
from mmaction.registry import METRICS

from .confusion import class_details, mean_over_classes
from .feature_metric import FeatureMetric
from .features import FeatureSet
from .linear_svm import COSTS, LinearSVM

_GAP = 0.1  # between accuracies over folds and on queries that is worth a hint


@METRICS.register_module()
class LinearProbeMetric(FeatureMetric):
    """Linear support vector machine on standardised features (Sec. 3.4 and Table 1).

    One-vs-rest with squared hinge loss (scikit-learn's ``LinearSVC``), trained on the gallery and
    tested on the queries. C is the value of ``costs`` with the best accuracy over stratified folds
    of the gallery, and the smallest one in a tie; the choice does not use queries. Videos of one
    source are in one fold, if :class:`GalleryQueryDataset` knows the sources. The paper's text
    states neither C nor the way to choose it: both are our choice. A warning says if accuracy over
    folds and on queries differ by more than ten points, and more than chance explains.

    Figures: ``svm/top1`` (share of queries), ``svm/mean1`` (mean over classes), ``svm/C``,
    ``svm/folds_top1`` (accuracy over the folds, at that C).

    Args:
        protocol (dict): Arguments of :class:`EvaluationProtocol`.
        costs (Sequence[float]): Values of C to choose from, > 0; a single value is used unchanged.
            Defaults to (1e-4, 1e-3, 1e-2, 1e-1, 1, 10).
        folds (int): Number of folds, at least 2; lowered, with a message, to the size of the
            largest class if no class has as many videos. Defaults to 5.
        max_iter (int): Iterations of the solver. Fits that do not converge are counted in
            a warning. Defaults to 5000.
        num_workers (int): Number of parallel processes. Defaults to 1.
        **kwargs: Arguments of :class:`FeatureMetric`.

    Raises:
        ValueError: If costs or folds are out of range; when evaluating, if the gallery has a single
            class or too few videos to choose C, or if :func:`check_features` refuses the features.
    """

    default_prefix = 'svm'

    def __init__(
        self,
        protocol: dict,
        costs: Sequence[float] = COSTS,
        folds: int = 5,
        max_iter: int = 5000,
        num_workers: int = 1,
        **kwargs,
    ) -> None:
        super().__init__(dict(protocol, metric='linear_svm'), **kwargs)
        self.svm = LinearSVM(costs, folds, max_iter, num_workers)

    @property
    def settings(self) -> dict:
        return self.svm.settings

    def compute(self, gallery: FeatureSet, queries: FeatureSet) -> Dict[str, float]:
        """Choose C, fit on the whole gallery, and test."""
        if len(np.unique(gallery.labels)) < 2:
            raise ValueError(
                'all gallery videos are of one class: a linear SVM needs two or more to separate'
            )
        fitted = self.svm.fit(gallery.features, gallery.labels, gallery.groups)
        for message in fitted.unconverged:
            self.warn(message)
        predicted = fitted.svm.predict(queries.features)
        self.keep(**class_details(predicted, queries.labels))
        right = predicted == queries.labels
        figures = dict(
            top1=float(right.mean()),
            mean1=mean_over_classes(right, queries.labels),
            C=fitted.cost,
        )
        if fitted.folds_accuracy is not None:
            figures['folds_top1'] = fitted.folds_accuracy
            hint = gap_hint(
                fitted.folds_accuracy,
                figures['top1'],
                len(right),
                gallery.groups is not None,
                'name their sources in group_file of the dataset',
            )
            if hint:
                self.warn(hint)
        return figures

    def chance(self, known: np.ndarray, asked: np.ndarray) -> Dict[str, float]:
        """Accuracies of always predicting the largest class of the queries."""
        counts = np.unique(asked, return_counts=True)[1]
        return dict(top1=float(counts.max() / counts.sum()), mean1=1 / len(counts))


def gap_hint(held_out: float, top1: float, count: int, by_groups: bool, remedy: str) -> str:
    """A hint why accuracies on held-out training videos and in the test differ.

    Args:
        held_out (float): Accuracy on training videos that were held out.
        top1 (float): Accuracy in the test.
        count (int): Number of test videos.
        by_groups (bool): Whether training videos of one source were held out together.
        remedy (str): How to name the sources.

    Returns:
        str: Empty if the accuracies differ by less than ten points, or than chance explains.
    """
    spread = 2 * np.sqrt(top1 * (1 - top1) / count)  # of the accuracy of so many videos
    if abs(held_out - top1) <= max(_GAP, spread):
        return ''
    reason = 'the test videos may be of another kind than those to train on'
    if not by_groups:
        reason = (
            'training videos that are cut from one recording may be on both sides of a fold: '
            + remedy
        )
    return (
        f'accuracy is {held_out:.1%} on held-out training videos and {top1:.1%} in the test: '
        + reason
    )
