"""Datasets, video readers and transforms, registered into MMAction2's registries."""

from .clip_pair_dataset import ClipPairDataset
from .transforms import ClipColorJitter, ClipFlip, ClipRandomResizedCrop

__all__ = ['ClipColorJitter', 'ClipFlip', 'ClipPairDataset', 'ClipRandomResizedCrop']
