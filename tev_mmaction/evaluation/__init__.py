"""Evaluation of frozen features; metrics are registered into MMAction2's METRICS."""

from .acc_metric import AccMetric
from .chirality_metric import ChiralityMetric
from .comparison import Evaluation, check_comparable, comparable_groups
from .confusion import class_names, confusion_matrix
from .equivariance_metric import EquivarianceMetric
from .feature_metric import GALLERY, META_KEYS, QUERY, FeatureMetric
from .features import FeatureSet, check_features, l2_normalise, standardise
from .health import health
from .linear_probe_metric import LinearProbeMetric
from .neighbour_search import nearest_neighbours
from .protocol import EvaluationProtocol
from .recording_metric import RecordingMetric
from .records import EvaluationRecord, MetricRecord, find_records, read_record
from .retrieval_metric import RetrievalMetric
from .task_metric import TaskMetric
from .text_video_retrieval_metric import TextVideoRetrievalMetric

__all__ = [
    'GALLERY',
    'META_KEYS',
    'QUERY',
    'AccMetric',
    'ChiralityMetric',
    'EquivarianceMetric',
    'Evaluation',
    'EvaluationProtocol',
    'EvaluationRecord',
    'FeatureMetric',
    'FeatureSet',
    'LinearProbeMetric',
    'MetricRecord',
    'RecordingMetric',
    'RetrievalMetric',
    'TaskMetric',
    'TextVideoRetrievalMetric',
    'check_comparable',
    'check_features',
    'class_names',
    'comparable_groups',
    'confusion_matrix',
    'find_records',
    'health',
    'l2_normalise',
    'nearest_neighbours',
    'read_record',
    'standardise',
]
