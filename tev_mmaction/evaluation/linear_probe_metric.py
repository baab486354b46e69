"""Linear probe: can a linear SVM on frozen features tell the classes?"""

import warnings
from collections import Counter
from typing import Dict, Sequence, Tuple

import numpy as np
from mmaction.registry import METRICS
from mmengine.logging import print_log
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.svm import LinearSVC

from .feature_metric import FeatureMetric, mean_over_classes, tally_classes
from .features import FeatureSet


@METRICS.register_module()
class LinearProbeMetric(FeatureMetric):
    """Linear support vector machine on standardised features (Sec. 3.4 and Table 1).

    One-vs-rest with squared hinge loss (scikit-learn's ``LinearSVC``), trained on the gallery and
    tested on the queries. C is the one of ``costs`` with the best accuracy over stratified folds of
    the gallery, of equals the smallest; queries take no part in the choice. The paper's text names
    neither C nor how it was found: both are our choice.

    Figures: ``svm/top1`` (share of queries), ``svm/mean1`` (mean over classes), ``svm/C``,
    ``svm/folds_top1`` (accuracy over the folds, at that C).

    Args:
        protocol (dict): Arguments of :class:`EvaluationProtocol`.
        costs (Sequence[float]): Values of C to choose from, > 0; a single one is used as it is.
            Defaults to (1e-4, 1e-3, 1e-2, 1e-1, 1, 10).
        folds (int): Folds, at least 2; lowered, with a message, to the size of the
            largest class where no class has as many videos. Defaults to 5.
        max_iter (int): Iterations of the solver. Fits that end before they converge are counted in
            a warning. Defaults to 5000.
        num_workers (int): Processes that fit at the same time. Defaults to 1.
        **kwargs: Arguments of :class:`FeatureMetric`.

    Raises:
        ValueError: If costs or folds are out of range; when evaluating, if the gallery has a single
            class or too few videos to choose C, and whatever :func:`check_features` refuses.
    """

    default_prefix = 'svm'

    def __init__(
        self,
        protocol: dict,
        costs: Sequence[float] = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0),
        folds: int = 5,
        max_iter: int = 5000,
        num_workers: int = 1,
        **kwargs,
    ) -> None:
        super().__init__(dict(protocol, metric='linear_svm'), **kwargs)
        self.costs = sorted(float(cost) for cost in costs)
        if not self.costs or self.costs[0] <= 0:
            raise ValueError(f'costs={tuple(costs)}: give values of C above 0')
        if folds < 2:
            raise ValueError(f'folds={folds}: at least 2')
        self.folds = folds
        self.max_iter = max_iter
        self.num_workers = num_workers

    @property
    def settings(self) -> dict:
        return dict(costs=self.costs, folds=self.folds, max_iter=self.max_iter)

    def compute(self, gallery: FeatureSet, queries: FeatureSet) -> Dict[str, float]:
        """Choose C, fit on the whole gallery, and test."""
        sizes = Counter(gallery.labels.tolist())
        if len(sizes) < 2:
            raise ValueError(
                'all gallery videos are of one class: a linear SVM needs two or more to separate'
            )
        figures = {}
        with warnings.catch_warnings():
            # What did not converge is counted below, classes smaller than the folds are expected.
            warnings.simplefilter('ignore', ConvergenceWarning)
            warnings.filterwarnings('ignore', message='The least populated class')
            cost = self.costs[0]
            if len(self.costs) > 1:
                cost, figures['folds_top1'] = self._choose(gallery, sizes)
            svm = self._svm(cost).fit(gallery.features, gallery.labels)
        self._report_unconverged([svm], f'the final fit with C={cost:g}')
        predicted = svm.predict(queries.features)
        self.keep(per_class=tally_classes(predicted, queries.labels))
        right = predicted == queries.labels
        return dict(
            top1=float(right.mean()),
            mean1=mean_over_classes(right, queries.labels),
            C=cost,
            **figures,
        )

    def chance(self, known: np.ndarray, asked: np.ndarray) -> Dict[str, float]:
        """Accuracy of always naming the largest class of the gallery."""
        classes, counts = np.unique(known, return_counts=True)
        right = asked == classes[counts.argmax()]
        return dict(top1=float(right.mean()), mean1=mean_over_classes(right, asked))

    def _svm(self, cost: float) -> LinearSVC:
        return LinearSVC(C=cost, max_iter=self.max_iter, random_state=0)

    def _choose(self, gallery: FeatureSet, sizes: Counter) -> Tuple[float, float]:
        """The best C over folds of the gallery, and its accuracy there."""
        (_, largest), (_, second) = sizes.most_common(2)
        if second < 2:  # a fold could leave a single class to train on
            raise ValueError(
                'fewer than two classes have two gallery videos, so C cannot be chosen by '
                'cross-validation: give LinearProbeMetric a single C, for example costs=(1.0,)'
            )
        folds = min(self.folds, largest)
        if folds < self.folds:
            print_log(f'{folds} instead of {self.folds} folds: no class is larger', 'current')
        splits = StratifiedKFold(folds, shuffle=True, random_state=0)
        accuracy, fitted = {}, []
        for cost in self.costs:
            result = cross_validate(
                self._svm(cost),
                gallery.features,
                gallery.labels,
                cv=splits,
                n_jobs=self.num_workers,
                return_estimator=True,
                error_score='raise',
            )
            accuracy[cost] = float(np.mean(result['test_score']))
            fitted += result['estimator']
        self._report_unconverged(fitted, 'the choice of C')
        best = max(self.costs, key=accuracy.get)  # the first, and so the smallest, of equals
        return best, accuracy[best]

    def _report_unconverged(self, fitted: Sequence[LinearSVC], what: str) -> None:
        stopped = sum(svm.n_iter_ >= self.max_iter for svm in fitted)
        if stopped:
            self.warn(
                f'{stopped} of {len(fitted)} fits in {what} had not converged after '
                f'{self.max_iter} iterations: raise max_iter, or leave out large costs'
            )
