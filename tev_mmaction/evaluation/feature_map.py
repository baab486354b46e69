"""A sample of the features of an evaluation, small enough for its record, to draw a map of them."""

from typing import Any, Dict

import numpy as np

from .features import FeatureSet

_COMPONENTS = 30


def feature_map(queries: FeatureSet, most: int) -> Dict[str, Any]:
    """Principal components of query features.

    Args:
        queries (FeatureSet): Features of unit length.
        most (int): Number of queries, at most; they are evenly spaced in their list.

    Returns:
        dict: ``labels`` (N,), ``components`` (N, up to 30), projections on the principal directions
        of these queries in order of variance, with four digits, and ``explained``, the share of the
        variance of each. Valid JSON.
    """
    chosen = np.unique(
        np.linspace(0, len(queries) - 1, min(most, len(queries))).round().astype(int)
    )
    rows = queries.features[chosen].astype(np.float64)
    left, singular, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    components = (left * singular)[:, :_COMPONENTS]
    variances = singular**2
    explained = variances / max(variances.sum(), np.finfo(float).tiny)
    return dict(
        labels=queries.labels[chosen].tolist(),
        components=np.round(components, 4).tolist(),
        explained=np.round(explained[:_COMPONENTS], 4).tolist(),
    )
