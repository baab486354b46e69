"""Optical flow between two pictures, less that of the camera."""

import cv2
import numpy as np


def flow_between(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Dense flow by Farneback's method, less its median over the picture, which is the camera.

    Args:
        before (np.ndarray): Grey picture (H, W), uint8.
        after (np.ndarray): The same size.

    Returns:
        np.ndarray: Shape (H, W, 2), float32, in pixels, x to the right and y down.
    """
    flow = cv2.calcOpticalFlowFarneback(
        before, after, None, pyr_scale=0.5, levels=3, winsize=9, iterations=3, poly_n=5,
        poly_sigma=1.1, flags=0)  # fmt: skip
    return flow - np.median(flow.reshape(-1, 2), axis=0)
