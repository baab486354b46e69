"""Hand-made features that replace a backbone: the baseline for learned features."""

import cv2
import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from tev_mmaction.motion import flow_between


class HandMadeBackbone(BaseModule):
    """Base of features that are computed clip by clip on the CPU, without weights.

    Args:
        **settings (int | float): Settings of the features. They are kept in a buffer, so that
            the fingerprint of an evaluation depends on them.
    """

    def __init__(self, **settings):
        super().__init__()
        self.register_buffer('settings', torch.tensor([float(v) for v in settings.values()]))

    @torch.no_grad()
    def forward(self, clips: Tensor) -> Tensor:
        """Describe clips.

        Args:
            clips (Tensor): Shape (N, 3, T, H, W), RGB, 0 to 255, not normalised.

        Returns:
            Tensor: Shape (N, D, 1, 1, 1), float32, which no pooling changes.
        """
        pictures = clips.clamp(0, 255).round().byte().permute(0, 2, 3, 4, 1).cpu().numpy()
        features = np.stack([self.describe(np.ascontiguousarray(clip)) for clip in pictures])
        return torch.from_numpy(features.astype(np.float32)).to(clips.device)[..., None, None, None]

    def describe(self, frames: np.ndarray) -> np.ndarray:
        """Features (D,) of the frames (T, H, W, 3), uint8, of one clip."""
        raise NotImplementedError


@MODELS.register_module()
class HandMadeFlow(HandMadeBackbone):
    """Statistics of optical flow: amount and directions of motion over time, and rotation.

    The flow is computed with Farneback's method between grey frames ``stride`` apart. Its median
    over the frame, the motion of the camera, is subtracted. A flow field gives the shares of
    ``bins`` directions in the total magnitude, the logarithm of the total, and the mean curl. A
    clip gives the means of these numbers over each of ``parts`` parts of its duration, and their
    standard deviations. 8 bins and 4 parts give 50 numbers.

    There are no weights, so ``tools/test.py`` needs no checkpoint.

    Args:
        stride (int): Distance between the two frames of a flow field. Defaults to 2.
        bins (int): Number of directions. Defaults to 8.
        parts (int): Number of parts in time. Defaults to 4.

    Raises:
        ValueError: If a value is below 1; in the forward pass, if a clip has fewer than
            ``parts * stride + 1`` frames, so that a part would have no flow.

    Example:
        >>> HandMadeFlow()(torch.randint(0, 256, (1, 3, 32, 48, 48)).float()).shape
        torch.Size([1, 50, 1, 1, 1])
    """

    def __init__(self, stride: int = 2, bins: int = 8, parts: int = 4):
        for name, value in (('stride', stride), ('bins', bins), ('parts', parts)):
            if value < 1:
                raise ValueError(f'{name}={value} of HandMadeFlow: at least 1')
        super().__init__(stride=stride, bins=bins, parts=parts)
        self.stride, self.bins, self.parts = stride, bins, parts

    def describe(self, frames: np.ndarray) -> np.ndarray:
        """Means over each part of a clip, then the standard deviations over the whole clip."""
        if len(frames) < self.parts * self.stride + 1:
            raise ValueError(
                f'a clip of {len(frames)} frames is too short for HandMadeFlow: {self.parts} parts '
                f'with a flow field every {self.stride} frames need '
                f'{self.parts * self.stride + 1} or more'
            )
        grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames[:: self.stride]]
        rows = np.array([self._statistics(a, b) for a, b in zip(grey, grey[1:])])
        means = [part.mean(axis=0) for part in np.array_split(rows, self.parts)]
        return np.concatenate([*means, rows.std(axis=0)])

    def _statistics(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Statistics of one flow field, shape (bins + 2,)."""
        flow = flow_between(before, after)
        size, angle = cv2.cartToPolar(flow[..., 0], flow[..., 1])
        mass, _ = np.histogram(angle, bins=self.bins, range=(0, 2 * np.pi), weights=size)
        curl = np.gradient(flow[..., 1], axis=1) - np.gradient(flow[..., 0], axis=0)
        # The small constants: without motion, shares are 0, and the feature is not all zero.
        shares = mass / (mass.sum() + 1e-6)
        return np.r_[shares, np.log1p(mass.sum() + 1e-6), 10 * curl.mean()]


@MODELS.register_module()
class HandMadeAppearance(HandMadeBackbone):
    """Appearance of the middle frame, without motion: colours and directions of edges.

    The feature is a colour histogram with ``levels`` levels per channel, and, for each of
    ``cells`` x ``cells`` parts of the frame, the shares of ``bins`` edge directions (0 to 180
    degrees). These are L2-normalised together, as in histograms of oriented gradients. The
    defaults give 64 + 324 numbers.

    Args:
        levels (int): Levels of red, green and blue. Defaults to 4.
        cells (int): Cells along each side. Defaults to 6.
        bins (int): Directions of edges. Defaults to 9.

    Raises:
        ValueError: If a value is below 1.
    """

    def __init__(self, levels: int = 4, cells: int = 6, bins: int = 9):
        for name, value in (('levels', levels), ('cells', cells), ('bins', bins)):
            if value < 1:
                raise ValueError(f'{name}={value} of HandMadeAppearance: at least 1')
        super().__init__(levels=levels, cells=cells, bins=bins)
        self.levels, self.cells, self.bins = levels, cells, bins

    def describe(self, frames: np.ndarray) -> np.ndarray:
        """Colours, then edges of the middle frame."""
        frame = frames[len(frames) // 2]
        levels = frame.reshape(-1, 3).astype(int) * self.levels // 256
        place = (levels[:, 0] * self.levels + levels[:, 1]) * self.levels + levels[:, 2]
        colours = np.bincount(place, minlength=self.levels**3) / len(place)
        rows, columns = np.gradient(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float64))
        size, angle = np.hypot(rows, columns), np.arctan2(rows, columns) % np.pi
        edges = []
        for part in np.array_split(np.arange(len(frame)), self.cells):
            for side in np.array_split(np.arange(frame.shape[1]), self.cells):
                cell = np.ix_(part, side)
                edges.append(
                    np.histogram(angle[cell], bins=self.bins, range=(0, np.pi), weights=size[cell])[
                        0
                    ]
                )
        histogram = np.concatenate(edges)
        return np.r_[colours, histogram / (np.linalg.norm(histogram) + 1e-6)]
