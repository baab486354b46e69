"""Predicts from features whether both clips of a pair are played in the same direction."""

from typing import Dict, NamedTuple, Sequence

import numpy as np

from .pair_sets import PairSet
from .ridge import bilinear_kernel, linear_kernel, ridge


class Relation(NamedTuple):
    """Predictions of the relation of directions.

    Args:
        same (np.ndarray): Shape (M,), bool, for the test pairs.
        how (str): ``'signs'`` or ``'bilinear'``.
        penalty (float): Penalty of the regression.
        folds_acc (float): Accuracy over the folds of the fitting part.
    """

    same: np.ndarray
    how: str
    penalty: float
    folds_acc: float


def tell_directions(
    fit: PairSet, test: PairSet, penalties: Sequence[float], folds: int
) -> Relation:
    """Predict the same or the opposite direction, from the sign of a product.

    The relation is the product of two signs: no linear function of [f_p, f_q] predicts it,
    even if both directions can be predicted. So there are two predictors:

    - ``signs``: the product of the directions that one linear regression predicts for each clip;
    - ``bilinear``: a regression that is linear in products of a feature of p and a feature of q. It
      also works if features represent only the relation, for example the direction of motion
      without the direction of playback. It needs more pairs.

    The predictor with the higher cross-validated accuracy on the fitting part is used; in a tie,
    ``signs``.

    Args:
        fit (PairSet): Pairs to fit; both relations must occur.
        test (PairSet): Pairs to predict.
        penalties (Sequence[float]): See :func:`ridge`.
        folds (int): See :func:`ridge`.
    """
    known = fit.targets(('direction',))['direction'] > 0
    said: Dict[str, Relation] = {}
    fit_clips, test_clips = (
        part.features.reshape(-1, 1, part.features.shape[-1]) for part in (fit, test)
    )
    ways = dict(
        signs=(
            linear_kernel(fit_clips, fit_clips),
            fit.clips[..., 2].ravel(),
            np.repeat(fit.videos, 2),
            linear_kernel(test_clips, fit_clips),
        ),
        bilinear=(
            bilinear_kernel(fit.features, fit.features),
            np.where(known, 1, -1),
            fit.videos,
            bilinear_kernel(test.features, fit.features),
        ),
    )
    for how, (kernel, values, videos, asked) in ways.items():
        found = ridge(kernel, dict(y=values), videos, asked, penalties, folds)['y']
        # Two numbers per pair if its clips were predicted separately, otherwise one.
        same = found.predicted.reshape(len(test.videos), -1).prod(axis=1) >= 0
        left_out = found.left_out.reshape(len(known), -1).prod(axis=1) >= 0
        said[how] = Relation(same, how, found.penalty, float((left_out == known).mean()))
    return max(said.values(), key=lambda relation: relation.folds_acc)
