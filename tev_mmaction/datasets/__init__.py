"""Datasets, video readers and transforms, registered into MMAction2's registries."""

from mmaction.registry import TASK_UTILS

from tev_mmaction import temporal

from .clip_pair_dataset import ClipPairDataset
from .collating import shared_collate
from .gallery_query_dataset import GalleryQueryDataset
from .labelled_video_dataset import LabelledVideoDataset
from .shard_sampler import ShardSampler
from .transforms import (
    ClipAudio,
    ClipColorJitter,
    ClipFlip,
    ClipRandomResizedCrop,
    ReversePlayback,
    SampleWholeVideo,
    VideoDecode,
    VideoInit,
)

# Registered here, because temporal/ does not depend on MMAction2.
for _sampler in (
    temporal.ClozeSampler,
    temporal.ConsecutiveClipSampler,
    temporal.CubicPuzzleSampler,
    temporal.FrameTasksSampler,
    temporal.FramesAndTilesSampler,
    temporal.IndependentClipSampler,
    temporal.IndependentPairsSampler,
    temporal.LocalGlobalClipSampler,
    temporal.NearbyClipSampler,
    temporal.OddOneOutSampler,
    temporal.OrderVerificationSampler,
    temporal.PlaybackSampler,
    temporal.RelativeTransformSampler,
    temporal.ShuffledClipSampler,
    temporal.ShuffledSpeedsSampler,
    temporal.SlowMotionSampler,
):
    TASK_UTILS.register_module(module=_sampler)

__all__ = [
    'ClipAudio',
    'ClipColorJitter',
    'ClipFlip',
    'ClipPairDataset',
    'ClipRandomResizedCrop',
    'GalleryQueryDataset',
    'LabelledVideoDataset',
    'ReversePlayback',
    'SampleWholeVideo',
    'ShardSampler',
    'VideoDecode',
    'VideoInit',
    'shared_collate',
]
