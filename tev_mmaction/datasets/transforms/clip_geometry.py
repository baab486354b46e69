"""Spatial augmentation σ, drawn anew for every clip, constant over its frames.

MMAction2's own crop and flip draw once a sample and so give both clips of a pair the same
σ. These draw once a clip. They use numpy's global generator, as MMAction2's transforms do; the
dataset seeds it for every video, so draws do not depend on the number of workers.

All expect and leave ``results['imgs']`` as frames in clip-major order, ``num_clips`` times
``clip_len`` of them, uint8, RGB, each (H, W, 3).
"""

from typing import Dict, Iterator, Tuple, Union

import cv2
import numpy as np
from mmaction.datasets.transforms import RandomResizedCrop
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..lazy_frames import LazyFrames


def clip_slices(results: Dict) -> Iterator[slice]:
    """Slices of ``results['imgs']``, one a clip."""
    length = results['clip_len']
    for clip in range(results['num_clips']):
        yield slice(clip * length, (clip + 1) * length)


@TRANSFORMS.register_module()
class ClipRandomResizedCrop(BaseTransform):
    """Crop a random area of a random aspect ratio and resize it, one crop a clip.

    The boxes are drawn by MMAction2's ``RandomResizedCrop``. All frames are resized straight into
    one array; those of :class:`ClipPairDataset` as they leave the decoder, so that full-size frames
    are not kept. ``area_range=(1, 1), aspect_ratio_range=(1, 1)`` with square videos resizes only.

    Args:
        size (int | tuple[int, int]): Output size, or (width, height).
        area_range (tuple[float, float]): Share of the frame's area, within (0, 1]. Defaults to
            ``(0.3, 1.0)``; **not in the paper's text**.
        aspect_ratio_range (tuple[float, float]): Width over height. Defaults to ``(3/4, 4/3)``.

    Required keys: ``imgs``, ``num_clips``, ``clip_len``. Modified keys: ``imgs`` (N*T, h, w, 3),
    ``img_shape``.
    """

    def __init__(
        self,
        size: Union[int, Tuple[int, int]],
        area_range: Tuple[float, float] = (0.3, 1.0),
        aspect_ratio_range: Tuple[float, float] = (3 / 4, 4 / 3),
    ):
        width, height = (size, size) if isinstance(size, int) else size
        if min(width, height) < 1:
            raise ValueError(f'size={size}: give a positive number of pixels, or (width, height)')
        for name, (low, high) in dict(
            area_range=area_range, aspect_ratio_range=aspect_ratio_range
        ).items():
            if not 0 < low <= high:
                raise ValueError(f'{name}=({low}, {high}): needs 0 < low <= high')
        if area_range[1] > 1:
            raise ValueError(
                f'area_range={tuple(area_range)}: a crop cannot exceed the frame, '
                'keep it within (0, 1]'
            )
        self.width, self.height = width, height
        self.area_range = tuple(area_range)
        self.aspect_ratio_range = tuple(aspect_ratio_range)

    def transform(self, results: Dict) -> Dict:
        frames, length = results['imgs'], results['clip_len']
        streamed = isinstance(frames, LazyFrames) and not frames.decoded
        boxes = [
            RandomResizedCrop.get_crop_bbox(
                frames.frame_shape if streamed else frames[clip.start].shape[:2],
                self.area_range,
                self.aspect_ratio_range,
            )
            for clip in clip_slices(results)
        ]
        out = np.empty((len(frames), self.height, self.width, 3), dtype=np.uint8)
        stream = frames.stream() if streamed else ((f, (i,)) for i, f in enumerate(frames))
        for frame, positions in stream:
            for position in positions:
                left, top, right, bottom = boxes[position // length]
                cv2.resize(
                    frame[top:bottom, left:right],
                    (self.width, self.height),
                    dst=out[position],
                    interpolation=cv2.INTER_LINEAR,
                )
        results['imgs'] = out
        results['img_shape'] = out.shape[1:3]
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(size={(self.width, self.height)}, '
            f'area_range={self.area_range}, aspect_ratio_range={self.aspect_ratio_range})'
        )


@TRANSFORMS.register_module()
class ClipFlip(BaseTransform):
    """Mirror a clip left to right with some probability.

    A mirrored motion is another motion: leave the transform out, or set the ratio to 0, where
    left and right matter.

    Args:
        flip_ratio (float): Probability, within [0, 1]. Defaults to 0.5.

    Required keys: ``imgs``, ``num_clips``, ``clip_len``. Modified keys: ``imgs``.
    """

    def __init__(self, flip_ratio: float = 0.5):
        if not 0 <= flip_ratio <= 1:
            raise ValueError(f'flip_ratio={flip_ratio}: give a probability within [0, 1]')
        self.flip_ratio = flip_ratio

    def transform(self, results: Dict) -> Dict:
        frames = results['imgs'] = np.asarray(results['imgs'])
        for clip in clip_slices(results):
            if np.random.random() < self.flip_ratio:
                # As one tall picture: a reversed numpy view would be copied pixel by pixel.
                tall = frames[clip].reshape(-1, *frames.shape[2:])
                frames[clip] = cv2.flip(tall, 1).reshape(frames[clip].shape)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(flip_ratio={self.flip_ratio})'
