import cv2
import numpy as np

from tev_mmaction.motion import flow_between, flow_of_clip, flow_pictures

SIDE = 32


def sliding():
    """A texture that moves by (2, -1) pixels a frame within a still one."""
    rng = np.random.default_rng(0)
    still, moving = (
        cv2.resize(rng.integers(0, 256, (12, 12, 3), np.uint8), (2 * SIDE, 2 * SIDE)) for _ in 'ab'
    )
    clip = np.stack([still[:SIDE, :SIDE].copy() for _ in range(4)])
    for time, frame in enumerate(clip):
        frame[8:24, 8:24] = moving[20 + time : 36 + time, 20 - 2 * time : 36 - 2 * time]
    return clip


def test_flow_of_a_clip_is_between_its_neighbours():
    clip = sliding()
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in clip]
    flow = flow_of_clip(clip)
    assert flow.shape == (3, SIDE, SIDE, 2) and flow.dtype == np.float32
    for time in range(3):
        assert (flow[time] == flow_between(grey[time], grey[time + 1])).all()
    np.testing.assert_allclose(flow[:, 12:20, 12:20].mean(axis=(0, 1, 2)), (2, -1), atol=0.7)


def test_pictures_show_the_flow_and_repeat_the_last_one():
    clip, bound = sliding(), 0.1  # 3.2 pixels
    pictures = flow_pictures(clip, bound)
    assert pictures.shape == clip.shape and pictures.dtype == np.uint8
    assert (pictures[-1] == pictures[-2]).all() and (pictures[..., 2] == 128).all()
    for time, flow in enumerate(flow_of_clip(clip)):
        for y in range(0, SIDE, 3):
            for x in range(0, SIDE, 3):
                for axis in range(2):
                    share = min(max(flow[y, x, axis] / 3.2, -1), 1)
                    assert abs(pictures[time, y, x, axis] - (128 + 127 * share)) <= 0.51
