"""A second copy of each clip in which people are masked."""

from typing import Dict, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..people_boxes import read_boxes

_TRIED = 64  # videos of which one should be in the list


@TRANSFORMS.register_module()
class MaskPeople(BaseTransform):
    """Adds a copy of the clip whose people are painted over, for :class:`DebiasedHead`.

    Boxes are filled with the mean colour of their frame, as in the released code of Choi et al.
    (NeurIPS 2019). Put it behind ``VideoDecode``: crops and flips then are those of the clip.

    Args:
        boxes (str): List of boxes, see :func:`read_boxes`; read at once, so that the workers of a
            data loader share it.
        threshold (float): Least score of a box. Defaults to 0.3.
        min_share (float): Least share of frames with a box. A clip with fewer is not masked, and
            has no part in the loss of masked clips. The released code asks this of whole videos.
            Defaults to 0.7.
        backend_args (dict, optional): Arguments of mmengine's file backend. Defaults to None.

    Required keys: ``path`` of :class:`LabelledVideoDataset`, ``imgs`` (list of uint8 (H, W, 3)),
    ``frame_inds`` (flat), ``num_clips`` (1). Modified keys: ``imgs``, with the frames of the copy
    behind those of the clip, and ``num_clips`` (2). Added key: ``people_masked`` (bool); name it in
    ``PackActionInputs(meta_keys=...)``.

    Raises:
        FileNotFoundError, ValueError: If the list cannot be used.
        ValueError: If there are several clips, an argument is outside [0, 1], or the list has none
            of the first 64 videos.
    """

    def __init__(
        self,
        boxes: str,
        threshold: float = 0.3,
        min_share: float = 0.7,
        backend_args: Optional[dict] = None,
    ):
        for name, value in dict(threshold=threshold, min_share=min_share).items():
            if not 0 <= value <= 1:
                raise ValueError(f'{name}={value}: give a number within [0, 1]')
        self.boxes = boxes
        self.threshold = threshold
        self.min_share = min_share
        self.backend_args = backend_args
        self._people = read_boxes(boxes, threshold, backend_args)
        self._untried = _TRIED

    def transform(self, results: Dict) -> Dict:
        """Append the masked copy to ``imgs``."""
        if results['num_clips'] != 1:
            raise ValueError(
                f'MaskPeople gets {results["num_clips"]} clips, and takes one: set '
                'SampleFrames(num_clips=1)'
            )
        if self._untried:
            self._try(results['path'])
        found = [self._people.of_frame(results['path'], i) for i in results['frame_inds']]
        frames = results['imgs']
        masked = np.mean([len(boxes) > 0 for boxes in found]) >= self.min_share
        copies = [
            _painted(frame, boxes) if masked else frame.copy()
            for frame, boxes in zip(frames, found)
        ]
        results['imgs'] = [*frames, *copies]
        results['num_clips'] = 2
        results['people_masked'] = bool(masked)
        return results

    def _try(self, path: str) -> None:
        """Count videos that are not in the list, until one is."""
        self._untried = 0 if path in self._people.paths else self._untried - 1
        if not self._untried and path not in self._people.paths:
            raise ValueError(
                f'The list of boxes {self.boxes!r} has none of {_TRIED} videos, the last of which '
                f'is {path!r}; it has {next(iter(self._people.paths))!r}. Give paths as in the '
                'list of videos'
            )

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(boxes={self.boxes!r}, threshold={self.threshold}, '
            f'min_share={self.min_share})'
        )


def _painted(frame: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """A copy of a frame (H, W, 3) with boxes (M, 4) in its mean colour."""
    height, width = frame.shape[:2]
    color = frame.mean(axis=(0, 1)).round().astype(frame.dtype)
    painted = frame.copy()
    # Rounding first: 0.3 of 20 columns, in float32, is a little more than 6.
    scaled = np.round(boxes * np.array([width, height, width, height]), 3)
    edges = np.concatenate([np.floor(scaled[:, :2]), np.ceil(scaled[:, 2:])], axis=1).astype(int)
    for left, top, right, bottom in edges:
        painted[top:bottom, left:right] = color
    return painted
