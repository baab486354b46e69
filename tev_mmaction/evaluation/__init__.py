"""Frozen features and what they are worth, registered into MMAction2's METRICS."""

from .equivariance_metric import EquivarianceMetric
from .feature_metric import GALLERY, META_KEYS, QUERY, FeatureMetric
from .features import FeatureSet, check_features, l2_normalise, standardise
from .linear_probe_metric import LinearProbeMetric
from .neighbour_search import nearest_neighbours
from .protocol import EvaluationProtocol
from .retrieval_metric import RetrievalMetric
from .task_metric import TaskMetric

__all__ = [
    'GALLERY',
    'META_KEYS',
    'QUERY',
    'EquivarianceMetric',
    'EvaluationProtocol',
    'FeatureMetric',
    'FeatureSet',
    'LinearProbeMetric',
    'RetrievalMetric',
    'TaskMetric',
    'check_features',
    'l2_normalise',
    'nearest_neighbours',
    'standardise',
]
