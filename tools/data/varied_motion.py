"""Scenes of the set ``varied`` of ``make_motion_clips.py``: closer to recorded video.

A scene has one to three moving objects in front of a background of shapes: sprites that move as in
the motion benchmark, but in any direction; sprites that grow or shrink; figures with limbs that
swing, rise, or move back and forth. The camera pans, shakes and zooms. In some scenes, an object
occludes the moving ones. Noise, blur and flicker are added. There are no classes: the set is for
pre-training, and the test of the benchmark contains none of it.
"""

from dataclasses import dataclass
from typing import Iterator, List

import cv2
import numpy as np
from motion_benchmark import CLASSES, Subject, TextureFamily, trajectory

_SHARE_OF_FIGURES = 0.5
_SHARE_OF_SWELLING = 0.3  # among sprites
_LIMBS = (  # where on the torso (x, y), length and angle at rest in degrees, 0 is down
    (-0.13, -0.28, 0.26, 25),
    (0.13, -0.28, 0.26, -25),
    (-0.08, 0.25, 0.32, 8),
    (0.08, 0.25, 0.32, -8),
)


def _smooth(num_frames: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """A random path (T, 2) of about unit size that changes over ``width`` frames."""
    path = cv2.GaussianBlur(rng.standard_normal((num_frames, 2)), (1, 0), 0, sigmaY=width)
    return path / (path.std() + 1e-9)


def _move(num_frames: int, rng: np.random.Generator) -> np.ndarray:
    """How far a joint has moved at each frame, (T,), within [-1, 1]."""
    time = np.linspace(0, 1, num_frames)
    kind = rng.choice(('swing', 'raise', 'there and back'))
    if kind == 'swing':
        phase = 2 * np.pi * (rng.uniform(2, 8) * time + rng.uniform())
        return np.exp(-rng.uniform(0, 1.5) * time) * np.sin(phase)
    begin, length = rng.uniform(0, 0.3), rng.uniform(0.3, 0.7)
    passed = np.clip((time - begin) / length, 0, 1)
    if kind == 'raise':
        return rng.choice((-1, 1)) * (1 - np.exp(-3 * passed)) / (1 - np.exp(-3))
    return rng.choice((-1, 1)) * np.sin(np.pi * passed**0.6)


def _affine(angle: float, scale: np.ndarray, middle: np.ndarray, pivot: np.ndarray) -> np.ndarray:
    """The 3x3 matrix that scales and turns about ``pivot`` and puts it at ``middle``."""
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]]) * scale
    out = np.eye(3)
    out[:2, :2], out[:2, 2] = linear, middle - linear @ pivot
    return out


