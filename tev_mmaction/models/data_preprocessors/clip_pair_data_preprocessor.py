"""Colour jitter and normalisation of a whole batch at once, on the device that trains."""

import math
from typing import List, Optional, Sequence, Tuple

import numpy as np
import torch
from mmaction.models.data_preprocessors import ActionDataPreprocessor
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import Tensor

# Number of pixels multiplied together: a matrix product with 3 columns would be inefficient.
_PIXELS_A_ROW = 8


@MODELS.register_module()
class ClipPairDataPreprocessor(ActionDataPreprocessor):
    """MMAction2's ``ActionDataPreprocessor`` that also applies the colour jitter of the clips.

    Clips are copied to the device as uint8 and converted to float there. If
    ``ClipColorJitter(on_device=True)`` has stored its draws as ``color_map``, the colours of each
    clip are mapped by x ↦ Mx + Kμ for the clip's mean colour μ, clipped to [0, 255] and normalised,
    with one affine map per clip. There is no loop over clips or frames. Samples without
    ``color_map``, such as those of validation, are only normalised. If no sample of the batch has
    one, the result equals that of ``ActionDataPreprocessor`` bit for bit.

    Args:
        mean (Sequence[float]): Mean of each channel, in grey levels.
        std (Sequence[float]): Standard deviation of each channel, in grey levels.
        format_shape (str): ``'NCTHW'``, for configs that only change the type. Defaults to
            ``'NCTHW'``.
        non_blocking (bool): Copy clips asynchronously from pinned memory (``pin_memory=True`` in
            the data loader). Defaults to True.
        residual (bool): Give the network the differences of neighbouring frames of a clip,
            x_{t+1} − x_t of normalised frames, one frame less, as in PCL (Tao et al., 2020).
            Defaults to False.

    Input: ``inputs``, N clips or views (V, C, T, H, W), uint8, all with the same shape;
    ``data_samples``.
    Output: ``inputs`` (N, V, C, T, H, W), float32, in the memory order of (N, V, T, H, W, C), which
    is channels-last for the backbone; with ``residual``, T − 1 frames. ``data_samples`` without
    ``color_map``.

    Raises:
        ValueError: If shapes differ or do not fit ``mean`` or ``color_map``.
    """

    def __init__(
        self,
        mean: Sequence[float],
        std: Sequence[float],
        format_shape: str = 'NCTHW',
        non_blocking: bool = True,
        residual: bool = False,
    ):
        if format_shape != 'NCTHW':
            raise ValueError(
                f'data_preprocessor.format_shape={format_shape!r}: ClipPairDataPreprocessor takes '
                "'NCTHW'; ActionDataPreprocessor has others"
            )
        super().__init__(mean, std, format_shape=format_shape)
        self.residual = residual
        self._non_blocking = non_blocking

    def preprocess(
        self, inputs: List[Tensor], data_samples: List[ActionDataSample], training: bool = False
    ) -> Tuple[Tensor, List[ActionDataSample]]:
        """Make a batch from clips on the device."""
        self._check(inputs)
        frames, data_samples = self._normalised(inputs, data_samples)
        return frames.diff(dim=3) if self.residual else frames, data_samples

    def _normalised(
        self, inputs: List[Tensor], data_samples: List[ActionDataSample]
    ) -> Tuple[Tensor, List[ActionDataSample]]:
        """Jittered and normalised frames (N, V, C, T, H, W)."""
        # Pipelines that end in FormatShape hand over clips in this memory order as they are.
        pixels = torch.stack([views.movedim(1, -1) for views in inputs]).contiguous().float()
        mapping = self._take_color_maps(data_samples, pixels.size(1))
        mean, std = self.mean.flatten(), self.std.flatten()
        if mapping is not None:
            clips = map_and_normalise(pixels.flatten(0, 1), mapping.flatten(0, 1), mean, std)
            return clips.view_as(pixels).movedim(-1, 2), data_samples
        # One constant a value of a row of the picture: broadcasting three is slow on a CPU.
        width = pixels.size(-2)
        pixels.flatten(-2).sub_(mean.repeat(width)).div_(std.repeat(width))
        return pixels.movedim(-1, 2), data_samples

    def _check(self, inputs: List[Tensor]) -> None:
        shapes = sorted({tuple(views.shape) for views in inputs})
        if len(shapes) > 1:
            raise ValueError(
                f'clips of one batch have different shapes, such as {shapes[0]} and {shapes[-1]} '
                '(clips, channels, frames, height, width): the pipeline must bring all to one '
                'size, for example by ClipRandomResizedCrop, or by Resize and CenterCrop; test '
                'views of different sizes need batch_size=1'
            )
        if len(shapes[0]) != 5 or shapes[0][1] != self.mean.numel():
            raise ValueError(
                f'clips of shape {shapes[0]} are not (clips, {self.mean.numel()} channels, frames, '
                "height, width): end the pipeline in FormatShape(input_format='NCTHW') and "
                'PackActionInputs; data_preprocessor.mean and std have one value per channel'
            )

    def _take_color_maps(
        self, data_samples: Optional[List[ActionDataSample]], num_clips: int
    ) -> Optional[Tensor]:
        """Maps (N, V, 3, 6) of a batch, on the device, or None if no clip is jittered."""
        maps = [sample.pop('color_map', None) for sample in data_samples or ()]
        if all(mapping is None for mapping in maps):
            return None
        identity = np.broadcast_to(np.eye(3, 6, dtype=np.float32), (num_clips, 3, 6))
        maps = [identity if mapping is None else mapping for mapping in maps]
        if any(np.shape(mapping) != identity.shape for mapping in maps):
            raise ValueError(
                f'color_map must be {identity.shape} for {num_clips} clips a sample, but is '
                f'{sorted({np.shape(mapping) for mapping in maps})}: ClipColorJitter must come '
                'after whatever changes the number of clips'
            )
        return torch.from_numpy(np.stack(maps)).to(self.device, non_blocking=self._non_blocking)


def map_and_normalise(clips: Tensor, maps: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Map the colours of each clip by x ↦ Mx + Kμ, clip to [0, 255] and normalise in one step.

    Normalisation is part of the map, y = (Mx + Kμ − mean) / std, and of the bounds to which y is
    clipped.

    Args:
        clips (Tensor): Shape (B, T, H, W, 3), float32, contiguous, grey levels.
        maps (Tensor): (M | K), shape (B, 3, 6), float32.
        mean (Tensor): Shape (3,), float32, grey levels.
        std (Tensor): Shape (3,), float32, grey levels.

    Returns:
        Tensor: Shape (B, T, H, W, 3), float32.
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
    return mapped.view_as(clips)
