"""Reads where people are in the frames of videos."""

import csv
import math
from array import array
from typing import Dict, List, Optional

import numpy as np

from tev_mmaction.texts import decode, read_bytes, table_rows

_COLUMNS = ('path', 'frame', 'x1', 'y1', 'x2', 'y2', 'score')
_EXAMPLE = f'lines {",".join(_COLUMNS)}, for example a.mp4,0,0.25,0.1,0.5,0.95,0.98'


class PeopleBoxes:
    """Boxes of people by video and frame.

    Args:
        paths (dict[str, int]): Numbers of the videos, from 0, by path.
        videos (np.ndarray): Shape (M,), the number of each box's video.
        frames (np.ndarray): Shape (M,), its frame.
        boxes (np.ndarray): Shape (M, 4).
    """

    def __init__(
        self, paths: Dict[str, int], videos: np.ndarray, frames: np.ndarray, boxes: np.ndarray
    ):
        order = np.lexsort((frames, videos))
        self.paths = paths
        self._starts = np.searchsorted(videos[order], np.arange(len(paths) + 1))
        self._frames, self._boxes = frames[order], boxes[order]

    def of_frame(self, path: str, frame: int) -> np.ndarray:
        """Boxes (M, 4) of a frame: left, top, right and bottom as shares of width and height."""
        start, end = 0, 0
        if path in self.paths:
            start, end = self._starts[self.paths[path] :][:2]
        first, last = start + np.searchsorted(self._frames[start:end], [frame, frame + 1])
        return self._boxes[first:last]


def read_boxes(
    file: str, threshold: float = 0.0, backend_args: Optional[dict] = None
) -> PeopleBoxes:
    """Read a list of boxes in CSV, with the header ``path,frame,x1,y1,x2,y2,score``.

    There is one line a box: the path as in the list of videos; the frame, from 0; the left, top,
    right and bottom edges as shares of width and height, as in the lists of AVA; the score of the
    detector. A frame without a line has no people. A box takes 20 bytes of memory; while the list
    is read, twice its line and about 30 bytes more.

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
    rows = table_rows(decode(content, file))
    paths: Dict[str, int] = {}
    videos, frames, edges = array('i'), array('i'), array('f')  # lists are twenty times as large
    try:
        header = next(rows, [])
        if tuple(header) != _COLUMNS:
            raise ValueError(f'{file!r} begins with {",".join(header)!r}; give {_EXAMPLE}')
        for number, row in enumerate(rows, 2):
            if row:
                path, frame, *box, score = _parsed(row, f'{file!r}, line {number}')
                video = paths.setdefault(path, len(paths))
                if score >= threshold:
                    videos.append(video)
                    frames.append(frame)
                    edges.extend(box)
    except csv.Error as error:
        raise ValueError(f'{file!r} is no table ({error}); give {_EXAMPLE}') from None
    if not paths:
        raise ValueError(f'{file!r} has no boxes; give {_EXAMPLE}')
    boxes = np.array(edges, np.float32).reshape(-1, 4)
    return PeopleBoxes(paths, np.array(videos), np.array(frames), boxes)


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
