"""Against torchvision's definitions, written out in float64 pixel by pixel, and torchvision."""

import colorsys
from itertools import permutations

import numpy as np
import pytest

from tev_mmaction.datasets.transforms.color_operations import (
    apply_color_map,
    apply_operations,
    color_map,
)

LUMA = (0.2989, 0.587, 0.114)  # torchvision's
STRONG = dict(brightness=1.35, contrast=1.4, saturation=1.3, hue=-0.23)
WEAK = dict(brightness=0.62, contrast=0.7, saturation=0.65, hue=0.31)
ORDERS = [
    [(name, amounts[name]) for name in order]
    for amounts in (STRONG, WEAK)
    for order in list(permutations(STRONG))[::5]
]


@pytest.fixture
def frames():
    frames = np.random.default_rng(0).integers(0, 256, (3, 8, 10, 3), dtype=np.uint8)
    frames[1] //= 3  # frames of different brightness
    frames[2, :2] = 0
    frames[2, 2:4] = frames[2, 2:4, :, :1]  # greys, whose hue is undefined
    return frames


def in_torchvision(frames, operations):
    """Values in [0, 255], float64, unrounded."""
    frames = frames / 255
    for name, amount in operations:
        out = np.empty_like(frames)
        for t, frame in enumerate(frames):
            mean = np.mean([np.dot(LUMA, pixel) for row in frame for pixel in row])
            for y, row in enumerate(frame):
                for x, pixel in enumerate(row):
                    if name == 'hue':
                        h, s, v = colorsys.rgb_to_hsv(*pixel)
                        out[t, y, x] = colorsys.hsv_to_rgb((h + amount) % 1, s, v)
                        continue
                    other = dict(brightness=0, contrast=mean, saturation=np.dot(LUMA, pixel))
                    out[t, y, x] = amount * pixel + (1 - amount) * other[name]
        frames = out.clip(0, 1)
    return 255 * frames


def names(operations):
    return '-'.join(name[0] for name, _ in operations)


@pytest.mark.parametrize('operations', ORDERS, ids=names)
def test_the_sequence_is_that_of_torchvision(frames, operations):
    given = frames.copy()
    out = apply_operations(frames, operations)
    assert out.dtype == np.uint8 and np.array_equal(frames, given)
    assert np.abs(out - in_torchvision(frames, operations)).max() < 0.51  # one rounding


@pytest.mark.parametrize('operations', ORDERS, ids=names)
def test_torchvision_itself(frames, operations):
    functional = pytest.importorskip('torchvision.transforms.functional')
    import torch

    expected = torch.from_numpy(frames).permute(0, 3, 1, 2).double() / 255
    for name, amount in operations:
        expected = getattr(functional, f'adjust_{name}')(expected, amount)
    expected = 255 * expected.permute(0, 2, 3, 1).numpy()
    assert np.abs(apply_operations(frames, operations) - expected).max() < 0.51
    assert np.abs(in_torchvision(frames, operations) - expected).max() < 0.01


def test_grey_is_a_saturation_of_nothing(frames):
    out = apply_operations(frames, [('saturation', 0.0)]).astype(int)
    assert (out == out[..., :1]).all()
    assert np.abs(out[..., 0] - frames @ np.array(LUMA)).max() < 0.51


@pytest.mark.parametrize('operations', ORDERS, ids=names)
def test_the_map_is_the_product_of_the_operations(frames, operations):
    """Step by step on the pixels, unclipped; contrast turns about the mean of the whole clip."""
    pixels = frames.reshape(-1, 3).astype(float)
    third = np.exp(2j * np.pi * np.arange(3) / 3)  # where the channels are on the colour circle
    for name, amount in operations:
        grey = pixels @ [0.299, 0.587, 0.114]
        if name == 'hue':
            chroma = pixels @ third * np.exp(2j * np.pi * amount)
            turned = 2 / 3 * (chroma[:, None] * third.conj()).real
            pixels = pixels.mean(axis=1, keepdims=True) + turned
        else:
            other = dict(brightness=0, contrast=grey.mean(), saturation=grey[:, None])[name]
            pixels = amount * pixels + (1 - amount) * other
    linear, of_mean = np.split(color_map(operations), 2, axis=1)
    given = frames.reshape(-1, 3).astype(float)
    assert np.abs(given @ linear.T + given.mean(0) @ of_mean.T - pixels).max() < 1e-9
    out = apply_color_map(frames, color_map(operations))
    # OpenCV rounds once, from fixed-point numbers.
    assert np.abs(out.reshape(-1, 3) - pixels.clip(0, 255)).max() < 0.75


@pytest.mark.parametrize('thirds', [-1, 1, 2, 3])
def test_a_third_of_a_turn_is_exactly_that_of_torchvision(frames, thirds):
    operations = [('hue', thirds / 3)]
    expected = np.roll(frames, thirds, axis=-1)
    assert np.array_equal(apply_operations(frames, operations), expected)
    assert np.array_equal(apply_color_map(frames, color_map(operations)), expected)


def test_no_operation_is_the_identity(frames):
    assert np.array_equal(color_map([]), np.eye(3, 6))
    assert np.array_equal(apply_color_map(frames, color_map([])), frames)
    assert np.array_equal(apply_operations(frames, []), frames)
