"""Rotates clips by multiples of 90 degrees, as labels of a task."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from .clip_geometry import clip_slices


@TRANSFORMS.register_module()
class ClipRotation(BaseTransform):
    """Rotates all frames of a clip by 0, 90, 180 or 270 degrees, counter-clockwise.

    The rotations of a video's clips are those of its label ``rotations``, in quarter turns, if
    the sampler draws it. Otherwise they are drawn here, without replacement: four clips have all
    four rotations, in random order, and one clip has any of them.

    Put it behind the crop, which makes square frames.

    Required keys: ``imgs``, ``num_clips``, ``clip_len``, ``clip_labels`` of
    :class:`ClipPairDataset`. Modified keys: ``imgs`` (N*T, H, W, 3); ``clip_labels`` gets
    ``rotations``, an int per clip.

    Raises:
        ValueError: If frames are not square.
    """

    def transform(self, results: Dict) -> Dict:
        """Rotate the clips."""
        frames = results['imgs'] = np.asarray(results['imgs'])
        height, width = frames.shape[1:3]
        if height != width:
            raise ValueError(
                f'ClipRotation needs square frames, but they are {width}x{height}: put it behind '
                'ClipRandomResizedCrop with one size'
            )
        labels = results['clip_labels']
        if 'rotations' not in labels:
            rounds = -(-results['num_clips'] // 4)
            drawn = np.concatenate([np.random.permutation(4) for _ in range(rounds)])
            labels['rotations'] = tuple(drawn[: results['num_clips']].tolist())
        for clip, turns in zip(clip_slices(results), labels['rotations']):
            frames[clip] = np.rot90(frames[clip], turns, axes=(1, 2))
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
