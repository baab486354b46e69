"""Pasted patches: their motion, and with whom it is shared."""

import math

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from helpers import build_dataset, dataset_cfg, metainfos
from tev_mmaction.datasets.randomness import seeded
from tev_mmaction.datasets.transforms.clip_tubelets import Tubelet, draw_tubelet, paste

RANGES = ((0.2, 0.4), (0.3, 0.6), 6.0)
SIDE = 40


def test_paths_are_smooth_and_stay_within_the_frame():
    for seed in range(20):
        path, size, turn = draw_tubelet(np.random.default_rng(seed), 16, *RANGES)
        assert path.shape == (16, 2) and path.min() >= 0 and path.max() <= 1
        assert 0.3 <= np.ptp(path, axis=0).max() <= 0.6 + 1e-9
        assert (size >= 0.2).all() and (size <= 0.4).all() and abs(turn) <= 6
        steps = np.diff(path, axis=0)
        assert np.abs(np.diff(steps, axis=0)).max() < 0.15


@pytest.fixture
def rectangles(monkeypatch):
    """Numpy draws no ellipse."""
    monkeypatch.setattr(np.random, 'random', lambda: 0.9)


def test_a_patch_is_where_its_path_says_and_shows_an_inverted_part_of_the_clip(rectangles):
    """Against every pixel, without rotation: a rectangle of one frame at the rounded place."""
    frames = np.random.default_rng(0).integers(0, 256, (4, SIDE, SIDE, 3), np.uint8)
    centres = np.array([(10.5, 12.5), (13.5, 12.5), (20.5, 8.5), (30.5, 30.5)])
    tubelet = Tubelet(centres / (SIDE - 1), np.array([8, 6]) / SIDE, 0.0)
    after = frames.copy()
    with seeded(1):
        paste(after, tubelet)
    patches = []
    for before, now, (x, y) in zip(frames, after, centres):
        left, top = int(x - 3.5), int(y - 2.5)
        inside = np.zeros((SIDE, SIDE), bool)
        inside[top : top + 6, left : left + 8] = True
        assert (now[~inside] == before[~inside]).all()
        patches.append(now[top : top + 6, left : left + 8])
    assert all((patch == patches[0]).all() for patch in patches)
    windows = np.lib.stride_tricks.sliding_window_view(frames, (6, 8), axis=(1, 2))
    assert (255 - windows == patches[0].transpose(2, 0, 1)).all(axis=(3, 4, 5)).any()


def test_patches_rotate(rectangles):
    """A patch that is dark on its right side: the direction of its darkness turns."""
    frames = np.zeros((5, SIDE, SIDE, 3), np.uint8)
    frames[:, :, SIDE // 2 :] = 255
    tubelet = Tubelet(np.full((5, 2), 0.5), np.array([0.999, 0.999]), 20.0)
    with seeded(1):
        paste(frames, tubelet)
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    for time, frame in enumerate(frames[..., 0].astype(float)):
        disc = (255 - frame) * (np.hypot(x, y) < 15)
        angle = math.degrees(math.atan2(-(disc * y).sum(), (disc * x).sum()))
        assert angle == pytest.approx(20 * time, abs=6)


def test_videos_of_different_groups_share_the_motion(clips):
    steps = dataset_cfg('')['pipeline']
    at = [step['type'] for step in steps].index('ClipColorJitter')
    steps[at] = dict(type='ClipTubelets')
    infos = metainfos(build_dataset(clips, pipeline=steps).__getitems__(list(range(8))))
    tubelets = [info['tubelets'] for info in infos]
    assert all(p != q for p, q in tubelets)
    relations = [info['relative_id'] for info in infos]
    for video in range(8):
        sharing = [other for other in range(8) if tubelets[other] == tubelets[video]]
        assert len(sharing) == 2
        assert sharing[0] // 2 != sharing[1] // 2  # not of one group
        group = video // 2 * 2
        assert relations[group] == relations[group + 1]


def test_arguments_are_checked():
    for wrong in (dict(num_patches=0), dict(sizes=(0, 0.5)), dict(extents=(0.5, 1.0))):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            TRANSFORMS.build(dict(type='ClipTubelets', **wrong))
    assert 'num_patches=2' in repr(TRANSFORMS.build(dict(type='ClipTubelets')))