def _paste(picture: np.ndarray, patch: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The picture (S, S, 3) with a patch (h, w, 4) before it, whose colours are times opacity."""
    placed = cv2.warpAffine(patch, matrix[:2], picture.shape[1::-1])
    return picture * (1 - placed[..., 3:]) + placed[..., :3]


@dataclass
class Sprite:
    """A textured polygon that moves as a class of the benchmark does, turned by any angle."""

    patch: np.ndarray
    positions: np.ndarray  # (T, 2), in pixels
    angles: np.ndarray  # (T,), in radians
    scales: np.ndarray  # (T, 2), along and across

    @classmethod
    def draw(cls, num_frames: int, size: int, rng: np.random.Generator) -> 'Sprite':
        """A random one, of a tenth to half the picture."""
        patch = Subject.draw(rng).patch(int(size * rng.uniform(0.12, 0.5)), rng)
        moves, turns = trajectory(str(rng.choice(CLASSES)), num_frames, rng)
        heading = rng.uniform(0, 2 * np.pi)
        cos, sin = np.cos(heading), np.sin(heading)
        moves = (moves - moves.mean(axis=0)) * rng.uniform(0.3, 0.9) @ [[cos, sin], [-sin, cos]]
        scales = np.ones((num_frames, 2))
        if rng.uniform() < _SHARE_OF_SWELLING:
            ways = np.array([1, rng.choice((-1, 1))]) * rng.uniform(0.2, 0.6)
            scales = np.exp(np.outer(_move(num_frames, rng), ways))
        middle = size * (0.5 + rng.uniform(-0.25, 0.25, size=2))
        turns = turns * rng.choice((0, rng.uniform(0.2, 1)))
        return cls(patch, middle + size * moves, rng.uniform(0, 2 * np.pi) + turns, scales)

    def paint(self, picture: np.ndarray, frame: int, camera: np.ndarray) -> np.ndarray:
        """The picture with this before it."""
        pivot = np.full(2, (len(self.patch) - 1) / 2)
        place = _affine(self.angles[frame], self.scales[frame], self.positions[frame], pivot)
        return _paste(picture, self.patch, camera @ place)


class Figure:
    """A body with a head and four limbs of two parts each, some of which move."""

    def __init__(self, num_frames: int, size: int, rng: np.random.Generator):
        self.height = size * rng.uniform(0.4, 1.1)
        still = np.zeros((num_frames, 2))
        walk = still
        if rng.uniform() < 0.5:
            name = rng.choice([name for name in CLASSES if not name.startswith('spin')])
            walk, _ = trajectory(str(name), num_frames, rng)
            walk = (walk - walk.mean(axis=0)) * rng.uniform(0.1, 0.7)
        self.positions = size * (0.5 + rng.uniform(-0.2, 0.2, size=2) + walk)
        lean = rng.normal(0, 0.15) + rng.choice((0, 0, rng.uniform(0.2, 1))) * _move(
            num_frames, rng
        )
        self.lean = lean + rng.choice((0, 0, 0, np.pi / 2, -np.pi / 2))  # some lie
        sink = rng.choice((0, 0, rng.uniform(0.1, 0.4))) * _move(num_frames, rng)
        self.positions = self.positions + self.height * np.outer(sink, (0, 1))
        clothes = [TextureFamily.draw(rng.uniform(30, 225), rng) for _ in range(3)]
        self.body = self._part(0.58, 0.30, clothes[0], rng)
        self.head = self._part(0.2, 0.17, clothes[1], rng)
        self.parts = [self._part(length, 0.1, clothes[2], rng) for _, _, length, _ in _LIMBS]
        moving = rng.permutation(4) < rng.integers(1, 5)
        self.joints = np.zeros((4, 2, num_frames))
        for limb in np.flatnonzero(moving):
            for joint in range(2):
                self.joints[limb, joint] = rng.uniform(0.3, 1.6) * _move(num_frames, rng)
        self.joints[:, 0] += np.radians([rest for *_, rest in _LIMBS])[:, None]

    def _part(
        self, length: float, width: float, family: TextureFamily, rng: np.random.Generator
    ) -> np.ndarray:
        """An ellipse, as long as the patch is high."""
        h, w = (max(3, round(self.height * extent)) for extent in (length, width))
        mask = np.zeros((h, w), np.float32)
        axes = (w * 8 - 8, h * 8 - 8)
        middle = (w * 8 - 8, h * 8 - 8)
        cv2.ellipse(mask, middle, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA, shift=4)
        colours = family.texture(max(h, w), rng)[:h, :w]
        return np.dstack([colours * mask[..., None], mask])

    def paint(self, picture: np.ndarray, frame: int, camera: np.ndarray) -> np.ndarray:
        """The picture with this before it."""
        ones, zero = np.ones(2), np.zeros(2)
        frame_of_body = camera @ _affine(self.lean[frame], ones, self.positions[frame], zero)

        def middle(patch: np.ndarray) -> np.ndarray:
            return np.array([(patch.shape[1] - 1) / 2, (patch.shape[0] - 1) / 2])

        for limb, (x, y, length, _) in enumerate(_LIMBS):
            place = frame_of_body
            joint = self.height * np.array([x, y])
            patch = self.parts[limb]
            top = np.array([(patch.shape[1] - 1) / 2, 0])
            for angle in self.joints[limb, :, frame]:
                place = place @ _affine(angle, ones, joint, zero)
                picture = _paste(picture, patch, place @ _affine(0, ones, zero, top))
                joint = np.array([0, 0.85 * self.height * length])
        for patch, y in ((self.body, 0), (self.head, -0.4)):
            at = np.array([0, y * self.height])
            picture = _paste(picture, patch, frame_of_body @ _affine(0, ones, at, middle(patch)))
        return picture


class VariedScene:
    """One clip of the set.

    Args:
        num_frames (int): Frames T.
        size (int): Height and width S in pixels.
        rng (np.random.Generator): Draws everything.

    Attributes:
        crf (int): How much the video is to be compressed, x264's measure.
    """

    def __init__(self, num_frames: int, size: int, rng: np.random.Generator):
        self.num_frames, self.size, self._rng = num_frames, size, rng
        self._background = self._draw_background()
        movers: List = [
            (Figure if rng.uniform() < _SHARE_OF_FIGURES else Sprite.draw)(num_frames, size, rng)
            for _ in range(rng.choice((1, 1, 2, 3)))
        ]
        if rng.uniform() < 0.2:  # in front, and still
            front = Sprite.draw(num_frames, size, rng)
            front.positions, front.angles = front.positions[:1], front.angles[:1]
            still = np.zeros(num_frames, int)
            front.positions, front.angles = front.positions[still], front.angles[still]
            front.scales = np.ones((num_frames, 2))
            movers.append(front)
        self._movers = movers
        self._camera = self._draw_camera()
        self._noise = rng.choice((0, rng.uniform(1, 8)))
        self._blur = rng.choice((0, 0, rng.uniform(0.3, 1)))
        flicker = _smooth(num_frames, rng.uniform(2, 20), rng)[:, 0]
        self.crf = int(rng.integers(20, 37))
        self._light = 1 + rng.choice((0, rng.uniform(0, 0.06))) * flicker

    def _draw_background(self) -> np.ndarray:
        """Twice the picture's size, with random shapes: (2 S, 2 S, 3), float32."""
        rng, side = self._rng, 2 * self.size
        picture = TextureFamily.draw(rng.uniform(40, 215), rng).texture(side, rng)
        for _ in range(rng.integers(0, 12)):
            patch = Subject.draw(rng).patch(int(side * rng.uniform(0.05, 0.5)), rng)
            scale = np.exp(rng.uniform(-0.7, 0.7, size=2))
            angle = rng.uniform(0, 2 * np.pi)
            at = rng.uniform(0, side, size=2)
            picture = _paste(picture, patch, _affine(angle, scale, at, np.full(2, len(patch) / 2)))
        return picture

    def _draw_camera(self) -> np.ndarray:
        """From the scene to the picture: matrices (T, 3, 3)."""
        rng, count = self._rng, self.num_frames
        time = np.linspace(-0.5, 0.5, count)
        heading = rng.uniform(0, 2 * np.pi)
        pan = rng.choice((0, 0, rng.uniform(0.1, 0.6))) * np.array(
            [np.cos(heading), np.sin(heading)]
        )
        shake = rng.choice((0, rng.uniform(0, 0.02))) * _smooth(count, rng.uniform(1, 6), rng)
        shifts = self.size * (np.outer(time, pan) + shake)
        zooms = np.exp(rng.choice((0, 0, rng.uniform(-0.4, 0.4))) * time)
        middle = np.full(2, self.size / 2)
        return np.stack(
            [
                _affine(0, np.full(2, zoom), middle + shift, middle)
                for zoom, shift in zip(zooms, shifts)
            ]
        )

    def frames(self) -> Iterator[np.ndarray]:
        """The frames in order, (S, S, 3), uint8, RGB."""
        size = self.size
        corner = _affine(0, np.ones(2), np.full(2, size / 2), np.full(2, float(size)))
        for index in range(self.num_frames):
            camera = self._camera[index]
            picture = cv2.warpAffine(
                self._background,
                (camera @ corner)[:2],
                (size, size),
                borderMode=cv2.BORDER_REFLECT_101,
            )
            for mover in self._movers:
                picture = mover.paint(picture, index, camera)
            if self._blur:
                picture = cv2.GaussianBlur(picture, (0, 0), self._blur)
            picture = picture * self._light[index]
            if self._noise:
                picture = picture + self._noise * self._rng.standard_normal(picture.shape)
            yield np.round(picture).clip(0, 255).astype(np.uint8)


def make_varied_scene(seed: int, number: int, num_frames: int, size: int) -> VariedScene:
    """A scene of the set, whatever other scenes there are."""
    return VariedScene(num_frames, size, np.random.default_rng([seed, 2, number]))
