"""The motion benchmark of ``make_motion_clips.py``: its classes, subjects and frames.

The world is a torus: an object that leaves a frame on one side enters on the other. A sprite starts
at a random position and angle, over a background with a random shift; the class determines only the
motion. Therefore, a single frame has the same distribution in all classes, and reveals nothing
about the class. Every motion starts fast and ends slow, so time has an arrow.

A subject is a family of backgrounds and sprites, from which every clip draws its own. Every subject
performs every class.
"""

from dataclasses import dataclass
from typing import Tuple

import cv2
import numpy as np

HEADINGS = dict(right=(1, 0), down=(0, 1), left=(-1, 0), up=(0, -1))
SENSES = dict(clockwise=1, counterclockwise=-1)  # as seen: y points down
AXES = dict(horizontal=(1, 0), vertical=(0, 1))
CLASSES = (
    *(f'travel-{name}' for name in HEADINGS),
    *(f'hop-{name}' for name in ('right', 'left')),
    *(f'spin-{name}' for name in SENSES),
    *(f'orbit-{name}' for name in SENSES),
    *(f'swing-{name}' for name in AXES),
)
_SLOWDOWN = 2.0  # motions start e^2 times as fast as they end
_DAMPING = 1.2  # hops and swings start e^1.2 times as large as they end
_CYCLES = 4  # hops or swings a video
_HOP_DECAY = 5.0  # a hop starts e^5 times as fast as it ends
_TURNS = 3  # of the sprite in a video, where turning is not the class


def trajectory(
    name: str, num_frames: int, rng: np.random.Generator
) -> Tuple[np.ndarray, np.ndarray]:
    """How a sprite moves in a class, relative to where it starts.

    Args:
        name (str): One of ``CLASSES``.
        num_frames (int): Frames T of the video.
        rng (np.random.Generator): Draws how far, and how the sprite turns meanwhile.

    Returns:
        tuple[np.ndarray, np.ndarray]: Displacements (T, 2) in frame sizes, x to the right and y
        down, and angles (T,) in radians, clockwise; float64.
    """
    kind, _, which = name.partition('-')
    time = np.linspace(0, 1, num_frames)
    coast = (1 - np.exp(-_SLOWDOWN * time)) / (1 - np.exp(-_SLOWDOWN))
    still = np.zeros((num_frames, 2))
    clock = rng.choice([-1, 1]) * 2 * np.pi * _TURNS * time
    if kind == 'travel':
        return np.outer(rng.uniform(1.2, 1.6) * coast, HEADINGS[which]), clock
    if kind == 'hop':
        speed = np.exp(-_DAMPING * time - _HOP_DECAY * ((_CYCLES * time + rng.uniform()) % 1))
        way = np.cumsum(speed) - speed[0]
        return np.outer(rng.uniform(1.2, 1.6) * way / way[-1], HEADINGS[which]), clock
    if kind == 'swing':
        phase = 2 * np.pi * (_CYCLES * time + rng.uniform())
        return np.outer(
            rng.uniform(0.25, 0.32) * np.exp(-_DAMPING * time) * np.sin(phase), AXES[which]
        ), clock
    angle = SENSES[which] * 2 * np.pi * rng.uniform(2.2, 2.8) * coast
    if kind == 'spin':
        return still, angle
    angle = angle + rng.uniform(0, 2 * np.pi)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return rng.uniform(0.2, 0.28) * circle, clock


