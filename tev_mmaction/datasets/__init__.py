"""Datasets, video readers and transforms, registered into MMAction2's registries."""

from .clip_pair_dataset import ClipPairDataset
from .gallery_query_dataset import GalleryQueryDataset
from .transforms import ClipColorJitter, ClipFlip, ClipRandomResizedCrop, VideoDecode, VideoInit

__all__ = [
    'ClipColorJitter',
    'ClipFlip',
    'ClipPairDataset',
    'ClipRandomResizedCrop',
    'GalleryQueryDataset',
    'VideoDecode',
    'VideoInit',
]
