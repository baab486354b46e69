"""Clips as strips of frames on a page, with captions."""

from typing import Any, Dict, List, Sequence

import numpy as np
from PIL import Image

from ..visualization.clip_strips import clip_pictures, describe_clips
from .pages import picture_uri, short_name

_MOST_HEIGHT = 96  # of a frame, in pixels


def clip_rows(samples: Sequence[dict], group_size: int) -> List[Dict[str, Any]]:
    """The videos of a batch: ``group``, ``name``, and of every clip ``caption`` and ``strip``.

    Args:
        samples (Sequence[dict]): As of :func:`clip_pictures`.
        group_size (int): Videos per group.
    """
    rows = []
    for number, (sample, clips) in enumerate(zip(samples, clip_pictures(samples))):
        metainfo = sample['data_samples'].metainfo
        rows.append(
            dict(
                group=number // group_size + 1,
                name=short_name(metainfo['filename']),
                clips=[
                    dict(caption=caption.replace('\n', ', '), strip=_strip(clip))
                    for clip, caption in zip(clips, describe_clips(metainfo))
                ],
            )
        )
    return rows


def _strip(frames: np.ndarray) -> str:
    """Frames (T, H, W, 3) side by side, as a ``data:`` URI."""
    height, width = frames.shape[1:3]
    scale = min(1.0, _MOST_HEIGHT / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    gap = max(1, size[0] // 24)
    strip = np.zeros((size[1], len(frames) * (size[0] + gap) - gap, 4), np.uint8)
    for number, frame in enumerate(frames):
        shown = Image.fromarray(frame).resize(size, Image.Resampling.BOX)
        start = number * (size[0] + gap)
        strip[:, start : start + size[0], :3] = np.asarray(shown)
        strip[:, start : start + size[0], 3] = 255  # what is between frames is transparent
    return picture_uri(strip, 'WEBP')
