"""A video as a small animated picture that every browser plays: WebP, as PIL writes it."""

import base64
import io
import math
from itertools import islice
from typing import Iterator, List, Sequence, Tuple

import numpy as np
from PIL import Image

from ..datasets.readers import VideoReader, open_video

_FPS, _SECONDS = 8, 4  # of the picture
# Longer side in pixels, quality and share of the frames; the first small enough one is used.
_STEPS = ((192, 60, 1), (160, 45, 1), (128, 35, 1), (96, 30, 2), (64, 20, 4), (48, 5, 8))


def thumbnails(filename: str, max_bytes: int = 200_000) -> Tuple[str, str]:
    """Four seconds from the middle of a video, at its original speed; and a still picture.

    Args:
        filename (str): The video.
        max_bytes (int): Maximum size of both pictures together before they are encoded as
            text, which makes them a third longer. Defaults to 200,000.

    Returns:
        tuple[str, str]: ``data:`` URIs, for ``<img src=...>``, for an animated WebP and for a
        WebP of its first frame.

    Raises:
        VideoError: If the video is missing or broken.
    """
    reader = open_video(filename)
    numbers, seconds = _middle(reader, 0, len(reader))
    return _pictures(list(reader.frames(numbers)), seconds, max_bytes)


def part_thumbnails(
    filename: str, parts: Sequence[Tuple[int, int]], max_bytes: int = 200_000
) -> Iterator[Tuple[str, str]]:
    """As :func:`thumbnails`, for parts of a video, which may be long: it is opened once.

    Args:
        filename (str): The video.
        parts (Sequence[tuple[int, int]]): First frame of each part, and the frame after its last
            one; ascending, without overlaps.
        max_bytes (int): Maximum size of the two pictures of a part. Defaults to 200,000.

    Yields:
        tuple[str, str]: As :func:`thumbnails` returns it, for each part.

    Raises:
        VideoError: If the video is missing or broken.
    """
    reader = open_video(filename)
    shown = [_middle(reader, *part) for part in parts]
    frames = reader.frames(np.concatenate([numbers for numbers, _ in shown]))
    for numbers, seconds in shown:
        yield _pictures(list(islice(frames, len(numbers))), seconds, max_bytes)


def _pictures(frames: List[np.ndarray], seconds: float, max_bytes: int) -> Tuple[str, str]:
    for side, quality, stride in _STEPS:
        moving = _encode(frames[::stride], side, quality, seconds * stride)
        still = _encode(frames[:1], side, quality, seconds)
        if len(moving) + len(still) <= max_bytes:
            break
    return _uri(moving), _uri(still)


def middle_frame(filename: str) -> np.ndarray:
    """The frame in the middle of a video, as it is.

    Args:
        filename: The video.

    Returns:
        np.ndarray: Shape (H, W, 3), uint8, RGB.

    Raises:
        VideoError: If the video is missing or broken.
    """
    reader = open_video(filename)
    return next(iter(reader.frames(np.array([len(reader) // 2]))))


def _uri(content: bytes) -> str:
    return 'data:image/webp;base64,' + base64.b64encode(content).decode()


def _middle(reader: VideoReader, first: int, end: int) -> Tuple[np.ndarray, float]:
    """Frames to show from the middle of a part of a video, and the seconds between them."""
    fps = reader.fps or 25.0
    step = max(1, round(fps / _FPS))
    number = max(1, min(_FPS * _SECONDS, math.ceil((end - first) / step)))
    start = first + max(0, (end - first - number * step) // 2)
    return start + step * np.arange(number), step / fps


def _encode(frames: List[np.ndarray], side: int, quality: int, seconds: float) -> bytes:
    height, width = frames[0].shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    pictures = [Image.fromarray(frame).resize(size, Image.Resampling.BOX) for frame in frames]
    out = io.BytesIO()
    pictures[0].save(
        out,
        'WEBP',
        save_all=True,
        append_images=pictures[1:],
        duration=max(20, round(1000 * seconds)),
        loop=0,
        quality=quality,
        method=2,
    )
    return out.getvalue()
