"""Cells of a grid over the frame: one for each clip, or shuffled within clips."""

from itertools import permutations
from typing import Dict, List, Sequence, Tuple

import numpy as np
from mmaction.datasets.transforms import RandomResizedCrop
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from .clip_geometry import ClipRandomResizedCrop, clip_slices

SIDE = 2  # cells of a row and of a column
ORDERS = list(permutations(range(SIDE * SIDE)))


@TRANSFORMS.register_module()
class ClipGridCrop(ClipRandomResizedCrop):
    """Crops one area for all clips of a video, and from it a cell of a 2×2 grid for each clip.

    The label ``cells`` of the sampler, see :class:`CubicPuzzleSampler`, says which cell a clip
    shows: 0 … 3, row by row, or 4 for the whole area. The crop of a clip is smaller than its cell
    and lies anywhere within, so that edges that continue in the next cell do not give the place
    away.

    Args:
        size (int | tuple[int, int]): Output size, or (width, height).
        area_range (tuple[float, float]): Share of the frame's area that the grid covers. Defaults
            to ``(0.3, 1.0)``.
        aspect_ratio_range (tuple[float, float]): Width over height of the grid. Defaults to
            ``(3/4, 4/3)``.
        jitter (float): Share of the sides of a cell that its crop leaves out, within [0, 1).
            Defaults to 0.2.

    Required keys: ``imgs``, ``num_clips``, ``clip_len``, ``clip_labels``. Modified keys: ``imgs``
    (N*T, h, w, 3), ``img_shape``.

    Raises:
        ValueError: If an argument is outside its range.
        KeyError: If the sampler draws no cells.
    """

    def __init__(
        self,
        size: int,
        area_range: Tuple[float, float] = (0.3, 1.0),
        aspect_ratio_range: Tuple[float, float] = (3 / 4, 4 / 3),
        jitter: float = 0.2,
    ):
        super().__init__(size, area_range, aspect_ratio_range)
        if not 0 <= jitter < 1:
            raise ValueError(f'jitter={jitter}: give a share within [0, 1)')
        self.jitter = jitter

    def _draw(self, results: Dict, shapes: Sequence[Tuple[int, int]]) -> List[np.ndarray]:
        """A box (left, top, right, bottom) per clip, in pixels."""
        if 'cells' not in results['clip_labels']:
            raise KeyError(
                'ClipGridCrop needs the label cells: set '
                'train_dataloader.dataset.clip_sampler.type to CubicPuzzleSampler'
            )
        grid = np.array(
            RandomResizedCrop.get_crop_bbox(shapes[0], self.area_range, self.aspect_ratio_range)
        )
        sides = (grid[2:] - grid[:2]) / SIDE
        boxes = []
        for cell in results['clip_labels']['cells']:
            whole = cell == SIDE * SIDE
            extent = SIDE if whole else 1
            corner = np.zeros(2) if whole else np.array([cell % SIDE, cell // SIDE])
            corner = corner + extent * self.jitter * np.random.random(2)
            first = np.floor(grid[:2] + corner * sides).astype(int)
            last = np.floor(grid[:2] + (corner + extent * (1 - self.jitter)) * sides).astype(int)
            boxes.append(np.concatenate([first, np.maximum(last, first + 1)]))
        return boxes

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(size={(self.width, self.height)}, '
            f'area_range={self.area_range}, aspect_ratio_range={self.aspect_ratio_range}, '
            f'jitter={self.jitter})'
        )


@TRANSFORMS.register_module()
class ClipTiles(BaseTransform):
    """Permutes the 2×2 tiles of the frames of each clip.

    The label ``tiles`` of the sampler, see :class:`ClozeSampler`, is a number 0 … 23 for each clip:
    that of an order in ``list(itertools.permutations(range(4)))``. Place i of the frame, row by
    row, gets tile ``order[i]``; 0 changes nothing. The tiles are of the largest even size: a last
    odd row or column stays.

    Required keys: ``imgs``, ``num_clips``, ``clip_len``, ``clip_labels``. Modified keys: ``imgs``
    (N*T, H, W, 3).

    Raises:
        KeyError: If the sampler draws no tiles.
    """

    def transform(self, results: Dict) -> Dict:
        """Permute the tiles."""
        labels = results['clip_labels']
        if 'tiles' not in labels:
            raise KeyError(
                'ClipTiles needs the label tiles: set train_dataloader.dataset.clip_sampler.type '
                'to ClozeSampler'
            )
        frames = results['imgs'] = np.asarray(results['imgs'])
        height, width = (edge // SIDE for edge in frames.shape[1:3])
        for clip, number in zip(clip_slices(results), labels['tiles']):
            if not number:
                continue
            before = frames[clip].copy()
            for place, tile in enumerate(ORDERS[number]):
                (down, right), (up, left) = divmod(place, SIDE), divmod(tile, SIDE)
                frames[
                    clip,
                    down * height : (down + 1) * height,
                    right * width : (right + 1) * width,
                ] = before[:, up * height : (up + 1) * height, left * width : (left + 1) * width]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
