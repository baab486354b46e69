"""Optical flow of each clip as pictures, in the place of its frames or beside them."""

from typing import Dict, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from tev_mmaction.motion import flow_pictures

from .clip_geometry import clip_slices

_STREAMS = (None, 'flow', 'rgb')


@TRANSFORMS.register_module()
class ClipFlow(BaseTransform):
    """Computes the optical flow of every clip, as pictures of the size of its frames.

    See :func:`tev_mmaction.motion.flow_pictures`. By default, the pictures take the place of the
    frames, for a network of flow. For methods of two streams, the other stream is the label
    ``other_stream``.

    Put it behind crop and flip, and before a jitter of colours: flow is computed from the frames as
    they are here. If pictures of flow take the place of frames, do not jitter them.

    Args:
        bound (float): Flow at which a picture is darkest or brightest, in widths of the frame.
            Defaults to 0.18, which is 20 of 112 pixels, as in CoCLR.
        other (str, optional): ``'flow'``: frames stay, and flow is the label; ``'rgb'``: flow takes
            the place of frames, which are the label; None: no label. Defaults to None.

    Required keys: ``imgs``, ``num_clips``, ``clip_len``; with ``other``, ``clip_labels`` of
    :class:`ClipPairDataset`. Modified keys: ``imgs`` (N*T, H, W, 3); ``clip_labels`` gets
    ``other_stream``, uint8 (num_clips, 3, T, H, W).

    Raises:
        ValueError: If an argument is outside its range.
    """

    def __init__(self, bound: float = 0.18, other: Optional[str] = None):
        if bound <= 0:
            raise ValueError(f'bound={bound}: give a positive share of the width, for example 0.18')
        if other not in _STREAMS:
            raise ValueError(f'other={other!r}: give one of {_STREAMS}')
        self.bound = bound
        self.other = other

    def transform(self, results: Dict) -> Dict:
        """Compute the flow."""
        frames = np.asarray(results['imgs'])
        flow = np.concatenate(
            [flow_pictures(frames[clip], self.bound) for clip in clip_slices(results)]
        )
        results['imgs'], label = (frames, flow) if self.other == 'flow' else (flow, frames)
        if self.other is not None:
            clips = label.reshape(results['num_clips'], results['clip_len'], *label.shape[1:])
            results['clip_labels']['other_stream'] = np.ascontiguousarray(np.moveaxis(clips, 4, 1))
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(bound={self.bound}, other={self.other!r})'
