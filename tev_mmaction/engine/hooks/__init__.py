"""Hooks, registered into MMAction2's HOOKS."""

from .backbone_weights_hook import BackboneWeightsHook
from .clip_pair_batch_hook import ClipPairBatchHook
from .clustering_hook import ClusteringHook
from .drawn_classes_hook import DrawnClassesHook
from .evaluation_report_hook import EvaluationReportHook
from .feature_health_hook import FeatureHealthHook
from .labels_hook import LabelsHook
from .loaded_weights_hook import LoadedWeightsHook
from .non_finite_hook import NonFiniteHook
from .online_probe_hook import OnlineProbeHook
from .pictures_hook import PicturesHook
from .probe_first_hook import ProbeFirstHook
from .resumed_schedule_hook import ResumedScheduleHook
from .run_history_hook import RunHistoryHook
from .short_videos_hook import ShortVideosHook
from .skipped_videos_hook import SkippedVideosHook
from .sound_checkpoint_hook import SoundCheckpointHook
from .throughput_hook import ThroughputHook
from .timed_checkpoint_hook import TimedCheckpointHook

__all__ = [
    'BackboneWeightsHook',
    'ClipPairBatchHook',
    'ClusteringHook',
    'DrawnClassesHook',
    'EvaluationReportHook',
    'FeatureHealthHook',
    'LoadedWeightsHook',
    'NonFiniteHook',
    'OnlineProbeHook',
    'ProbeFirstHook',
    'ResumedScheduleHook',
    'LabelsHook',
    'PicturesHook',
    'RunHistoryHook',
    'ShortVideosHook',
    'SkippedVideosHook',
    'SoundCheckpointHook',
    'ThroughputHook',
    'TimedCheckpointHook',
]
