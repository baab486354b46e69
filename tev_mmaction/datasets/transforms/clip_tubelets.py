"""Moving patches that are pasted into clips: the tubelets of Thoker, Doughty and Snoek."""

from typing import Dict, NamedTuple, Sequence, Tuple

import cv2
import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from .clip_geometry import clip_slices

# Points of a path before it is smoothed, and the smoothing, as in the released code.
_POINTS, _SIGMA = 48, 8


class Tubelet(NamedTuple):
    """How a patch moves; positions and sizes are shares of the sides of the frame.

    Args:
        path (np.ndarray): Shape (T, 2), centres (x, y).
        size (np.ndarray): Shape (2,), width and height.
        turn (float): Degrees per frame, counter-clockwise.
    """

    path: np.ndarray
    size: np.ndarray
    turn: float


def draw_tubelet(
    rng: np.random.Generator,
    length: int,
    sizes: Tuple[float, float],
    extents: Tuple[float, float],
    max_turn: float,
) -> Tubelet:
    """A smooth random motion.

    Args:
        rng: Source of randomness.
        length: Frames T.
        sizes: Range of the sides of the patch.
        extents: Range of the extent of the path, which is equal in both directions.
        max_turn: Largest rotation, in degrees per frame.
    """
    places = np.arange(_POINTS)
    weights = np.exp(-((places[:, None] - places[None]) ** 2) / (2 * _SIGMA**2))
    path = weights @ rng.random((_POINTS, 2)) / weights.sum(axis=1, keepdims=True)
    path = (path - path.min(axis=0)) / np.ptp(path, axis=0)
    extent = rng.uniform(*extents)
    path = extent * path + rng.uniform(0, 1 - extent, 2)
    times = np.linspace(0, _POINTS - 1, length).round().astype(int)
    return Tubelet(path[times], rng.uniform(*sizes, 2), rng.uniform(-max_turn, max_turn))


@TRANSFORMS.register_module()
class ClipTubelets(BaseTransform):
    """Pastes moving patches into each clip, whose motion clips of other groups share.

    Thoker, Doughty & Snoek, *Tubelet-Contrastive Self-Supervision for Video-Efficient
    Generalization*, ICCV 2023. A patch follows a smooth random path and rotates. Its motion is that
    of the video with which the video shares its ``partner_seed``, see :func:`partner_seeds`; it
    differs between the clips of a video. What a patch shows, a part of a frame of its own clip in
    inverted colours, within an ellipse or a rectangle, is not shared; in its own colours, it would
    hardly be seen on a background of the same texture. Videos of a group never share the motion,
    so it does not tell which videos have one relative transformation. A batch of one group has no
    shared motion, and :class:`TubeletHead` refuses it.

    Put it behind crop and flip.

    Args:
        num_patches (int): Patches per clip. Defaults to 2.
        sizes (tuple[float, float]): Range of the sides of a patch, in shares of the frame's.
            Defaults to ``(0.14, 0.57)``.
        extents (tuple[float, float]): Range of the extent of a path, in the same unit, within
            (0, 1). Defaults to ``(0.18, 0.8)``.
        max_turn (float): Largest rotation, in degrees per frame. Defaults to 6.

    Required keys: ``imgs``, ``num_clips``, ``clip_len``, ``clip_labels``, ``partner_seed`` of
    :class:`ClipPairDataset`. Modified keys: ``imgs`` (N*T, H, W, 3); ``clip_labels`` gets
    ``tubelets``, an int per clip, which tells its motion.

    Raises:
        ValueError: If an argument is outside its range.
    """

    def __init__(
        self,
        num_patches: int = 2,
        sizes: Tuple[float, float] = (0.14, 0.57),
        extents: Tuple[float, float] = (0.18, 0.8),
        max_turn: float = 6.0,
    ):
        if num_patches < 1:
            raise ValueError(f'num_patches={num_patches}: at least 1')
        for name, (low, high) in dict(sizes=sizes, extents=extents).items():
            if not 0 < low <= high < 1:
                raise ValueError(f'{name}=({low}, {high}): needs 0 < low <= high < 1')
        self.num_patches = num_patches
        self.sizes = sizes
        self.extents = extents
        self.max_turn = max_turn

    def transform(self, results: Dict) -> Dict:
        """Paste the patches."""
        frames = results['imgs'] = np.asarray(results['imgs'])
        shared = np.random.default_rng(results['partner_seed'])
        ids = shared.integers(2**62, size=results['num_clips']).tolist()
        for clip, number in zip(clip_slices(results), ids):
            rng = np.random.default_rng(number)
            for _ in range(self.num_patches):
                length = results['clip_len']
                motion = draw_tubelet(rng, length, self.sizes, self.extents, self.max_turn)
                paste(frames[clip], motion)
        results['clip_labels']['tubelets'] = tuple(ids)
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(num_patches={self.num_patches}, sizes={self.sizes}, '
            f'extents={self.extents}, max_turn={self.max_turn})'
        )


def paste(frames: np.ndarray, tubelet: Tubelet) -> None:
    """Paste a patch of a clip into all its frames; numpy's global generator draws what it shows.

    Args:
        frames: Shape (T, H, W, 3), uint8, changed in place.
        tubelet: Motion of the patch.
    """
    sides = np.array(frames.shape[2:0:-1])
    width, height = np.maximum((tubelet.size * sides).round().astype(int), 1).tolist()
    left, top = (np.random.randint(side - size + 1) for side, size in zip(sides, (width, height)))
    source = frames[np.random.randint(len(frames)), top : top + height, left : left + width]
    patch, mask = 255 - source, _mask((height, width), np.random.random() < 0.5)
    middle = ((width - 1) / 2, (height - 1) / 2)
    for time, (frame, centre) in enumerate(zip(frames, tubelet.path * (sides - 1))):
        turned = cv2.getRotationMatrix2D(middle, tubelet.turn * time, 1)
        turned[:, 2] += centre - middle
        moved, share = (cv2.warpAffine(part, turned, sides.tolist()) for part in (patch, mask))
        frame[:] = (share[..., None] * moved + (1 - share[..., None]) * frame).round()


def _mask(shape: Sequence[int], round_off: bool) -> np.ndarray:
    """An ellipse or a rectangle of ones, float32."""
    if not round_off:
        return np.ones(shape, np.float32)
    y, x = (np.arange(size) - (size - 1) / 2 for size in shape)
    inside = (2 * y[:, None] / shape[0]) ** 2 + (2 * x / shape[1]) ** 2 <= 1
    return inside.astype(np.float32)
