"""Reads where people are in the frames of videos."""

import csv
import math
from typing import Dict, List, Optional, Tuple

import numpy as np

from tev_mmaction.texts import decode, lines_of, read_bytes

_COLUMNS = ('path', 'frame', 'x1', 'y1', 'x2', 'y2', 'score')
_EXAMPLE = f'lines {",".join(_COLUMNS)}, for example a.mp4,0,0.25,0.1,0.5,0.95,0.98'
_NONE = np.zeros((0, 4), np.float32)


class PeopleBoxes:
    """Boxes of people by video and frame.

    Args:
        boxes (dict[str, tuple[numpy.ndarray, numpy.ndarray]]): By path, the frames (M,) in
            ascending order, and the boxes (M, 4) in them.
    """

    def __init__(self, boxes: Dict[str, Tuple[np.ndarray, np.ndarray]]):
        self._boxes = boxes

    def of_frame(self, path: str, frame: int) -> np.ndarray:
        """Boxes (M, 4) of a frame: left, top, right and bottom as shares of width and height."""
        if path not in self._boxes:
            return _NONE
        frames, boxes = self._boxes[path]
        first, last = np.searchsorted(frames, [frame, frame + 1])
        return boxes[first:last]


def read_boxes(
    file: str, threshold: float = 0.0, backend_args: Optional[dict] = None
) -> PeopleBoxes:
    """Read a list of boxes in CSV, with the header ``path,frame,x1,y1,x2,y2,score``.

    There is one line a box: the path as in the list of videos; the frame, from 0; the left, top,
    right and bottom edges as shares of width and height, as in the lists of AVA; the score of the
    detector. A frame without a line has no people. A box takes 24 bytes of memory.

    Args:
        file (str): Path or URI.
        threshold (float): Boxes with a lower score are left out. Defaults to 0.
        backend_args (dict, optional): Arguments of mmengine's file backend. Defaults to None.

    Raises:
        FileNotFoundError: If the file cannot be read.
        ValueError: If it has another header or no line, or a line is no box.
    """
    try:
        content = read_bytes(file, backend_args)
    except Exception as error:  # each backend raises its own errors
        raise FileNotFoundError(
            f'The boxes of people {file!r} cannot be read: give a CSV file of {_EXAMPLE}'
        ) from error
    rows = csv.reader(lines_of(decode(content, file)))
    header = next(rows, [])
    if tuple(header) != _COLUMNS:
        raise ValueError(f'{file!r} begins with {",".join(header)!r}; give {_EXAMPLE}')
    frames: Dict[str, List[int]] = {}
    boxes: Dict[str, List[List[float]]] = {}
    for number, row in enumerate(rows, 2):
        if row:
            path, frame, *box, score = _parsed(row, f'{file!r}, line {number}')
            frames.setdefault(path, [])
            boxes.setdefault(path, [])
            if score >= threshold:
                frames[path].append(frame)
                boxes[path].append(box)
    if not frames:
        raise ValueError(f'{file!r} has no boxes; give {_EXAMPLE}')
    return PeopleBoxes({path: _sorted(frames[path], boxes[path]) for path in frames})


def _sorted(frames: List[int], boxes: List[List[float]]) -> Tuple[np.ndarray, np.ndarray]:
    order = np.argsort(frames, kind='stable')
    return (
        np.array(frames, np.int64)[order],
        np.array(boxes, np.float32).reshape(-1, 4)[order],
    )


def _parsed(row: List[str], place: str) -> list:
    if len(row) != len(_COLUMNS):
        raise ValueError(f'{place}: {len(row)} fields instead of {len(_COLUMNS)}; give {_EXAMPLE}')
    try:
        frame, numbers = int(row[1]), [float(field) for field in row[2:]]
    except ValueError as error:
        raise ValueError(f'{place}: {error}; give {_EXAMPLE}') from None
    x1, y1, x2, y2, score = numbers
    if not (0 <= x1 < x2 <= 1 and 0 <= y1 < y2 <= 1) or frame < 0 or not math.isfinite(score):
        raise ValueError(
            f'{place}: frame {frame} with the box {x1}, {y1}, {x2}, {y2} and the score {score}; '
            'edges are shares of width and height, within [0, 1] and in this order; give '
            f'{_EXAMPLE}'
        )
    return [row[0], frame, *numbers]
