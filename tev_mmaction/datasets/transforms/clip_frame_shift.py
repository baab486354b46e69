"""Shifts every frame of a clip by itself."""

from typing import Dict

import cv2
import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


@TRANSFORMS.register_module()
class ClipFrameShift(BaseTransform):
    """Crops each frame at a place of its own, and resizes it to its size.

    For tasks on the order of frames, which could otherwise be solved by how pixels continue from
    one frame to the next. All other augmentation is constant over the frames of a clip.

    Args:
        share (float): Share of the sides of a frame that its crop leaves out, within [0, 1).
            Defaults to 0.1.

    Required keys: ``imgs``. Modified keys: ``imgs`` (N*T, H, W, 3).

    Raises:
        ValueError: If ``share`` is outside its range.
    """

    def __init__(self, share: float = 0.1):
        if not 0 <= share < 1:
            raise ValueError(f'share={share}: give a share within [0, 1)')
        self.share = share

    def transform(self, results: Dict) -> Dict:
        """Shift the frames."""
        frames = results['imgs'] = np.asarray(results['imgs'])
        sides = np.array(frames.shape[1:3])
        height, width = np.maximum(((1 - self.share) * sides).round().astype(int), 1)
        for frame in frames:
            top, left = np.random.randint(sides - (height, width) + 1)
            window = frame[top : top + height, left : left + width]
            frame[:] = cv2.resize(window, tuple(sides[::-1].tolist()))
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(share={self.share})'
