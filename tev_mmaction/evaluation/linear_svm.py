"""A linear support vector machine; C is chosen by cross-validation on its training data."""

import warnings
from dataclasses import dataclass, field
from typing import List, Optional, Sequence, Tuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_validate
from sklearn.svm import LinearSVC

from .folds import folds_of

COSTS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)


@dataclass(frozen=True)
class FittedSVM:
    """The result of a fit.

    Args:
        svm (LinearSVC): Fitted to all samples.
        cost (float): Its C.
        folds_accuracy (float, optional): Accuracy over the folds at that C; None if it was given.
        unconverged (list[str]): Descriptions of fits that did not converge.
    """

    svm: LinearSVC
    cost: float
    folds_accuracy: Optional[float]
    unconverged: List[str] = field(default_factory=list)


class LinearSVM:
    """One-vs-rest with squared hinge loss, scikit-learn's ``LinearSVC``.

    C is the value of ``costs`` with the best accuracy over the folds of :func:`folds_of`, and the
    smallest one in a tie.

    Args:
        costs (Sequence[float]): Values of C to choose from, > 0; a single value is used
            unchanged.
        folds (int): Number of folds, at least 2; lowered, with a message, to the size of the
            largest class.
        max_iter (int): Iterations of the solver.
        num_workers (int): Number of parallel processes. Defaults to 1.

    Raises:
        ValueError: If costs or folds are out of range.
    """

    def __init__(
        self, costs: Sequence[float], folds: int, max_iter: int, num_workers: int = 1
    ) -> None:
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
        """dict: Settings that a fit depends on; valid JSON."""
        return dict(costs=self.costs, folds=self.folds, max_iter=self.max_iter)

    def fit(
        self, features: np.ndarray, labels: np.ndarray, groups: Optional[np.ndarray] = None
    ) -> FittedSVM:
        """Choose C, and fit to all.

        Args:
            features (np.ndarray): Shape (N, D).
            labels (np.ndarray): Shape (N,), int64, of two classes or more.
            groups (np.ndarray, optional): Shape (N,): samples of one group are in one fold.

        Raises:
            ValueError: If there are too few samples, or groups, to choose C.
        """
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', ConvergenceWarning)  # these fits are counted
            cost, accuracy = self.costs[0], None
            unconverged: List[str] = []
            if len(self.costs) > 1:
                cost, accuracy, unconverged = self._choose(features, labels, groups)
            svm = self._svm(cost).fit(features, labels)
        unconverged += self._unconverged([svm], f'the final fit with C={cost:g}')
        return FittedSVM(svm, cost, accuracy, unconverged)

    def _svm(self, cost: float) -> LinearSVC:
        return LinearSVC(C=cost, max_iter=self.max_iter, random_state=0)

    def _choose(
        self, features: np.ndarray, labels: np.ndarray, groups: Optional[np.ndarray]
    ) -> Tuple[float, float, List[str]]:
        """The best C over folds, its accuracy, and the fits that did not converge."""
        try:
            splits = folds_of(labels, groups, self.folds)
        except ValueError as error:
            raise ValueError(
                f'{error}, so C cannot be chosen by cross-validation: give the metric a single C, '
                'for example costs=(1.0,)'
            ) from error
        accuracy, fitted = {}, []
        for cost in self.costs:
            result = cross_validate(
                self._svm(cost),
                features,
                labels,
                cv=splits,
                n_jobs=self.num_workers,
                return_estimator=True,
                error_score='raise',
            )
            accuracy[cost] = float(np.mean(result['test_score']))
            fitted += result['estimator']
        # In a tie, the first and therefore smallest value.
        best = max(self.costs, key=accuracy.__getitem__)
        return best, accuracy[best], self._unconverged(fitted, 'the choice of C')

    def _unconverged(self, fitted: Sequence[LinearSVC], what: str) -> List[str]:
        stopped = sum(svm.n_iter_ >= self.max_iter for svm in fitted)
        if not stopped:
            return []
        return [
            f'{stopped} of {len(fitted)} fits in {what} had not converged after {self.max_iter} '
            'iterations: raise max_iter, or leave out large costs'
        ]
