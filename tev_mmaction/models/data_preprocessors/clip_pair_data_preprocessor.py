"""Colour jitter and normalisation of a batch, on the device that trains."""

from typing import List, Optional, Sequence, Tuple

import numpy as np
import torch
from mmaction.models.data_preprocessors import ActionDataPreprocessor
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import Tensor

from .pixels import normalise_batch, normalise_frames


@MODELS.register_module()
class ClipPairDataPreprocessor(ActionDataPreprocessor):
    """MMAction2's ``ActionDataPreprocessor`` that also applies the colour jitter of the clips.

    Clips are copied to the device as uint8 and converted to float there. If
    ``ClipColorJitter(on_device=True)`` has stored its draws as ``color_map``, the colours of each
    clip are mapped by x ↦ Mx + Kμ for the clip's mean colour μ, clipped to [0, 255] and normalised,
    with one affine map per clip: on a GPU for the whole batch at once, on a CPU frame by frame.
    Samples without
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
        maps = self._take_color_maps(data_samples, len(inputs[0]))
        normalise = normalise_frames if self.device.type == 'cpu' else normalise_batch
        pixels = normalise(inputs, maps, self.mean.flatten(), self.std.flatten())
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
