"""Spatial and photometric augmentation σ, drawn anew for every clip, constant over its frames.

MMAction2's own crop, flip and jitter draw once a sample and so give both clips of a pair the same
σ. These draw once a clip. They use numpy's global generator, as MMAction2's transforms do; the
dataset seeds it for every video, so draws do not depend on the number of workers.

All expect and leave ``results['imgs']`` as frames in clip-major order, ``num_clips`` times
``clip_len`` of them, uint8, RGB, each (H, W, 3).
"""

from typing import Dict, Iterator, Optional, Tuple, Union

import cv2
import numpy as np
from mmaction.datasets.transforms import RandomResizedCrop
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


def _clips(results: Dict) -> Iterator[slice]:
    """Slices of ``results['imgs']``, one a clip."""
    length = results['clip_len']
    for clip in range(results['num_clips']):
        yield slice(clip * length, (clip + 1) * length)


@TRANSFORMS.register_module()
class ClipRandomResizedCrop(BaseTransform):
    """Crop a random area of a random aspect ratio and resize it, one crop a clip.

    The box is drawn by MMAction2's ``RandomResizedCrop``; all frames are resized straight into one
    array. ``area_range=(1, 1), aspect_ratio_range=(1, 1)`` with square videos resizes only.

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
        frames = results['imgs']
        out = np.empty((len(frames), self.height, self.width, 3), dtype=np.uint8)
        for clip in _clips(results):
            left, top, right, bottom = RandomResizedCrop.get_crop_bbox(
                frames[clip.start].shape[:2], self.area_range, self.aspect_ratio_range
            )
            for index in range(clip.start, clip.stop):
                cv2.resize(
                    frames[index][top:bottom, left:right],
                    (self.width, self.height),
                    dst=out[index],
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
        for clip in _clips(results):
            if np.random.random() < self.flip_ratio:
                frames[clip] = frames[clip][:, :, ::-1]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(flip_ratio={self.flip_ratio})'


@TRANSFORMS.register_module()
class ClipColorJitter(BaseTransform):
    """Jitter brightness, contrast, saturation and hue, one draw a clip.

    Each of the four is an affine map of RGB, and so is their product: it is formed once a clip and
    applied in one pass. This differs from the sequence of torchvision's operations in two points:
    values are clipped once at the end, not after each operation, and hue is a rotation about the
    grey axis in YIQ, not a shift in HSV. The grey level that contrast turns about is the mean of
    the clip, so that it does not flicker.

    Args:
        brightness (float): Factor within [1−b, 1+b]. Defaults to 0.4. Strengths and probability
            are **not in the paper's text**.
        contrast (float): As brightness. Defaults to 0.4.
        saturation (float): As brightness. Defaults to 0.4.
        hue (float): Rotation within [−h, h] turns, h at most 0.5. Defaults to 0.1.
        probability (float): How often a clip is jittered at all. Defaults to 0.8.
        grayscale (float): How often a clip is turned grey after that. Defaults to 0.2.

    Required keys: ``imgs``, ``num_clips``, ``clip_len``. Modified keys: ``imgs`` (N*T, H, W, 3).
    """

    def __init__(
        self,
        brightness: float = 0.4,
        contrast: float = 0.4,
        saturation: float = 0.4,
        hue: float = 0.1,
        probability: float = 0.8,
        grayscale: float = 0.2,
    ):
        limits = dict(brightness=1, contrast=1, saturation=1, hue=0.5, probability=1, grayscale=1)
        for name, limit in limits.items():
            value = locals()[name]
            if not 0 <= value <= limit:
                raise ValueError(f'{name}={value}: must be within [0, {limit}]')
        self.brightness, self.contrast = brightness, contrast
        self.saturation, self.hue = saturation, hue
        self.probability, self.grayscale = probability, grayscale

    def transform(self, results: Dict) -> Dict:
        frames = results['imgs'] = np.asarray(results['imgs'])
        for clip in _clips(results):
            shape = frames[clip].shape
            pixels = frames[clip].reshape(shape[0] * shape[1], shape[2], 3)
            affine = self._draw(np.array(cv2.mean(pixels)[:3]))
            if affine is not None:
                frames[clip] = cv2.transform(pixels, affine).reshape(shape)
        return results

    def _draw(self, mean: np.ndarray) -> Optional[np.ndarray]:
        """Affine colour map (3, 4) of a clip of mean colour (3,), or None to leave it as it is."""
        affine = np.eye(4)
        if np.random.random() < self.probability:
            b, c, s = (
                1 + strength * np.random.uniform(-1, 1)
                for strength in (self.brightness, self.contrast, self.saturation)
            )
            turns = self.hue * np.random.uniform(-1, 1)
            operations = (
                lambda _: _affine(b * np.eye(3)),
                lambda grey: _affine(c * np.eye(3), (1 - c) * grey),
                lambda _: _affine(s * np.eye(3) + (1 - s) * _TO_GREY),
                lambda _: _affine(_hue_rotation(turns)),
            )
            for index in np.random.permutation(len(operations)):
                grey = _LUMA @ (affine[:3, :3] @ mean + affine[:3, 3])
                affine = operations[index](grey) @ affine
        if np.random.random() < self.grayscale:
            affine = _affine(_TO_GREY) @ affine
        return None if (affine == np.eye(4)).all() else affine[:3]

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(brightness={self.brightness}, contrast={self.contrast}, '
            f'saturation={self.saturation}, hue={self.hue}, '
            f'probability={self.probability}, grayscale={self.grayscale})'
        )


_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, the Y of YIQ
_TO_GREY = np.tile(_LUMA, (3, 1))
_YIQ = np.array([_LUMA, [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def _affine(linear: np.ndarray, offset: float = 0.0) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = offset
    return matrix


def _hue_rotation(turns: float) -> np.ndarray:
    """Rotation of the chroma plane of YIQ, as a map of RGB (3, 3)."""
    cos, sin = np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)
    rotation = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    return np.linalg.inv(_YIQ) @ rotation @ _YIQ
