"""Brightness, contrast, saturation and hue of a clip: as one affine map, or one after another.

A jitter is a sequence of operations ``(name, amount)``. The amount of ``'brightness'``,
``'contrast'`` and ``'saturation'`` is torchvision's factor (1 changes nothing; a saturation of 0 is
grey). The amount of ``'hue'`` is a rotation of the colour circle within [−0.5, 0.5].
"""

from typing import Sequence, Tuple

import cv2
import numpy as np

Operations = Sequence[Tuple[str, float]]

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
_TO_GREY = np.tile(_LUMA, (3, 1))
_TORCHVISION_LUMA = np.array([[0.2989, 0.587, 0.114]], np.float32)


def color_map(operations: Operations) -> np.ndarray:
    """The product of the operations as one map, without intermediate clipping.

    Each operation is affine in RGB. Only contrast depends on the clip, linearly and only through
    its mean colour. So the product is x ↦ Mx + Kμ, for the mean colour μ of the original clip.
    Hue is a rotation of the RGB cube about its grey axis, which is linear; torchvision shifts the
    angle of HSV. Both are the same at every third of a turn, where channels change places.

    Args:
        operations (Sequence[tuple[str, float]]): First to last.

    Returns:
        np.ndarray: (M | K), shape (3, 6), float64.
    """
    linear, offset = np.eye(3), np.zeros((3, 3))
    for name, amount in operations:
        if name == 'contrast':
            mean = linear + offset  # of the clip at this point, as a map of μ
            linear, offset = amount * linear, amount * offset + (1 - amount) * _TO_GREY @ mean
            continue
        if name == 'brightness':
            step = amount * np.eye(3)
        elif name == 'saturation':
            step = amount * np.eye(3) + (1 - amount) * _TO_GREY
        else:
            step = _hue_rotation(amount)
        linear, offset = step @ linear, step @ offset
    return np.hstack([linear, offset])


def apply_color_map(frames: np.ndarray, mapping: np.ndarray) -> np.ndarray:
    """Map the colours of a clip, rounded and clipped once.

    Args:
        frames (np.ndarray): Shape (T, H, W, 3), uint8, RGB.
        mapping (np.ndarray): Shape (3, 6), from :func:`color_map`.

    Returns:
        np.ndarray: Shape (T, H, W, 3), uint8.
    """
    tall = frames.reshape(-1, *frames.shape[2:])
    mean = np.array(cv2.mean(tall)[:3])
    affine = np.column_stack([mapping[:, :3], mapping[:, 3:] @ mean])
    return cv2.transform(tall, affine).reshape(frames.shape)


def apply_operations(frames: np.ndarray, operations: Operations) -> np.ndarray:
    """Apply the operations one after another, as torchvision defines them for float images.

    Values are clipped after each operation, contrast uses the mean grey level of each frame,
    and hue is shifted in HSV. Values are rounded once, at the end.

    Args:
        frames (np.ndarray): Shape (T, H, W, 3), uint8, RGB.
        operations (Sequence[tuple[str, float]]): First to last.

    Returns:
        np.ndarray: Shape (T, H, W, 3), uint8.
    """
    # Two buffers, used in turn: allocating memory for every step costs more than the step.
    tall, spare = np.empty((2, len(frames) * frames.shape[1], *frames.shape[2:]), np.float32)
    tall[:] = frames.reshape(tall.shape)
    for name, amount in operations:
        if name == 'brightness':
            tall *= np.float32(amount)
        elif name == 'contrast':
            grey = cv2.transform(tall, _TORCHVISION_LUMA).reshape(len(frames), -1).mean(axis=1)
            tall *= np.float32(amount)
            by_frame = tall.reshape(len(frames), -1)
            by_frame += np.float32(1 - amount) * grey[:, None]
        elif name == 'saturation':
            mixed = amount * np.eye(3) + (1 - amount) * _TORCHVISION_LUMA
            tall, spare = cv2.transform(tall, mixed, dst=spare), tall
        else:
            cv2.cvtColor(tall, cv2.COLOR_RGB2HSV, dst=spare)
            degrees = spare[..., 0]
            degrees += np.float32(360 * (amount % 1))  # OpenCV wraps what is beyond 360
            cv2.cvtColor(spare, cv2.COLOR_HSV2RGB, dst=tall)
        np.clip(tall, 0, 255, out=tall)
    return np.rint(tall, out=tall).astype(np.uint8).reshape(frames.shape)


def _hue_rotation(turns: float) -> np.ndarray:
    """Rotation of the RGB cube about its grey axis (3, 3), red to green to blue, by Rodrigues."""
    cos, sin = np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / 3**0.5
    return cos * np.eye(3) + sin * cross + (1 - cos) / 3
