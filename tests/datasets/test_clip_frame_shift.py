import cv2
import numpy as np
import pytest

from tev_mmaction.datasets.randomness import seeded
from tev_mmaction.datasets.transforms import ClipFrameShift


def test_every_frame_is_cropped_at_a_place_of_its_own():
    picture = np.random.default_rng(0).integers(0, 256, (10, 20, 3), np.uint8)
    frames = np.repeat(picture[None], 40, axis=0)
    with seeded(0):
        shifted = ClipFrameShift(share=0.2)(dict(imgs=frames.copy()))['imgs']
    windows = {
        cv2.resize(picture[top : top + 8, left : left + 16], (20, 10)).tobytes()
        for top in range(3)
        for left in range(5)
    }
    found = {frame.tobytes() for frame in shifted}
    assert found <= windows and len(found) > 10
    assert (ClipFrameShift(share=0.0)(dict(imgs=frames.copy()))['imgs'] == frames).all()


def test_arguments_are_checked():
    with pytest.raises(ValueError, match='share=1'):
        ClipFrameShift(share=1)
    assert repr(ClipFrameShift()) == 'ClipFrameShift(share=0.1)'
