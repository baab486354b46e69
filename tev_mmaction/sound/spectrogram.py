"""Log-mel spectrograms."""

import numpy as np


class LogMel:
    """Log-mel spectrograms of waveforms: log(1 + 10⁴ E), which is 0 for silence.

    E is the energy in triangular bands that are evenly spaced on the mel scale m = 2595 log₁₀(1 +
    f/700) from 0 to half of the sampling rate, of Hann windows of 25 ms.

    Args:
        rate (int): Samples per second.
        num_mels (int): Number of bands F.
        hop (float): Seconds from one step to the next.

    Raises:
        ValueError: If a band would be narrower than the resolution of the spectrum.
    """

    def __init__(self, rate: int, num_mels: int, hop: float):
        self.hop = int(round(hop * rate))
        width = int(round(0.025 * rate))
        self.window = np.hanning(width + 1)[:-1]  # periodic
        self.size = 1 << (width - 1).bit_length()
        self.bands = _mel_bands(rate, num_mels, self.size)
        empty = int((self.bands.sum(axis=1) == 0).sum())
        if empty:
            raise ValueError(
                f'num_mels={num_mels}: {empty} bands are narrower than the resolution of the '
                f'spectrum at rate={rate}; use fewer'
            )

    def __call__(self, waveform: np.ndarray) -> np.ndarray:
        """Spectrogram of a waveform; the middle of step i is sample (i + 1/2) hop.

        Args:
            waveform: Shape (n,), samples within [−1, 1].

        Returns:
            np.ndarray: Shape (F, n // hop), float32.
        """
        steps = len(waveform) // self.hop
        margin = len(self.window)
        padded = np.pad(waveform, margin)
        middles = (np.arange(steps) * self.hop) + self.hop // 2 + margin
        places = middles[:, None] + np.arange(len(self.window)) - len(self.window) // 2
        spectrum = np.fft.rfft(padded[places] * self.window, n=self.size)
        energy = np.abs(spectrum) ** 2 @ self.bands.T
        return np.log1p(1e4 * energy).T.astype(np.float32)


def _mel_bands(rate: int, num_mels: int, size: int) -> np.ndarray:
    """Weights (F, size // 2 + 1) of the frequencies in each band, divided by the FFT's energy."""
    highest = 2595 * np.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, highest, num_mels + 2) / 2595) - 1)
    frequencies = np.arange(size // 2 + 1) * rate / size
    lower, middle, upper = (edges[i : i + num_mels, None] for i in range(3))
    rising = (frequencies - lower) / (middle - lower)
    falling = (upper - frequencies) / (upper - middle)
    return np.clip(np.minimum(rising, falling), 0, None) / size
