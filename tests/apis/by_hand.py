"""Features of a video without any pipeline: frames of PyAV, slices of numpy, the bare backbone."""

import av
import cv2
import numpy as np
import torch

MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


def frames_of(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)]


def starts(num_frames, clip_len, interval, num_clips):
    """First frames of clips that are spread from the first frame to the last."""
    room = max(0, num_frames - ((clip_len - 1) * interval + 1))
    if num_clips == 1:
        return [room // 2]
    return [int(np.round(i * room / (num_clips - 1))) for i in range(num_clips)]


def resized(frame, size):
    """The shorter side to a size."""
    height, width = frame.shape[:2]
    scale = size / min(height, width)
    return cv2.resize(frame, (int(width * scale + 0.5), int(height * scale + 0.5)))


def crops(frame, size, kind):
    height, width = frame.shape[:2]
    if kind == 'center':
        corners = [((height - size) // 2, (width - size) // 2)]
    else:
        y, x = (height - size) // 2, (width - size) // 2
        corners = [(0, 0), (y, x), (2 * y, 2 * x)]
    return [frame[y : y + size, x : x + size] for y, x in corners]


def views_of(path, clip_len, interval, num_clips, size, kind):
    """Normalised views (V, C, T, H, W), float32."""
    frames, views = frames_of(path), []
    for start in starts(len(frames), clip_len, interval, num_clips):
        numbers = (start + interval * np.arange(clip_len)) % len(frames)
        cropped = [crops(resized(frames[n], size), size, kind) for n in numbers]
        views += [np.stack(view) for view in zip(*cropped)]
    views = (np.stack(views).astype(np.float32) - MEAN) / STD
    return torch.from_numpy(views).float().permute(0, 4, 1, 2, 3)


@torch.no_grad()
def feature_of(backbone, views):
    """Mean over views and positions (D,), of a backbone of clips."""
    return backbone(views).mean(dim=(2, 3, 4)).mean(dim=0).numpy()
