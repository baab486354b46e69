"""Hooks, a loop and optimizer wrappers, registered into MMAction2's registries."""

from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .hooks import (
    BackboneWeightsHook,
    ClipPairBatchHook,
    EvaluationReportHook,
    SkippedVideosHook,
    ThroughputHook,
)
from .task_test_loop import TaskTestLoop

__all__ = [
    'BFloat16OptimWrapper',
    'BackboneWeightsHook',
    'ClipPairBatchHook',
    'EvaluationReportHook',
    'SkippedVideosHook',
    'TaskTestLoop',
    'ThroughputHook',
]
