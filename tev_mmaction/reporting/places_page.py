"""A page that shows where in a long video something moves as in a short one."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from ..datasets.readers import VideoError
from ..visualization.thumbnails import part_thumbnails
from .pages import render, save_page, short_name, video_picture

_BUDGET = 13_000_000  # bytes of all pictures; text makes them a third longer
_MOST_BYTES = 200_000
_MOST_POINTS = 1500  # of the curve
_WIDTH, _HEIGHT = 1000, 200  # of the curve, in units of its own
_TICKS = 4


@dataclass(frozen=True)
class SimilarityCurve:
    """The similarity of a query to the windows of a video, and its best places.

    Args:
        video (str): The video.
        num_frames (int): Its length.
        fps (float): Its frames per second; 0 if unknown: then time is counted in frames.
        start_frames (np.ndarray): Shape (N,), the first frames of the windows.
        window_frames (int): Frames of a window.
        similarities (np.ndarray): Shape (N,).
        places (Sequence[tuple[int, int, float]]): First frame, the frame after the last one, and
            similarity of each place, the best one first.
    """

    video: str
    num_frames: int
    fps: float
    start_frames: np.ndarray
    window_frames: int
    similarities: np.ndarray
    places: Sequence[Tuple[int, int, float]]


def clock(frame: int, fps: float) -> str:
    """The time of a frame, such as ``'1:02:03.40'``; its number if fps is unknown.

    Args:
        frame (int): Index of a frame.
        fps (float): Frames per second; 0 if unknown.
    """
    if not fps > 0:
        return f'frame {frame}'
    minutes, hundredths = divmod(round(100 * frame / fps), 6000)
    hours, minutes = divmod(minutes, 60)
    hour = f'{hours}:{minutes:02d}' if hours else f'{minutes}'
    return f'{hour}:{hundredths // 100:02d}.{hundredths % 100:02d}'


def save_places_page(out: os.PathLike, query: str, curve: SimilarityCurve, note: str) -> None:
    """Write one self-contained HTML page below 20 MB: a curve over time, and moving pictures.

    Args:
        out (PathLike): File to write.
        query (str): The query video.
        curve (SimilarityCurve): What was found.
        note (str): How it was found; shown at the end.

    Raises:
        ValueError: If the folder of ``out`` does not exist.
    """
    most = min(_MOST_BYTES, _BUDGET // (len(curve.places) + 1))
    text = render(
        'places.html',
        title=f'Where it moves like {short_name(query)}',
        query=dict(path=query, name=short_name(query), picture=video_picture(query, most)),
        video=dict(path=curve.video, name=short_name(curve.video)),
        curve=_drawn(curve),
        places=_places(curve, most),
        note=note,
    )
    save_page(Path(out), text)


def _places(curve: SimilarityCurve, most: int) -> List[Dict[str, Any]]:
    """Values of the places, the best one first."""
    pictures: Dict[int, Dict[str, str]] = {}
    parts = sorted((start, end) for start, end, _ in curve.places)
    try:
        for (start, _), (moving, still) in zip(parts, part_thumbnails(curve.video, parts, most)):
            alt = f'{short_name(curve.video)} at {clock(start, curve.fps)}, moving'
            pictures[start] = dict(moving=moving, still=still, alt=alt)
    except VideoError as error:  # it is gone by now
        pictures.update({start: dict(gone=error.reason) for start, _ in parts[len(pictures) :]})
    return [
        dict(
            picture=pictures[start],
            start=clock(start, curve.fps),
            end=clock(end, curve.fps),
            similarity=similarity,
            left=_WIDTH * start / curve.num_frames,
            width=_WIDTH * (end - start) / curve.num_frames,
            middle=50 * (start + end) / curve.num_frames,
        )
        for start, end, similarity in curve.places
    ]


def _drawn(curve: SimilarityCurve) -> Dict[str, Any]:
    """Values of the curve: points at the middle of the windows, levels, and the ends of axes."""
    values = curve.similarities
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    high = high if high > low else low + 1

    def level(value: float) -> float:
        return round(_HEIGHT * (high - value) / (high - low), 1)

    # What the horizontal lines are, without labels that would overlap.
    levels = [(100 * level(value) / _HEIGHT, f'{value:.2f}') for value in (high, 0.0, low)]
    levels = [at for n, at in enumerate(levels) if n == 1 or abs(at[0] - levels[1][0]) > 12]

    # the highest of several windows, where there are more than can be seen
    step = -(-len(values) // _MOST_POINTS)
    shown = [at + int(values[at : at + step].argmax()) for at in range(0, len(values), step)]
    middles = curve.start_frames + curve.window_frames / 2
    points = [(_WIDTH * middles[n] / curve.num_frames, level(float(values[n]))) for n in shown]
    median: float = float(np.median(values))
    return dict(
        width=_WIDTH,
        height=_HEIGHT,
        points=' '.join(f'{x:.1f},{y}' for x, y in points),
        zero=level(0.0),
        middle=level(median),
        median=median,
        low=low,
        high=high,
        levels=levels,
        count=len(values),
        ticks=[clock(curve.num_frames * n // _TICKS, curve.fps) for n in range(_TICKS + 1)],
    )
