"""The frames of a whole video as one clip."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..readers import VideoError


@TRANSFORMS.register_module()
class SampleWholeVideo(BaseTransform):
    """Takes all frames of a video, or ``max_frames`` spread evenly over it, as one clip.

    Clips of different videos may differ in length: test with ``batch_size=1``, under a protocol
    with ``clip_len=None`` and ``frame_interval=None``.

    Args:
        max_frames (int): Maximum number of frames of a clip. Defaults to 96.
        min_frames (int): Minimum number of frames of a video. Defaults to 1.

    Required keys: ``filename``, ``total_frames`` (of :class:`VideoInit`). Added keys:
    ``frame_inds``, ``clip_len``, ``frame_interval`` (None), ``num_clips`` (1).

    Raises:
        ValueError: If not 1 <= ``min_frames`` <= ``max_frames``.
        VideoError: If a video has fewer than ``min_frames``.
    """

    def __init__(self, max_frames: int = 96, min_frames: int = 1):
        if not 1 <= min_frames <= max_frames:
            raise ValueError(
                f'min_frames={min_frames}, max_frames={max_frames}: give 1 <= min_frames <= '
                'max_frames'
            )
        self.max_frames = max_frames
        self.min_frames = min_frames

    def transform(self, results: Dict) -> Dict:
        """Set the frame indices."""
        total = results['total_frames']
        if total < self.min_frames:
            raise VideoError(
                results['filename'],
                f'has {total} frames, {self.min_frames} are needed: leave it out of the list '
                f'(`python tools/data/index_videos.py LIST --min-frames {self.min_frames}`)',
            )
        indices = np.linspace(0, total - 1, min(total, self.max_frames)).round().astype(int)
        results.update(frame_inds=indices, clip_len=len(indices), frame_interval=None, num_clips=1)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(max_frames={self.max_frames}, min_frames={self.min_frames})'
