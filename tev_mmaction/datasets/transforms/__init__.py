"""Transforms of clip pairs, registered into MMAction2's TRANSFORMS."""

from .clip_transforms import ClipColorJitter, ClipFlip, ClipRandomResizedCrop

__all__ = ['ClipColorJitter', 'ClipFlip', 'ClipRandomResizedCrop']
