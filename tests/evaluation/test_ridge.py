"""Ridge regression, against scikit-learn's in the space of the features."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupKFold

from tev_mmaction.evaluation.ridge import bilinear_kernel, linear_kernel, ridge

PENALTIES = (1e-5, 1e-3, 1e-1, 10.0)


def rows_of(pairs):
    return pairs.reshape(len(pairs), -1)


def products_of(pairs):
    """All entries of f_p f_qᵀ + f_q f_pᵀ, scaled so that their products are the kernel."""
    outer = np.einsum('ni,nj->nij', pairs[:, 0], pairs[:, 1])
    return rows_of(outer + outer.swapaxes(1, 2)) / np.sqrt(2)


def reference(fit, values, videos, test):
    """Predictions, penalty and R² over the folds, by scikit-learn on explicit features."""

    def fitted(rows, targets, penalty):
        alpha = penalty * ((rows - rows.mean(axis=0)) ** 2).sum()
        return Ridge(alpha=alpha, solver='svd').fit(rows, targets)

    scores = {}
    for penalty in PENALTIES:
        left_out = np.empty_like(values)
        for some, others in GroupKFold(4).split(fit, groups=videos):
            left_out[others] = fitted(fit[some], values[some], penalty).predict(fit[others])
        scores[penalty] = r2_score(values, left_out)
    best = max(PENALTIES, key=scores.get)
    return fitted(fit, values, best).predict(test), best, scores[best]


@pytest.mark.parametrize(
    'kernel, features', [(linear_kernel, rows_of), (bilinear_kernel, products_of)]
)
def test_a_regression_in_the_kernel_is_one_in_the_features(rng, kernel, features):
    pairs, test = rng.normal(size=(60, 2, 5)) + 0.5, rng.normal(size=(30, 2, 5)) + 0.5
    videos = rng.permutation(60) % 12
    explicit = features(pairs)
    np.testing.assert_allclose(kernel(pairs, test), explicit @ features(test).T, atol=1e-9)
    clean = explicit @ rng.normal(size=explicit.shape[1])
    # One target that wants a small penalty, and one that wants a large one.
    targets = dict(clean=clean, noisy=clean + 20 * rng.normal(size=60))
    found = ridge(
        kernel(pairs, pairs), targets, videos, kernel(test, pairs), PENALTIES[::-1], folds=4
    )
    for name, values in targets.items():
        predicted, penalty, score = reference(explicit, values, videos, features(test))
        assert found[name].penalty == penalty
        assert found[name].folds_r2 == pytest.approx(score, abs=1e-6)
        np.testing.assert_allclose(found[name].predicted, predicted, atol=1e-5)
        assert r2_score(values, found[name].left_out) == pytest.approx(score, abs=1e-6)
    assert found['clean'].penalty < found['noisy'].penalty


def test_the_order_of_the_clips_is_the_same_to_the_bilinear_kernel(rng):
    pairs, other = rng.normal(size=(2, 7, 2, 5))
    expected = bilinear_kernel(pairs, other)
    np.testing.assert_allclose(bilinear_kernel(pairs[:, ::-1], other), expected, atol=1e-12)


def test_no_fold_shares_a_video_with_its_fit(rng):
    """What is known of each video by heart, and random else, is worth nothing in the folds."""
    videos = np.repeat(np.arange(30), 6)
    names = np.eye(30)[videos].reshape(180, 1, 30).repeat(2, axis=1)
    values = rng.normal(size=30)[videos]
    found = ridge(
        linear_kernel(names, names),
        dict(y=values),
        videos,
        names[:, 0] @ names[:, 0].T,
        PENALTIES,
        5,
    )['y']
    assert found.folds_r2 <= 0.01 and found.penalty == max(PENALTIES)
