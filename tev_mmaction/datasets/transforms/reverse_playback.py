"""Plays clips backwards, to test whether features represent the arrow of time."""

from typing import Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


@TRANSFORMS.register_module()
class ReversePlayback(BaseTransform):
    """Reverses the frames of every clip, before they are decoded.

    Put it between sampling and decoding. It is the control for a test of motion: if only the
    queries are played backwards, features that represent motion must find other classes.

    Required keys: ``frame_inds`` (num_clips*clip_len,), ``num_clips``, ``clip_len``; with
    ``subset`` also the key ``subset`` of a :class:`GalleryQueryDataset`. Modified key:
    ``frame_inds``.

    Args:
        subset (str, optional): ``'query'`` or ``'gallery'``, to reverse only these videos. None:
            all. Defaults to None.

    Raises:
        ValueError: For another ``subset``.
    """

    def __init__(self, subset: Optional[str] = None):
        if subset not in (None, 'query', 'gallery'):
            raise ValueError(f"subset={subset!r}: give 'query', 'gallery' or None for all videos")
        self.subset = subset

    def transform(self, results: dict) -> dict:
        """Reverse each clip."""
        if self.subset in (None, results.get('subset')):
            clips = np.reshape(results['frame_inds'], (results['num_clips'], results['clip_len']))
            results['frame_inds'] = clips[:, ::-1].reshape(-1).copy()
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(subset={self.subset!r})'
