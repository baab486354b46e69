"""Motion and appearance statistics of each clip, as targets of STS."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from tev_mmaction.motion import clip_statistics

from .clip_geometry import clip_slices


@TRANSFORMS.register_module()
class ClipStatistics(BaseTransform):
    """Measures where each clip moves and what colours it has there, for :class:`StatisticsHead`.

    Optical flow is computed from the frames as they are here: put it behind crop and flip, and
    before a jitter of colours, which the statistics of colours should not have.

    Required keys: ``imgs``, ``num_clips``, ``clip_len``, ``clip_labels`` of
    :class:`ClipPairDataset`. Modified keys: ``clip_labels`` gets ``statistics``, int64
    (num_clips, 27), see :func:`tev_mmaction.motion.clip_statistics`.
    """

    def transform(self, results: Dict) -> Dict:
        """Add ``statistics`` to the labels."""
        frames = results['imgs'] = np.asarray(results['imgs'])
        results['clip_labels']['statistics'] = np.stack(
            [clip_statistics(frames[clip]) for clip in clip_slices(results)]
        )
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
