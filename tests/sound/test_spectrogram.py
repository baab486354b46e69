"""Log-mel spectrograms against explicit loops in float64."""

import cmath
import math

import numpy as np
import pytest

from tev_mmaction.sound import LogMel

RATE, MELS, HOP = 4000, 8, 0.01


def mel(frequency):
    return 2595 * math.log10(1 + frequency / 700)


def by_loops(samples, steps):
    """Every bin of every Fourier transform, and every triangle, one by one."""
    width, size = 100, 128  # 25 ms; the next power of two
    edges = [mel(RATE / 2) * number / (MELS + 1) for number in range(MELS + 2)]
    edges = [700 * (10 ** (each / 2595) - 1) for each in edges]
    result = np.zeros((MELS, len(steps)))
    for column, step in enumerate(steps):
        middle = step * 40 + 20
        for bin_ in range(size // 2 + 1):
            total = 0j
            for tap in range(width):
                place = middle - width // 2 + tap
                value = samples[place] if 0 <= place < len(samples) else 0.0
                window = 0.5 - 0.5 * math.cos(2 * math.pi * tap / width)
                total += value * window * cmath.exp(-2j * math.pi * bin_ * tap / size)
            frequency = bin_ * RATE / size
            for band in range(MELS):
                low, peak, high = edges[band : band + 3]
                rise, fall = (frequency - low) / (peak - low), (high - frequency) / (high - peak)
                result[band, column] += max(0.0, min(rise, fall)) * abs(total) ** 2 / size
    return np.log1p(1e4 * result)


def test_by_loops():
    samples = np.random.default_rng(0).uniform(-1, 1, 410)
    found = LogMel(RATE, MELS, HOP)(samples)
    assert found.shape == (MELS, 10) and found.dtype == np.float32
    steps = [0, 5, 9]
    np.testing.assert_allclose(found[:, steps], by_loops(samples, steps), rtol=1e-5)


def test_silence_is_zero():
    assert not LogMel(RATE, MELS, HOP)(np.zeros(400)).any()


def test_bands_without_a_frequency_are_refused():
    with pytest.raises(ValueError, match='num_mels=200: .* narrower than the resolution'):
        LogMel(16000, 200, HOP)
