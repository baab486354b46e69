"""Photometric augmentation σ, drawn for every clip and constant over its frames."""

from typing import Dict, List, Tuple

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from .clip_geometry import clip_slices
from .color_operations import apply_color_map, apply_operations, color_map


@TRANSFORMS.register_module()
class ClipColorJitter(BaseTransform):
    """Jitter brightness, contrast, saturation and hue, with one draw per clip.

    Each of the four is an affine map of RGB, and so is their product. It is computed once per clip
    and applied in one pass. This differs from the sequence of torchvision's operations in three
    ways: values are clipped once at the end, not after each operation; hue is a rotation about
    the grey axis of RGB, not a shift in HSV; and contrast uses the mean grey level of the clip, not
    of each frame, so that it does not flicker. ``exact=True`` applies torchvision's sequence, with
    the same draws.

    Args:
        brightness (float): Factor within [1−b, 1+b]. Defaults to 0.4. Strengths and probability
            are **not in the paper's text**.
        contrast (float): As brightness. Defaults to 0.4.
        saturation (float): As brightness. Defaults to 0.4.
        hue (float): Rotation within [−h, h] of the colour circle, h at most 0.5. Defaults to 0.1.
        probability (float): Probability of jitter per clip. Defaults to 0.8.
        grayscale (float): Probability of converting a clip to grey afterwards. Defaults to 0.2.
        exact (bool): Apply the operations one after another, in random order, as torchvision
            does. About 8 times slower. Defaults to False.
        on_device (bool): Only draw here; :class:`ClipPairDataPreprocessor` maps the colours of the
            whole batch on the training device. The draws are stored as
            metainfo ``color_map``. This needs ``PackActionInputs(meta_keys=(..., 'color_map'))``
            and that preprocessor. Defaults to False.

    Required keys: ``imgs``, ``num_clips``, ``clip_len``. Modified keys: ``imgs`` (N*T, H, W, 3).
    With ``on_device``, no key is modified; added key: ``color_map``, float32 (num_clips, 3, 6), the
    (M | K) of x ↦ Mx + Kμ for the mean colour μ of the clip.

    Raises:
        ValueError: If a strength or probability is out of range, or if ``exact`` is combined with
            ``on_device``.
    """

    def __init__(
        self,
        brightness: float = 0.4,
        contrast: float = 0.4,
        saturation: float = 0.4,
        hue: float = 0.1,
        probability: float = 0.8,
        grayscale: float = 0.2,
        exact: bool = False,
        on_device: bool = False,
    ):
        limits = dict(brightness=1, contrast=1, saturation=1, hue=0.5, probability=1, grayscale=1)
        for name, limit in limits.items():
            value = locals()[name]
            if not 0 <= value <= limit:
                raise ValueError(f'{name}={value}: must be within [0, {limit}]')
        if exact and on_device:
            raise ValueError(
                "exact=True with on_device=True: torchvision's sequence is no affine map, which is "
                'all that the device applies; set one of them to False'
            )
        self.brightness, self.contrast = brightness, contrast
        self.saturation, self.hue = saturation, hue
        self.probability, self.grayscale = probability, grayscale
        self.exact, self.on_device = exact, on_device

    def transform(self, results: Dict) -> Dict:
        draws = [self._draw() for _ in range(results['num_clips'])]
        if self.on_device:
            results['color_map'] = np.stack([color_map(draw) for draw in draws]).astype(np.float32)
            return results
        frames = results['imgs'] = np.asarray(results['imgs'])
        for clip, draw in zip(clip_slices(results), draws):
            if draw and self.exact:
                frames[clip] = apply_operations(frames[clip], draw)
            elif draw:
                frames[clip] = apply_color_map(frames[clip], color_map(draw))
        return results

    def _draw(self) -> List[Tuple[str, float]]:
        """The operations on one clip, in order; none if it is not jittered."""
        operations = []
        if np.random.random() < self.probability:
            strengths = dict(
                brightness=self.brightness, contrast=self.contrast, saturation=self.saturation
            )
            drawn = [(name, 1 + s * np.random.uniform(-1, 1)) for name, s in strengths.items()]
            drawn.append(('hue', self.hue * np.random.uniform(-1, 1)))
            operations = [drawn[index] for index in np.random.permutation(len(drawn))]
        if np.random.random() < self.grayscale:
            operations.append(('saturation', 0.0))
        return operations

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(brightness={self.brightness}, contrast={self.contrast}, '
            f'saturation={self.saturation}, hue={self.hue}, probability={self.probability}, '
            f'grayscale={self.grayscale}, exact={self.exact}, on_device={self.on_device})'
        )
