"""Kernel ridge regression; the penalty is chosen by cross-validation over videos."""

from typing import Dict, NamedTuple, Sequence

import numpy as np
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import KernelCenterer


class RidgeResult(NamedTuple):
    """Result of a regression.

    Args:
        predicted (np.ndarray): Shape (M,), float64, predictions for the requested rows.
        penalty (float): The chosen penalty.
        folds_r2 (float): R² over the folds of the fitting part, at that penalty.
        left_out (np.ndarray): Shape (N,), float64, predictions for the rows left out by each fold.
    """

    predicted: np.ndarray
    penalty: float
    folds_r2: float
    left_out: np.ndarray


def linear_kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Products of pairs as vectors [f_p, f_q]: a regression with this kernel is linear in them.

    Args:
        first (np.ndarray): Shape (N, 2, D), features of N pairs of clips, or (N, 1, D), of N clips.
        second (np.ndarray): Shape (M, 2, D) or (M, 1, D).

    Returns:
        np.ndarray: Shape (N, M).
    """
    return first.reshape(len(first), -1) @ second.reshape(len(second), -1).T


def bilinear_kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Products of pairs as symmetric matrices f_p f_qᵀ + f_q f_pᵀ.

    A regression with this kernel is linear in products of a feature of one clip and a feature of
    the other, and gives (q, p) and (p, q) the same value. Shapes as in :func:`linear_kernel`.
    """
    (p, q), (other_p, other_q) = first.swapaxes(0, 1), second.swapaxes(0, 1)
    return (p @ other_p.T) * (q @ other_q.T) + (p @ other_q.T) * (q @ other_p.T)


def ridge(
    kernel: np.ndarray,
    targets: Dict[str, np.ndarray],
    videos: np.ndarray,
    asked: np.ndarray,
    penalties: Sequence[float],
    folds: int,
) -> Dict[str, RidgeResult]:
    """Ridge regression with an intercept, of several targets on the same features.

    The penalty is relative to the trace of the centred kernel, which is the summed variance of
    the features, so that the same numbers suit features of any scale and width. For each target,
    the penalty with the best predictions over folds of the fitting part is chosen. A fold shares
    no video with the rows fitted for it.

    Args:
        kernel (np.ndarray): Shape (N, N), products of the rows to fit.
        targets (dict[str, np.ndarray]): Targets by name, shape (N,), none of them constant.
        videos (np.ndarray): Shape (N,), the video of each row; at least two.
        asked (np.ndarray): Shape (M, N), products of the rows to predict and the rows to fit.
        penalties (Sequence[float]): Candidates, > 0.
        folds (int): Number of folds, at least 2; lowered to the number of videos.

    Returns:
        dict[str, RidgeResult]: Results by name.
    """
    values = np.stack(list(targets.values()), axis=1).astype(np.float64)
    penalties = sorted(penalties)
    left_out = np.empty((len(penalties), *values.shape))
    splits = GroupKFold(min(folds, len(np.unique(videos)))).split(values, groups=videos)
    for fit, test in splits:
        left_out[:, test] = _solve(
            kernel[np.ix_(fit, fit)], values[fit], kernel[np.ix_(test, fit)], penalties
        )
    spread = ((values - values.mean(axis=0)) ** 2).sum(axis=0)
    r2 = 1 - ((left_out - values) ** 2).sum(axis=1) / spread
    # In a tie, the largest penalty, which regularises most.
    best = len(penalties) - 1 - r2[::-1].argmax(axis=0)
    predicted = _solve(kernel, values, asked, [penalties[index] for index in best])
    return {
        name: RidgeResult(
            predicted[t, :, t], penalties[best[t]], float(r2[best[t], t]), left_out[best[t], :, t]
        )
        for t, name in enumerate(targets)
    }


def _solve(
    kernel: np.ndarray, values: np.ndarray, asked: np.ndarray, penalties: Sequence[float]
) -> np.ndarray:
    """Predictions (penalties, M, targets) of fits to values (N, targets)."""
    centre = KernelCenterer().fit(kernel)
    kernel, asked = centre.transform(kernel), centre.transform(asked)
    mean = values.mean(axis=0)
    predicted = []
    for penalty in penalties:
        fitted = KernelRidge(alpha=penalty * np.trace(kernel), kernel='precomputed')
        predicted.append(fitted.fit(kernel, values - mean).predict(asked) + mean)
    return np.stack(predicted)
