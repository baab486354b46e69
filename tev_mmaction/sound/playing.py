"""Sound that is played as a clip is played: faster, backwards, or with any other timing."""

from fractions import Fraction
from typing import Protocol

import numpy as np
from scipy.signal import resample_poly

_MARGIN = 0.05  # seconds that are decoded beyond both ends, for interpolation


class Tape(Protocol):
    """The sound of a video, such as :class:`tev_mmaction.datasets.readers.Soundtrack`."""

    rate: int
    """Samples per second."""

    def read(self, start: float, end: float) -> np.ndarray:
        """Samples between two times; 0 where there is no sound.

        Args:
            start: First second.
            end: Last second.

        Returns:
            np.ndarray: Shape (n,), float32.
        """


def play(tape: Tape, times: np.ndarray, period: float, duration: float, rate: int) -> np.ndarray:
    """What is heard while the frames of a clip are shown one after the other.

    The sound is played like a tape that runs along with the frames: at speed 2 it is twice as fast
    and an octave higher, and a reversed clip has reversed sound. Beyond the ends of the clip, the
    tape goes on at the speed of its first and last step. What the video does not have is silent.

    Args:
        tape (Tape): The sound of the video.
        times (np.ndarray): Shape (T,), T ≥ 2; when each frame of the clip is shown in the video, in
            seconds, in the order of playback.
        period (float): Seconds for which a frame is shown.
        duration (float): Seconds of sound. Its middle is that of the clip.
        rate (int): Samples per second.

    Returns:
        np.ndarray: Shape (duration * rate,), float32.
    """
    # The middle of a frame is the same point of the tape in both directions.
    shown, taken = (np.arange(len(times)) + 0.5) * period, np.asarray(times) + period / 2
    count = int(round(duration * rate))
    heard = len(times) * period / 2 + ((np.arange(count) + 0.5) / rate - duration / 2)
    positions = np.interp(heard, shown, taken)
    for outside, end, inner in ((heard < shown[0], 0, 1), (heard > shown[-1], -1, -2)):
        speed = (taken[end] - taken[inner]) / (shown[end] - shown[inner])
        positions[outside] = taken[end] + speed * (heard[outside] - shown[end])

    start, end = positions.min() - _MARGIN, positions.max() + _MARGIN
    samples = tape.read(start, end)
    # A faster tape has frequencies that the sampling rate cannot represent: filter them out.
    speed = max(float(np.abs(np.diff(taken)).mean() / period), 1.0)
    ratio = Fraction(rate, tape.rate) / Fraction(speed).limit_denominator(16)
    if ratio != 1:
        samples = resample_poly(samples, ratio.numerator, ratio.denominator)
    places = start + np.arange(len(samples)) / (tape.rate * float(ratio))
    return np.interp(positions, places, samples, left=0.0, right=0.0).astype(np.float32)
