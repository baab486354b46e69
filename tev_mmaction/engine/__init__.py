"""Hooks, a loop and optimizer wrappers, registered into MMAction2's registries.

mmengine's Runner also reads weights with
:func:`~tev_mmaction.models.checkpoint_file.read_checkpoint`: it accepts ``.safetensors`` and has
the same error messages.
"""

from mmengine.runner import CheckpointLoader

from ..models.checkpoint_file import read_checkpoint
from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .hooks import (
    BackboneWeightsHook,
    ClipPairBatchHook,
    ClusteringHook,
    DrawnClassesHook,
    EvaluationReportHook,
    FeatureHealthHook,
    LabelsHook,
    LoadedWeightsHook,
    NonFiniteHook,
    OnlineProbeHook,
    PicturesHook,
    ProbeFirstHook,
    ResumedScheduleHook,
    RunHistoryHook,
    ShortVideosHook,
    SkippedVideosHook,
    SoundCheckpointHook,
    ThroughputHook,
    TimedCheckpointHook,
)
from .mid_epoch_train_loop import MidEpochTrainLoop
from .run_history import RunHistory, RunStart, read_run_history
from .sound_fsdp_strategy import SoundFSDPStrategy
from .strategy_runner import StrategyRunner, build_runner
from .task_test_loop import TaskTestLoop

CheckpointLoader.register_scheme('', read_checkpoint, force=True)

__all__ = [
    'BFloat16OptimWrapper',
    'BackboneWeightsHook',
    'ClipPairBatchHook',
    'ClusteringHook',
    'DrawnClassesHook',
    'EvaluationReportHook',
    'FeatureHealthHook',
    'LabelsHook',
    'LoadedWeightsHook',
    'MidEpochTrainLoop',
    'NonFiniteHook',
    'OnlineProbeHook',
    'PicturesHook',
    'ProbeFirstHook',
    'ResumedScheduleHook',
    'RunHistory',
    'RunHistoryHook',
    'RunStart',
    'ShortVideosHook',
    'SkippedVideosHook',
    'SoundCheckpointHook',
    'SoundFSDPStrategy',
    'StrategyRunner',
    'TaskTestLoop',
    'ThroughputHook',
    'TimedCheckpointHook',
    'build_runner',
    'read_run_history',
]
