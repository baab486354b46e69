"""A tape of a known tone, played by known clips."""

import numpy as np
import pytest

from tev_mmaction.sound import play

RATE, PERIOD, FRAMES = 8000, 0.04, 100


class Tone:
    """A tone that rises from 200 Hz by 100 Hz a second: its pitch tells the time."""

    def __init__(self, rate=RATE, end=FRAMES * PERIOD):
        self.rate, self.end = rate, end

    def read(self, start, end):
        times = start + np.arange(int(round((end - start) * self.rate))) / self.rate
        inside = (times >= 0) & (times < self.end)
        return np.where(inside, np.sin(2 * np.pi * (200 * times + 50 * times**2)), 0)


def frames(*indices):
    return np.array(indices) * PERIOD


def pitch_at(sound, rate, middle, width=400):
    """Cycles a second about a sample, by its zero crossings."""
    part = sound[middle - width : middle + width]
    rises = np.flatnonzero((part[:-1] < 0) & (part[1:] >= 0))
    return (len(rises) - 1) / (rises[-1] - rises[0]) * rate


@pytest.mark.parametrize('rate', [8000, 11025])
@pytest.mark.parametrize(
    'first, step',
    [(20, 1), (60, 1), (10, 2), (10, 4), (35, -1), (80, -4)],
)
def test_the_pitch_is_that_of_the_frames_times_the_speed(first, step, rate):
    count = 16
    shown = frames(*range(first, first + count * step, step))
    duration = count * PERIOD
    sound = play(Tone(rate), shown, PERIOD, duration, RATE)
    assert sound.shape == (round(duration * RATE),) and sound.dtype == np.float32
    for share in (0.25, 0.5, 0.75):
        tape = first * PERIOD + PERIOD / 2 + (share * count - 0.5) * step * PERIOD
        wanted = (200 + 100 * tape) * abs(step)
        assert pitch_at(sound, RATE, round(share * len(sound))) == pytest.approx(wanted, rel=0.02)


def test_a_reversed_clip_has_the_reversed_sound():
    shown = frames(*range(20, 36))
    forwards = play(Tone(), shown, PERIOD, 0.64, RATE)
    np.testing.assert_allclose(
        play(Tone(), shown[::-1], PERIOD, 0.64, RATE), forwards[::-1], atol=0.02
    )


def test_the_sound_is_the_tape_itself_at_its_own_speed():
    sound = play(Tone(), frames(*range(20, 36)), PERIOD, 0.64, RATE)
    times = 20 * PERIOD + (np.arange(len(sound)) + 0.5) / RATE
    np.testing.assert_allclose(sound, np.sin(2 * np.pi * (200 * times + 50 * times**2)), atol=0.02)


def test_beyond_the_video_there_is_silence():
    sound = play(Tone(), frames(*range(16)), PERIOD, 1.0, RATE)  # 0.18 s before the first frame
    assert not sound[: int(0.17 * RATE)].any() and sound[int(0.19 * RATE) :].std() > 0.5


def test_frequencies_that_the_rate_cannot_hold_do_not_fold_back():
    class High(Tone):
        def read(self, start, end):
            count = int(round((end - start) * self.rate))
            return np.sin(2 * np.pi * 3000 * np.arange(count) / self.rate)  # 12 kHz at speed 4

    sound = play(High(), frames(*range(0, 64, 4)), PERIOD, 0.64, RATE)
    assert np.abs(sound).max() < 0.02


def test_a_frame_that_is_shown_all_the_time_is_silent_or_constant():
    sound = play(Tone(), frames(*[30] * 16), PERIOD, 0.64, RATE)
    assert np.isfinite(sound).all() and np.ptp(sound) < 1e-3
