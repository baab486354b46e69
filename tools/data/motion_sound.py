"""The sound of clips of the motion benchmark: three voices that follow the motion.

A low, a middle and a high voice are those of horizontal motion, vertical motion and rotation. A
voice is as loud as its motion is fast, and its pitch bends up or down with the direction: right,
down and clockwise are up. So the sound tells which way something moves, and it is shifted, faster
or reversed where the motion is. Appearance and background drift have no effect on it.
"""

import numpy as np
from motion_benchmark import Scene

SOUND_RATE = 16000  # samples a second
_VOICES = (300.0, 1000.0, 3500.0)  # Hz at rest
_FULL = (0.05, 0.05, 0.25)  # frame sizes, and radians, a frame: as loud as a voice becomes
_NOISE = 0.002


def sound_of(scene: Scene, fps: int, rng: np.random.Generator) -> np.ndarray:
    """The sound of a clip.

    Args:
        scene (Scene): The clip, of T frames.
        fps (int): Frames a second.
        rng (np.random.Generator): Draws the noise and the phases of the voices.

    Returns:
        np.ndarray: Shape (T / fps * SOUND_RATE,), float32 within [-1, 1].
    """
    steps = np.diff(scene.positions, axis=0) / scene.size
    steps = (steps + 0.5) % 1 - 0.5  # the world is a torus
    speeds = np.column_stack([steps, np.diff(scene.angles)]) / _FULL
    times = np.arange(len(scene) * SOUND_RATE // fps) / SOUND_RATE
    # The step from frame i to i + 1 is in the middle between their middles.
    middles = np.arange(1, len(scene)) / fps
    sound = rng.normal(0, _NOISE, size=len(times))
    for pitch, speed in zip(_VOICES, speeds.T):
        heard = np.interp(times, middles, speed.clip(-1, 1))
        phase = 2 * np.pi * np.cumsum(pitch * 2 ** (heard / 2)) / SOUND_RATE
        sound += 0.2 * np.abs(heard) * np.sin(phase + rng.uniform(0, 2 * np.pi))
    return sound.clip(-1, 1).astype(np.float32)
