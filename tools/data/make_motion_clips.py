"""Make small sets of mp4 files whose classes differ only in motion.

    python tools/data/make_motion_clips.py FOLDER --num-videos 800
    python tools/data/make_motion_clips.py FOLDER --set benchmark
    python tools/data/make_motion_clips.py FOLDER --set varied --size 80

``demo``: a random sprite crosses a random textured background in one of eight directions, which is
the class. It starts fast and ends slow, and rotates at a constant rate. So time has an arrow and a
clock, and every playback speed, direction and shift has the same effect in all videos. Background,
sprite, size, colours and direction of rotation are drawn for every video, and are independent of
the class. The list is ``videos.txt``.

``benchmark``: twelve classes of motion, over static and drifting backgrounds. Every subject
performs all classes; test subjects are not in the training set; see ``motion_benchmark.py``. The
lists are ``train.txt`` and ``test.txt``; ``manifest.csv`` has the subject and the drift of every
clip. With ``--sound``, the clips have sound that goes with the motion; see ``motion_sound.py``.
clip. With ``--text``, ``narrations.jsonl`` has what is said in the clips, not always at the right
time and not always true, see ``motion_sentences.py``, and ``captions.jsonl`` one true sentence for
each clip.

``varied``: clips without classes, for pre-training, that are closer to recorded video: several
moving objects, figures with limbs, a moving camera, noise, and varying compression; see
``varied_motion.py``. The list is ``train.txt``.

The same seed gives the same files, with any number of processes.
"""

import argparse
import json
from fractions import Fraction
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Callable, Iterator, List, Optional, Sequence

import av
import cv2
import numpy as np
from motion_benchmark import CLASSES, make_scene, make_subject, rng_of
from motion_sentences import Spoken, describe, narrate
from motion_sound import SOUND_RATE, sound_of
from tqdm import tqdm
from varied_motion import make_varied_scene

from tev_mmaction.files import make_folder, replacing, write_file
from tev_mmaction.texts import table
from tev_mmaction.user_errors import errors_in_a_sentence

DIRECTIONS = ('right', 'down-right', 'down', 'down-left', 'left', 'up-left', 'up', 'up-right')
_TURN = 2 * np.pi / 32  # radians a frame
FPS = 25
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


def write_video(
    path: Path,
    frames: Iterator[np.ndarray],
    size: int,
    crf: int = 20,
    sound: Optional[np.ndarray] = None,
) -> None:
    """Encode frames as h264 in an mp4 file, and sound (n,) as AAC; a higher ``crf`` looks worse."""
    with (
        replacing(path) as part,
        open(part, 'wb') as file,
        av.open(file, 'w', format='mp4') as container,
    ):
        stream = container.add_stream('libx264', rate=Fraction(FPS))
        stream.width = stream.height = size
        stream.pix_fmt = 'yuv420p'
        # x264's macroblock tree chooses differently from run to run on frames as small as these.
        stream.options = dict(crf=str(crf), preset='veryfast', tune='fastdecode', mbtree='0')
        stream.codec_context.thread_count = 1
        voice = (
            None if sound is None else container.add_stream('aac', rate=SOUND_RATE, layout='mono')
        )
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format='rgb24')))
        container.mux(stream.encode())
        if voice is not None:
            whole = av.AudioFrame.from_ndarray(sound[None], format='fltp', layout='mono')
            whole.sample_rate, whole.pts = SOUND_RATE, 0  # else players hear the encoder's delay
            container.mux(voice.encode(whole))
            container.mux(voice.encode())


def make_one(number: int, folder: Path, seed: int, num_frames: int, size: int) -> str:
    """Write one video of the demo and return its line of the list."""
    label = number % len(DIRECTIONS)
    name = f'{DIRECTIONS[label]}_{number:05d}.mp4'
    rng = np.random.default_rng([seed, number])
    write_video(folder / name, render(label, num_frames, size, rng), size)
    return f'{name} {label}'


def make_clip(
    split_and_number: tuple,
    folder: Path,
    seed: int,
    num_frames: int,
    size: int,
    sound: bool = False,
) -> dict:
    """Write one clip of the benchmark and return its row of the manifest."""
    split, number = split_and_number
    subject, label = divmod(number, len(CLASSES))
    scene = make_scene(seed, split, subject, label, num_frames, size)
    name = f'{split}/{subject:03d}_{CLASSES[label]}.mp4'
    heard = sound_of(scene, FPS, np.random.default_rng([seed, number])) if sound else None
    write_video(folder / name, map(scene.frame, range(num_frames)), size, sound=heard)
    return dict(
        path=name,
        label=label,
        class_name=CLASSES[label],
        split=split,
        subject=f'{split}-{subject:03d}',
        drift_x=f'{scene.drift[0] + 0:.4f}',
        drift_y=f'{scene.drift[1] + 0:.4f}',
    )


def make_varied(number: int, folder: Path, seed: int, num_frames: int, size: int) -> str:
    """Write one video of the varied set and return its line of the list."""
    name = f'train/{number:05d}.mp4'
    scene = make_varied_scene(seed, number, num_frames, size)
    write_video(folder / name, scene.frames(), size, crf=scene.crf)
    return name