@dataclass(frozen=True)
class TextureFamily:
    """Two colours that blend along random waves.

    Args:
        colours (np.ndarray): (2, 3), float64, RGB.
        waves (float): About how many waves cross a picture.
        stretch (float): How much longer they are along ``axis`` than across.
        axis (float): Angle in radians.
    """

    colours: np.ndarray
    waves: float
    stretch: float
    axis: float

    @classmethod
    def draw(cls, brightness: float, rng: np.random.Generator) -> 'TextureFamily':
        """A family whose colours have about a brightness within [0, 255]."""
        colours = rng.uniform(0, 255, size=(2, 3))
        colours += brightness + np.array([[-25], [25]]) - colours.mean(axis=1, keepdims=True)
        return cls(colours, rng.uniform(1.5, 4), rng.uniform(1, 3), rng.uniform(0, np.pi))

    def texture(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """One of the family, periodic: (size, size, 3), float32 within [0, 255]."""
        y, x = np.meshgrid(*2 * [np.fft.fftfreq(size, 1 / size)], indexing='ij')
        along = x * np.cos(self.axis) + y * np.sin(self.axis)
        across = y * np.cos(self.axis) - x * np.sin(self.axis)
        gain = np.exp(-((self.stretch * along) ** 2 + across**2) / (2 * self.waves**2))
        gain[0, 0] = 0
        field = np.fft.ifft2(np.fft.fft2(rng.standard_normal((size, size))) * gain).real
        blend = 1 / (1 + np.exp(-2 * field / field.std()))[..., None]
        first, second = self.colours + rng.normal(0, 12, size=(2, 3))
        return np.clip(first + (second - first) * blend, 0, 255).astype(np.float32)


@dataclass(frozen=True)
class Subject:
    """A family of backgrounds and one of sprites, polygons that are longer than wide.

    Args:
        background (TextureFamily): Of the backgrounds.
        sprite (TextureFamily): Of the sprites, brighter or darker than the backgrounds.
        corners (int): Outer corners of a sprite.
        jag (float): Where the inner corners are between centre and outer ones.
        length (float): Length by width.
    """

    background: TextureFamily
    sprite: TextureFamily
    corners: int
    jag: float
    length: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> 'Subject':
        """A random subject."""
        contrast = rng.choice([-1, 1]) * rng.uniform(25, 75, size=2)
        return cls(
            TextureFamily.draw(127.5 - contrast[0], rng),
            TextureFamily.draw(127.5 + contrast[1], rng),
            int(rng.integers(3, 7)),
            rng.uniform(0.6, 1),
            rng.uniform(1.4, 2),
        )

    def patch(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """A sprite: (size, size, 4), float32, colours times opacity and opacity within [0, 1]."""
        angles = np.linspace(0, 2 * np.pi, 2 * self.corners, endpoint=False)
        radii = 0.49 * size * rng.uniform(0.85, 1, size=len(angles))
        radii[1::2] *= self.jag
        outline = radii[:, None] * np.stack([np.cos(angles), np.sin(angles) / self.length], axis=1)
        mask = np.zeros((size, size), np.float32)
        corners = np.round((outline + (size - 1) / 2) * 16).astype(np.int32)
        cv2.fillPoly(mask, [corners], 1.0, cv2.LINE_AA, shift=4)
        return np.dstack([self.sprite.texture(size, rng) * mask[..., None], mask])


class Scene:
    """One clip of a subject.

    Args:
        name (str): Its class, one of ``CLASSES``.
        subject (Subject): Who performs it.
        num_frames (int): Frames T.
        size (int): Height and width S in pixels.
        rng (np.random.Generator): Draws all that the clip has for itself.

    Attributes:
        drift (np.ndarray): (2,), way of the background during the clip, in frame sizes; half of
            the backgrounds are still.
        positions (np.ndarray): (T, 2), centres x, y of the sprite within [0, S), in pixels.
        angles (np.ndarray): (T,), its angles in radians.
    """

    def __init__(
        self, name: str, subject: Subject, num_frames: int, size: int, rng: np.random.Generator
    ):
        self.size = size
        self._texture = np.tile(subject.background.texture(size, rng), (2, 2, 1))
        self._patch = subject.patch(int(size * rng.uniform(0.4, 0.5)), rng)
        heading = rng.uniform(0, 2 * np.pi)
        way = rng.choice([0, rng.uniform(0.3, 0.8)])
        self.drift = way * np.array([np.cos(heading), np.sin(heading)])
        start = rng.uniform(0, size, size=2)
        self._shifts = (start + size * np.outer(np.linspace(0, 1, num_frames), self.drift)) % size
        moves, turns = trajectory(name, num_frames, rng)
        self.positions = (rng.uniform(0, size, size=2) + size * moves) % size
        self.angles = rng.uniform(0, 2 * np.pi) + turns

    def __len__(self) -> int:
        return len(self.positions)

    def background(self, index: int) -> np.ndarray:
        """The background of a frame, (S, S, 3), float32."""
        x, y = self.size - self._shifts[index]
        window = np.array([[1, 0, -x], [0, 1, -y]])
        return cv2.warpAffine(self._texture, window, (self.size, self.size))

    def frame(self, index: int) -> np.ndarray:
        """A frame, (S, S, 3), uint8, RGB."""
        size = self.size
        # Twice the size, so that the sprite is whole: then the halves are folded.
        middle = (self.positions[index] - size / 2) % size + size / 2
        cos, sin = np.cos(self.angles[index]), np.sin(self.angles[index])
        turn = np.array([[cos, -sin], [sin, cos]])
        offset = middle - turn @ np.full(2, (len(self._patch) - 1) / 2)
        placed = cv2.warpAffine(self._patch, np.column_stack([turn, offset]), 2 * (2 * size,))
        placed = placed.reshape(2, size, 2, size, 4).sum(axis=(0, 2))
        picture = self.background(index) * (1 - placed[..., 3:]) + placed[..., :3]
        return np.round(picture).clip(0, 255).astype(np.uint8)


def make_subject(seed: int, split: str, number: int) -> Subject:
    """A subject of a split, ``'train'`` or ``'test'``: these never have one in common."""
    return Subject.draw(rng_of(seed, split, number))


def make_scene(
    seed: int, split: str, subject: int, label: int, num_frames: int, size: int
) -> Scene:
    """The clip of a subject in a class, whatever other clips there are."""
    rng = rng_of(seed, split, subject, label)
    return Scene(CLASSES[label], make_subject(seed, split, subject), num_frames, size, rng)


def rng_of(seed: int, split: str, *numbers: int) -> np.random.Generator:
    """The random numbers of a subject, of a clip of it, or of something else of that clip."""
    return np.random.default_rng([seed, ('train', 'test').index(split), len(numbers), *numbers])
