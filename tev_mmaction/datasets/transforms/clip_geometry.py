"""Spatial augmentation σ, drawn for every clip and constant over its frames.

MMAction2's crop and flip draw once per sample, so all clips of a video would have the same
σ. These transforms draw once per clip. Like MMAction2's, they use numpy's global generator; the
dataset seeds it for every video, so draws do not depend on the number of workers.

For spatial equivariance (rows b and c of the paper's Table 1), ``share_in_group=True`` makes the
videos of a group share the draws of clip p, and the draws of clip q; they become a part of the
relative transformation's id.

All transforms expect and return ``results['imgs']`` as frames in clip-major order, ``num_clips``
times ``clip_len`` frames, uint8, RGB, each (H, W, 3).
"""

from contextlib import contextmanager
from typing import Dict, Iterator, List, Sequence, Tuple, Union

import cv2
import numpy as np
from mmaction.datasets.transforms import RandomResizedCrop
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..lazy_frames import LazyFrames
from ..randomness import seeded

# Canvas for shared crops, because the videos of a group may differ in size: (height, width) with
# 4:3 as in UCF101, fine enough for any video.
_CANVAS = (2400, 3200)


def clip_slices(results: Dict) -> Iterator[slice]:
    """Slices of ``results['imgs']``, one per clip."""
    length = results['clip_len']
    for clip in range(results['num_clips']):
        yield slice(clip * length, (clip + 1) * length)


def share_draws(results: Dict, draws: Sequence[Tuple[int, ...]]) -> None:
    """Store the draws shared by all videos of a group, one tuple per clip."""
    earlier = results.setdefault('spatial_draws', [()] * len(draws))
    results['spatial_draws'] = [old + new for old, new in zip(earlier, draws)]


@contextmanager
def group_draws(results: Dict, shared: bool) -> Iterator[None]:
    """If requested, draw from numpy's global generator as the other videos of the group do.

    Raises:
        KeyError: If draws are shared in a pipeline of another dataset.
    """
    if not shared:
        yield
        return
    if 'group_rng' not in results:
        raise KeyError('share_in_group=True needs the groups of ClipPairDataset')
    with seeded(int(results['group_rng'].integers(2**32))):
        yield


@TRANSFORMS.register_module()
class ClipRandomResizedCrop(BaseTransform):
    """Crop a random area with a random aspect ratio and resize it, one crop per clip.

    MMAction2's ``RandomResizedCrop`` draws the boxes. All frames are resized directly into
    one array. Frames of :class:`ClipPairDataset` are resized when they are decoded, so that
    full-size frames are not kept. ``area_range=(1, 1), aspect_ratio_range=(1, 1)`` with square
    videos resizes only.

    Args:
        size (int | tuple[int, int]): Output size, or (width, height).
        area_range (tuple[float, float]): Share of the frame's area, within (0, 1]. Defaults to
            ``(0.3, 1.0)``; **not in the paper's text**.
        aspect_ratio_range (tuple[float, float]): Width over height. Defaults to ``(3/4, 4/3)``.
        share_in_group (bool): Crop the same part of the frame, relative to its size, from the
            clips p of all videos of a group, and likewise for q; aspect ratios then refer to a 4:3
            frame. Defaults to False.

    Required keys: ``imgs``, ``num_clips``, ``clip_len``. Modified keys: ``imgs`` (N*T, h, w, 3),
    ``img_shape``.
    """

    def __init__(
        self,
        size: Union[int, Tuple[int, int]],
        area_range: Tuple[float, float] = (0.3, 1.0),
        aspect_ratio_range: Tuple[float, float] = (3 / 4, 4 / 3),
        share_in_group: bool = False,
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
        self.share_in_group = share_in_group

    def transform(self, results: Dict) -> Dict:
        frames, length = results['imgs'], results['clip_len']
        streamed = isinstance(frames, LazyFrames) and not frames.decoded
        shapes = [
            frames.frame_shape if streamed else frames[clip.start].shape[:2]
            for clip in clip_slices(results)
        ]
        boxes = self._draw(results, shapes)
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

    def _draw(self, results: Dict, shapes: Sequence[Tuple[int, int]]) -> List[np.ndarray]:
        """A box (left, top, right, bottom) per clip, in pixels."""
        with group_draws(results, self.share_in_group):
            boxes = [
                RandomResizedCrop.get_crop_bbox(
                    _CANVAS if self.share_in_group else shape,
                    self.area_range,
                    self.aspect_ratio_range,
                )
                for shape in shapes
            ]
        if not self.share_in_group:
            return boxes
        share_draws(results, [tuple(int(edge) for edge in box) for box in boxes])
        return [_scaled(box, shape) for box, shape in zip(boxes, shapes)]

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(size={(self.width, self.height)}, '
            f'area_range={self.area_range}, aspect_ratio_range={self.aspect_ratio_range}, '
            f'share_in_group={self.share_in_group})'
        )


def _scaled(box: Sequence[int], shape: Tuple[int, int]) -> np.ndarray:
    """Map a box from the canvas to a frame of another shape; at least one pixel."""
    (height, width), (full_height, full_width) = shape, _CANVAS
    limits = np.array([width, height])
    scale = limits / (full_width, full_height)
    first = np.minimum(np.rint(np.array(box[:2]) * scale), limits - 1)
    last = np.maximum(np.rint(np.array(box[2:]) * scale), first + 1)
    return np.concatenate([first, last]).astype(int)


@TRANSFORMS.register_module()
class ClipFlip(BaseTransform):
    """Mirror a clip left to right with some probability.

    A mirrored motion is another motion: omit the transform, or set the ratio to 0, if
    left and right matter.

    Args:
        flip_ratio (float): Probability, within [0, 1]. Defaults to 0.5.
        share_in_group (bool): Flip the clips p of all videos of a group, or none of them, and so
            for q. Defaults to False.

    Required keys: ``imgs``, ``num_clips``, ``clip_len``. Modified keys: ``imgs``. Added keys:
    ``flipped``, a bool per clip.
    """

    def __init__(self, flip_ratio: float = 0.5, share_in_group: bool = False):
        if not 0 <= flip_ratio <= 1:
            raise ValueError(f'flip_ratio={flip_ratio}: give a probability within [0, 1]')
        self.flip_ratio = flip_ratio
        self.share_in_group = share_in_group

    def transform(self, results: Dict) -> Dict:
        frames = results['imgs'] = np.asarray(results['imgs'])
        with group_draws(results, self.share_in_group):
            flips = [np.random.random() < self.flip_ratio for _ in range(results['num_clips'])]
        if self.share_in_group:
            share_draws(results, [(int(flip),) for flip in flips])
        results['flipped'] = flips
        for clip, flip in zip(clip_slices(results), flips):
            if flip:
                # As one tall picture: a reversed numpy view would be copied pixel by pixel.
                tall = frames[clip].reshape(-1, *frames.shape[2:])
                frames[clip] = cv2.flip(tall, 1).reshape(frames[clip].shape)
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(flip_ratio={self.flip_ratio}, '
            f'share_in_group={self.share_in_group})'
        )
