"""The statistics of STS, against loops over pixels."""

import math

import cv2
import numpy as np
import pytest

from tev_mmaction.motion import (
    appearance_statistics,
    clip_statistics,
    flow_of_clip,
    motion_statistics,
)

SIDE = 16


def block_of(pattern, y, x):
    """Number of the block of a pixel, from 1, by the geometry of the frame."""
    if pattern == 0:
        return y // (SIDE // 4) * 4 + x // (SIDE // 4) + 1
    up, left = y < SIDE // 2, x < SIDE // 2
    from_edge = min(y, x, SIDE - 1 - y, SIDE - 1 - x)
    if pattern == 1:
        return 4 - from_edge // (SIDE // 8)
    beside = min(x, SIDE - 1 - x) <= min(y, SIDE - 1 - y)  # at the left or right border
    if up:
        return (1 if beside else 2) if left else (4 if beside else 3)
    return (5 if beside else 6) if left else (8 if beside else 7)


def pixels_of(pattern, block):
    return [(y, x) for y in range(SIDE) for x in range(SIDE) if block_of(pattern, y, x) == block]


def slope(values, at):
    """Central differences, one-sided at the border."""
    first, last = max(at - 1, 0), min(at + 1, len(values) - 1)
    return (values[last] - values[first]) / (last - first)


def gradient(field, y, x):
    return slope(field[y], x), slope(field[:, x], y)


def loop_motion(flow):
    labels = []
    fields = flow.astype(np.float64)
    for pattern, count in enumerate((16, 4, 8)):
        for component in range(2):
            means, bins = [], []
            for block in range(1, count + 1):
                place, sizes, mass = pixels_of(pattern, block), [], [0.0] * 8
                for y, x in place:
                    each = [gradient(field[..., component], y, x) for field in fields]
                    dx, dy = (sum(parts) for parts in zip(*each))
                    sizes.append(math.hypot(dx, dy))
                    turn = math.atan2(dy, dx) / (2 * math.pi) % 1 * 8
                    low = int(turn)
                    mass[low % 8] += sizes[-1] * (1 - turn + low)
                    mass[(low + 1) % 8] += sizes[-1] * (turn - low)
                means.append(sum(sizes) / len(place))
                bins.append(mass.index(max(mass)) + 1)
            best = means.index(max(means))
            labels += [best + 1, bins[best]]
    for component in range(2):
        totals = [
            sum(
                math.hypot(*gradient(field[..., component], y, x))
                for y in range(SIDE)
                for x in range(SIDE)
            )
            for field in fields
        ]
        labels.append(totals.index(max(totals)) + 1)
    return labels


def color_number(pixel):
    """Of the released code."""
    red, green, blue = (value > 127 for value in pixel)
    return {
        (0, 0, 1): 1, (0, 1, 1): 2, (1, 0, 1): 3, (1, 1, 1): 4,
        (0, 0, 0): 5, (0, 1, 0): 6, (1, 0, 0): 7, (1, 1, 0): 8,
    }[red, green, blue]  # fmt: skip


def dominant(pixels):
    numbers = [color_number(pixel) for pixel in pixels]
    return max(range(1, 9), key=numbers.count)


def loop_appearance(frames):
    labels = []
    for pattern, count in enumerate((16, 4, 8)):
        shares = []
        for block in range(1, count + 1):
            place, share = pixels_of(pattern, block), 0
            for channel in range(3):
                values = [[int(frame[y, x, channel]) for y, x in place] for frame in frames]
                seen = [[of_frame.count(level) for of_frame in values] for level in range(256)]
                share += sum(map(min, seen)) / sum(map(max, seen)) / 3
            shares.append(share)
        for best in (shares.index(min(shares)), shares.index(max(shares))):
            place = pixels_of(pattern, best + 1)
            labels += [best + 1, dominant(f[y, x] for f in frames for y, x in place)]
    return [*labels, dominant(f[y, x] for f in frames for y in range(SIDE) for x in range(SIDE))]


@pytest.fixture
def frames():
    """A texture that moves in one corner, in front of another, which flickers elsewhere."""
    rng = np.random.default_rng(3)
    still = cv2.resize(rng.integers(0, 256, (4, 4, 3), np.uint8), (SIDE, SIDE))
    texture = rng.integers(0, 256, (8, 8, 3), np.uint8)
    clip = np.stack([still.copy() for _ in range(3)])
    for time, frame in enumerate(clip):
        frame[1:9, 1:9] = np.roll(texture, time, axis=1)
        frame[12:, 12:] = 60 * time + rng.integers(0, 40, (4, 4, 3))
    return clip


def test_statistics_are_those_of_explicit_loops(frames):
    rng = np.random.default_rng(0)
    flow = rng.normal(0, 1, (2, SIDE, SIDE, 2)) * rng.uniform(0, 2, (1, SIDE, SIDE, 1))
    assert motion_statistics(flow).tolist() == loop_motion(flow)
    assert appearance_statistics(frames).tolist() == loop_appearance(frames)
    both = [*motion_statistics(flow_of_clip(frames)), *appearance_statistics(frames)]
    assert clip_statistics(frames).tolist() == both


def test_motion_is_found_where_something_moves():
    """A strip at the top of the first cell moves right, in the second of three fields."""
    flow = np.zeros((3, SIDE, SIDE, 2), np.float32)
    flow[1, :3, 2:4, 0] = 5
    block, _, v_block, v_direction, ring, _, _, _, triangle, *_ = motion_statistics(flow)
    assert (block, ring, triangle) == (1, 4, 2)
    assert (v_block, v_direction) == (1, 1)  # nothing moves up or down
    assert motion_statistics(flow)[12] == 2