def make_demo(args: argparse.Namespace, run: Callable) -> None:
    """Write the videos, their list ``videos.txt`` and the class names ``classes.txt``."""
    make_folder(args.folder)
    lines = run(make_one, range(args.num_videos))
    write_lines(args.folder / 'classes.txt', DIRECTIONS)
    write_lines(args.folder / 'videos.txt', lines)


def make_benchmark(args: argparse.Namespace, run: Callable) -> None:
    """Write clips, ``train.txt``, ``test.txt``, ``classes.txt`` and ``manifest.csv``."""
    subjects = dict(train=args.train_subjects, test=args.test_subjects)
    for split in subjects:
        make_folder(args.folder / split)
    clips = [(s, number) for s, n in subjects.items() for number in range(n * len(CLASSES))]
    rows = run(partial(make_clip, sound=args.sound), clips)
    write_lines(args.folder / 'classes.txt', CLASSES)
    for split in subjects:
        lines = [f'{row["path"]} {row["label"]}' for row in rows if row['split'] == split]
        write_lines(args.folder / f'{split}.txt', lines)
    columns = list(rows[0])
    manifest = table(columns, [[row[name] for name in columns] for row in rows])
    write_file(args.folder / 'manifest.csv', manifest)
    if args.text:
        write_sentences(args, rows)


def write_sentences(args: argparse.Namespace, rows: Sequence[dict]) -> None:
    """Write ``narrations.jsonl`` and ``captions.jsonl`` for the rows of the manifest."""
    narrations, captions, seconds = [], [], args.num_frames / FPS
    for row in rows:
        number = int(row['subject'].rpartition('-')[2])
        subject = make_subject(args.seed, row['split'], number)
        drifts = any(float(row[name]) for name in ('drift_x', 'drift_y'))
        # the 0 tells these draws from those of the picture
        rng = rng_of(args.seed, row['split'], number, row['label'], 0)
        caption = describe(row['class_name'], subject, drifts, rng)
        captions.append((row['path'], Spoken(0.0, seconds, caption)))
        said = narrate(row['label'], subject, drifts, seconds, rng)
        narrations += [(row['path'], each) for each in said]
    for name, spoken in dict(narrations=narrations, captions=captions).items():
        lines = [json.dumps(dict(path=path, **each._asdict())) for path, each in spoken]
        write_lines(args.folder / f'{name}.jsonl', lines)


def make_varied_set(args: argparse.Namespace, run: Callable) -> None:
    """Write the videos and their list ``train.txt``, without labels."""
    make_folder(args.folder / 'train')
    write_lines(args.folder / 'train.txt', run(make_varied, range(args.num_videos)))


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write a text file, whole or not at all."""
    write_file(path, ''.join(f'{line}\n' for line in lines))


# Of each set: what makes it, frames a video, and what says how many there are, by default.
SETS = dict(
    demo=(make_demo, 80, dict(num_videos=800)),
    benchmark=(make_benchmark, 96, dict(train_subjects=80, test_subjects=25)),
    varied=(make_varied_set, 96, dict(num_videos=4800)),
)


def parse_args() -> argparse.Namespace:
    """Read the command line; numbers that were not given are those of the set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder', type=Path, help='folder of the videos')
    parser.add_argument('--set', choices=SETS, default='demo', help='set to make')
    parser.add_argument('--num-videos', type=int, help='default: 800, varied set 4800')
    parser.add_argument('--train-subjects', type=int, help='of the benchmark; default: 80')
    parser.add_argument('--test-subjects', type=int, help='of the benchmark; default: 25')
    parser.add_argument(
        '--sound', action='store_true', help='clips of the benchmark have sound that follows them'
    )
    parser.add_argument(
        '--text', action='store_true', help='of the benchmark: write what is said in the clips'
    )
    parser.add_argument('--num-frames', type=int, help='per video; default: 96, demo 80')
    parser.add_argument('--size', type=int, default=48, help='width and height in pixels, even')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--num-workers', type=int, default=2)
    args = parser.parse_args()
    _, num_frames, counts = SETS[args.set]
    args.num_frames = num_frames if args.num_frames is None else args.num_frames
    for name in [name for _, _, names in SETS.values() for name in names]:
        option, value = f'--{name.replace("_", "-")}', getattr(args, name)
        if name in counts:
            setattr(args, name, counts[name] if value is None else value)
            if getattr(args, name) < 1:
                parser.error(f'{option} {value}: at least one is needed')
        elif value is not None:
            parser.error(f'{option} is not for --set {args.set}')
    for option in ('sound', 'text'):
        if getattr(args, option) and args.set != 'benchmark':
            parser.error(f'--{option} is not for --set {args.set}')
    if args.size % 2 or args.size < 16:
        parser.error(f'--size {args.size}: an even number of at least 16 pixels is needed')
    if args.num_frames < 2:
        parser.error(f'--num-frames {args.num_frames}: a motion takes at least two frames')
    return args


def main() -> None:
    """Write a set."""
    args = parse_args()
    common = dict(folder=args.folder, seed=args.seed, num_frames=args.num_frames, size=args.size)
    with Pool(args.num_workers) as pool:

        def run(make: Callable, items: Sequence) -> List:
            done = pool.imap(partial(make, **common), items)
            return list(tqdm(done, total=len(items), desc=f'motion {args.set}', unit='video'))

        SETS[args.set][0](args, run)


if __name__ == '__main__':
    with errors_in_a_sentence():
        main()
