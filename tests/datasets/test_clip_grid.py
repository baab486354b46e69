"""Cells and tiles, against loops over pixels."""

from itertools import permutations

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from tev_mmaction.datasets.randomness import seeded

HEIGHT, WIDTH = 40, 60


def build(kind, **arguments):
    return TRANSFORMS.build(dict(type=kind, **arguments))


def places(num_clips):
    """Frames whose red and green are the row and the column."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    frame = np.stack([4 * y, 4 * x, 0 * x], axis=-1).astype(np.uint8)
    return [frame.copy() for _ in range(num_clips * 2)]


def crop(cells, seed, **arguments):
    results = dict(imgs=places(len(cells)), num_clips=len(cells), clip_len=2)
    results['clip_labels'] = dict(cells=cells)
    with seeded(seed):
        return build('ClipGridCrop', size=16, **arguments)(results)['imgs'] / 4


@pytest.mark.parametrize('jitter', [0.0, 0.25])
def test_clips_show_their_cells_of_one_area(jitter):
    for seed in range(20):
        shown = crop((2, 0, 3, 1), seed, area_range=(0.4, 1.0), jitter=jitter)
        assert (shown[::2] == shown[1::2]).all()  # one crop for the frames of a clip
        lows, highs = shown[::2].min(axis=(1, 2))[:, :2], shown[::2].max(axis=(1, 2))[:, :2]
        for clip, cell in enumerate((2, 0, 3, 1)):
            for other, next_to in enumerate((2, 0, 3, 1)):
                (row, column), (row_2, column_2) = divmod(cell, 2), divmod(next_to, 2)
                if row < row_2:
                    assert highs[clip][0] <= lows[other][0] + 1
                if column < column_2:
                    assert highs[clip][1] <= lows[other][1] + 1
        sides = highs - lows
        assert (sides.max(axis=0) - sides.min(axis=0) <= 2).all()  # all cells have one size
        if not jitter:  # and leave nothing out
            assert lows[0][0] - highs[1][0] <= 3 and lows[3][1] - highs[1][1] <= 3


def test_cell_four_is_the_whole_area():
    whole = crop((4,), 0, area_range=(1, 1), jitter=0.0, aspect_ratio_range=(1.5, 1.5))[0]
    assert whole[..., 0].min() <= 2 and whole[..., 0].max() >= HEIGHT - 3
    assert whole[..., 1].min() <= 3 and whole[..., 1].max() >= WIDTH - 4


def test_crops_differ_in_their_place_within_the_cell():
    shown = {
        tuple(crop((0,), seed, area_range=(1, 1), aspect_ratio_range=(1, 1))[0, 0, 0, :2])
        for seed in range(12)
    }
    assert len(shown) > 6


@pytest.mark.parametrize('height, width', [(6, 4), (7, 5)])
def test_tiles_are_permuted(height, width):
    frames = np.random.default_rng(0).integers(0, 256, (6, height, width, 3), np.uint8)
    results = dict(imgs=frames.copy(), num_clips=3, clip_len=2, clip_labels=dict(tiles=(0, 9, 23)))
    after = build('ClipTiles')(results)['imgs']
    h, w = height // 2, width // 2
    for index, frame in enumerate(after):
        order = list(permutations(range(4)))[(0, 9, 23)[index // 2]]
        for y in range(height):
            for x in range(width):
                row, column = y, x
                if y < 2 * h and x < 2 * w:
                    tile = order[2 * (y // h) + x // w]
                    row, column = h * (tile // 2) + y % h, w * (tile % 2) + x % w
                assert (frame[y, x] == frames[index, row, column]).all()


def test_missing_labels_name_the_sampler():
    results = dict(imgs=places(1), num_clips=1, clip_len=2, clip_labels={})
    with pytest.raises(KeyError, match='cells.*CubicPuzzleSampler'):
        build('ClipGridCrop', size=16)(results)
    with pytest.raises(KeyError, match='tiles.*ClozeSampler'):
        build('ClipTiles')(results)
    with pytest.raises(ValueError, match='jitter=1'):
        build('ClipGridCrop', size=16, jitter=1)
