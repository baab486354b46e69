"""Colour maps and normalisation of clips: for a whole batch at once, or frame by frame."""

import math
from typing import Optional, Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

# Number of pixels multiplied together: a matrix product with 3 columns would be inefficient.
_PIXELS_A_ROW = 8


def normalise_batch(
    inputs: Sequence[Tensor], maps: Optional[Tensor], mean: Tensor, std: Tensor
) -> Tensor:
    """Map the colours of each clip by x ↦ Mx + Kμ, clip to [0, 255] and normalise, without a loop.

    Args:
        inputs (Sequence[Tensor]): Grey levels of N samples, each (V, C, T, H, W).
        maps (Tensor, optional): (M | K), shape (N, V, 3, 6), float32, for C = 3 and the mean
            colours μ of the clips. None: grey levels are normalised only.
        mean (Tensor): Shape (C,), float32, grey levels.
        std (Tensor): Shape (C,), float32, grey levels.

    Returns:
        Tensor: Shape (N, V, T, H, W, C), float32, contiguous.
    """
    # Pipelines that end in FormatShape hand over clips in this memory order as they are.
    pixels = torch.stack([views.movedim(1, -1) for views in inputs]).contiguous().float()
    if maps is not None:
        return _mapped(pixels.flatten(0, 1), maps.flatten(0, 1), mean, std).view_as(pixels)
    pixels.sub_(mean).div_(std)
    return pixels


def normalise_frames(
    inputs: Sequence[Tensor], maps: Optional[Tensor], mean: Tensor, std: Tensor
) -> Tensor:
    """As :func:`normalise_batch`, frame by frame, which a CPU does in a quarter of the time.

    A frame stays in the cache of the processor until it is finished. The batched form writes each
    of its intermediate results to memory.

    Args:
        inputs (Sequence[Tensor]): See :func:`normalise_batch`; on the CPU.
        maps (Tensor, optional): See :func:`normalise_batch`.
        mean (Tensor): See :func:`normalise_batch`.
        std (Tensor): See :func:`normalise_batch`.

    Returns:
        Tensor: Shape (N, V, T, H, W, C), float32, contiguous.
    """
    num_views, channels, length, height, width = inputs[0].shape
    clips = [clip for views in inputs for clip in views.movedim(1, -1)]
    # numpy asks the system for large pages, torch does not: to fill a batch of small pages for the
    # first time takes longer than to compute it.
    results = np.empty((len(clips), length, height, width, channels), np.float32)
    # One constant for each value of a row of the picture: to broadcast three is slow.
    mean_row, std_row = mean.repeat(width), std.repeat(width)
    black, white = ((level - mean_row) / std_row for level in (0, 255))
    for number, (clip, result) in enumerate(zip(clips, results)):
        matrix = None if maps is None else _affine_map(clip, maps.flatten(0, 1)[number], mean, std)
        for source, target in zip(clip, result):
            rows = torch.from_numpy(target.reshape(height, -1))
            if matrix is None:
                rows.copy_(source.reshape(height, -1)).sub_(mean_row).div_(std_row)
            else:
                pixels = source.contiguous().numpy().astype(np.float32)
                cv2.transform(pixels, matrix, dst=target)
                rows.clamp_(black, white)
    return torch.from_numpy(results).unflatten(0, (len(inputs), num_views))


def _affine_map(clip: Tensor, mapping: Tensor, mean: Tensor, std: Tensor) -> np.ndarray:
    """The colour map of a clip (T, H, W, 3), normalisation included: (M | offset), (3, 4)."""
    mean_colour = cv2.mean(clip.flatten(0, 1).contiguous().numpy())[:3]
    linear, from_mean = np.split(mapping.double().numpy(), 2, axis=1)
    offset = from_mean @ np.array(mean_colour) - mean.double().numpy()
    return np.column_stack([linear, offset]) / std.double().numpy()[:, None]


def _mapped(clips: Tensor, maps: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """The pixels of clips (B, T, H, W, 3), contiguous, by the maps (B, 3, 6), and normalised.

    Normalisation is part of the map, y = (Mx + Kμ − mean) / std, and of the bounds to which y is
    clipped.
    """
    flat = clips.flatten(1, 3)  # (B, P, 3)
    num_clips, num_pixels = flat.shape[:2]
    # Half precision is too coarse for grey levels, and preprocessing runs under autocast.
    with torch.autocast(clips.device.type, enabled=False):
        linear, from_mean = (maps / std[:, None]).mT.split(3, dim=1)  # transposed: pixels are rows
        offset = torch.bmm(flat.mean(dim=1, keepdim=True), from_mean) - mean / std  # (B, 1, 3)
        # Several pixels form a row, and M is repeated on the diagonal of one matrix.
        pixels_a_row = math.gcd(num_pixels, _PIXELS_A_ROW)
        eye = torch.eye(pixels_a_row, device=clips.device)
        blocks = torch.einsum('ij,bkl->bikjl', eye, linear).reshape(
            num_clips, 3 * pixels_a_row, 3 * pixels_a_row
        )
        rows = flat.view(num_clips, -1, 3 * pixels_a_row)
        mapped = torch.baddbmm(offset.repeat(1, 1, pixels_a_row), rows, blocks)
        black, white = (((level - mean) / std).repeat(pixels_a_row) for level in (0, 255))
        mapped.clamp_(black, white)
    return mapped
