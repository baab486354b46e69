"""Make a small set of real mp4 files in which nothing but motion differs between the classes.

    python tools/data/make_motion_clips.py FOLDER --num-videos 800

A random sprite crosses a random textured background in one of eight directions, the class. It
starts fast and ends slow, and turns at a constant rate: time has an arrow and a clock, as in the
physical world, and every playback speed, direction and shift leaves a trace that is the same in all
videos. Background, sprite, size, colours and sense of rotation are drawn anew for every video, and
say nothing of the class. The same seed gives the same files.
"""

import argparse
from fractions import Fraction
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Iterator

import av
import cv2
import numpy as np
from tqdm import tqdm

DIRECTIONS = ('right', 'down-right', 'down', 'down-left', 'left', 'up-left', 'up', 'up-right')
_TURN = 2 * np.pi / 32  # radians a frame
_SLOWDOWN = 3.0  # the sprite starts e^3 times as fast as it ends


def texture(size: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth random colours, (size, size, 3), float32 within [0, 255]."""
    coarse = rng.uniform(0, 255, size=(rng.integers(3, 7), rng.integers(3, 7), 3))
    smooth = cv2.resize(coarse.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth, 0, 255)


def sprite(size: int, rng: np.random.Generator) -> np.ndarray:
    """A textured, lopsided polygon, (size, size, 4), float32: colours and opacity in [0, 1]."""
    angles = np.linspace(0, 2 * np.pi, rng.integers(3, 6), endpoint=False)
    radii = size * rng.uniform(0.3, 0.5, size=len(angles))
    corners = size / 2 + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    mask = np.zeros((size, size), np.float32)
    cv2.fillPoly(mask, [np.round(corners * 16).astype(np.int32)], 1.0, cv2.LINE_AA, shift=4)
    return np.dstack([texture(size, rng), mask])


def render(
    label: int, num_frames: int, size: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """The frames of one video, (size, size, 3), uint8, RGB."""
    background = texture(size, rng)
    side = int(size * rng.uniform(0.28, 0.4))
    patch = sprite(side, rng)
    heading = 2 * np.pi * label / len(DIRECTIONS)
    course = np.array([np.cos(heading), np.sin(heading)])
    middle = size / 2 + rng.uniform(-0.12, 0.12, size=2) * size
    reach = size * rng.uniform(0.32, 0.38)
    sense, phase = rng.choice([-1, 1]), rng.uniform(0, 2 * np.pi)
    time = np.linspace(0, 1, num_frames)
    travel = (1 - np.exp(-_SLOWDOWN * time)) / (1 - np.exp(-_SLOWDOWN)) * 2 - 1
    for frame, along in enumerate(travel):
        x, y = middle + reach * along * course
        cos, sin = (f(phase + sense * _TURN * frame) for f in (np.cos, np.sin))
        turn = np.array([[cos, -sin], [sin, cos]])
        offset = np.array([x, y]) - turn @ np.full(2, side / 2)
        placed = cv2.warpAffine(patch, np.column_stack([turn, offset]), (size, size))
        opacity = placed[..., 3:]
        yield np.round(background * (1 - opacity) + placed[..., :3] * opacity).astype(np.uint8)


def write_video(path: Path, frames: Iterator[np.ndarray], size: int, fps: int = 25) -> None:
    """Encode frames as h264 in an mp4 file."""
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('libx264', rate=Fraction(fps))
        stream.width = stream.height = size
        stream.pix_fmt = 'yuv420p'
        stream.options = dict(crf='20', preset='veryfast', tune='fastdecode')
        stream.codec_context.thread_count = 1
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format='rgb24')))
        container.mux(stream.encode())


def make_one(number: int, folder: Path, seed: int, num_frames: int, size: int) -> str:
    """Write one video and return its line of the list."""
    label = number % len(DIRECTIONS)
    name = f'{DIRECTIONS[label]}_{number:05d}.mp4'
    rng = np.random.default_rng([seed, number])
    write_video(folder / name, render(label, num_frames, size, rng), size)
    return f'{name} {label}'


def main() -> None:
    """Write the videos, their list ``videos.txt`` and the class names ``classes.txt``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder', type=Path, help='where the videos go')
    parser.add_argument('--num-videos', type=int, default=800)
    parser.add_argument('--num-frames', type=int, default=80, help='frames a video')
    parser.add_argument('--size', type=int, default=48, help='width and height in pixels, even')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--num-workers', type=int, default=2)
    args = parser.parse_args()
    if args.size % 2:
        parser.error(f'--size {args.size}: h264 needs an even number of pixels')
    args.folder.mkdir(parents=True, exist_ok=True)
    make = partial(
        make_one, folder=args.folder, seed=args.seed, num_frames=args.num_frames, size=args.size
    )
    with Pool(args.num_workers) as pool:
        lines = list(
            tqdm(
                pool.imap(make, range(args.num_videos)),
                total=args.num_videos,
                desc='motion clips',
                unit='video',
            )
        )
    (args.folder / 'classes.txt').write_text(''.join(f'{name}\n' for name in DIRECTIONS))
    (args.folder / 'videos.txt').write_text(''.join(f'{line}\n' for line in lines))


if __name__ == '__main__':
    main()
