"""Dense optical flow by OpenCV."""

import cv2
import numpy as np


def flow_between(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Dense flow by Farneback's method minus its median, which removes motion of the camera.

    Args:
        before (np.ndarray): Grey frame (H, W), uint8.
        after (np.ndarray): The same size.

    Returns:
        np.ndarray: Shape (H, W, 2), float32, in pixels, x to the right and y down.
    """
    flow = cv2.calcOpticalFlowFarneback(
        before, after, None, pyr_scale=0.5, levels=3, winsize=9, iterations=3, poly_n=5,
        poly_sigma=1.1, flags=0)  # fmt: skip
    return flow - np.median(flow.reshape(-1, 2), axis=0)


def flow_of_clip(frames: np.ndarray) -> np.ndarray:
    """Flow from every frame of a clip to the next one, see :func:`flow_between`.

    Args:
        frames (np.ndarray): Shape (T, H, W, 3), RGB, uint8.

    Returns:
        np.ndarray: Shape (T - 1, H, W, 2), float32, in pixels.
    """
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    return np.stack([flow_between(before, after) for before, after in zip(grey, grey[1:])])


def flow_pictures(frames: np.ndarray, bound: float) -> np.ndarray:
    """The flow of a clip as pictures, for a network that takes frames.

    Args:
        frames (np.ndarray): Shape (T, H, W, 3), RGB, uint8; T ≥ 2.
        bound (float): Flow at which a picture is darkest or brightest, in widths W.

    Returns:
        np.ndarray: Shape (T, H, W, 3), uint8: flow to the right and flow down, 128 for none, and
        128. The last picture is that before it, as there is no next frame.
    """
    flow = flow_of_clip(frames) / (bound * frames.shape[2])
    pictures = np.full(frames.shape, 128, np.uint8)
    pictures[:-1, ..., :2] = np.rint(128 + 127 * flow.clip(-1, 1))
    pictures[-1] = pictures[-2]
    return pictures
