"""Video sets for the benchmarks: generated videos that cost what those of the data sets cost.

    python tools/benchmarks/video_sets.py --clips FOLDER

- ``K250``, ``K30``: as Kinetics is usually stored, h264 340x256, 10 s at 30 fps, a key frame every
  250 or 30 frames, B-frames as x264 sets them by default;
- ``U-h264``: 320x240, 7 s at 25 fps, h264;
- ``U-avi``: the same as MPEG-4 in avi, a key frame every 12 frames;
- ``U-avi-long``: the same with B-frames and no second key frame, as most files of UCF101 are;
- ``UCF101``: real clips, where the environment variable TEV_REAL_CLIPS names a folder that has
  them in ``ucf101``.

The content is a textured scene under a moving camera, with textured things that move in it and film
grain. The same seed gives the same pictures. Sets that exist are not made again.
"""

import argparse
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Sequence

import av
import cv2
import measuring
import numpy as np

from tev_mmaction.datasets.indexing import index_videos
from tev_mmaction.datasets.picture_indexing import index_pictures
from tev_mmaction.files import write_file

_SIZES = dict(K=(340, 256, 30, 10.0), U=(320, 240, 25, 7.0))  # width, height, fps, seconds
_H264 = dict(crf='23')
_MPEG4 = dict(b='500000')
_CODECS = {
    'K250': ('libx264', '.mp4', dict(_H264, g='250')),
    'K30': ('libx264', '.mp4', dict(_H264, g='30')),
    'U-h264': ('libx264', '.mp4', _H264),
    'U-avi': ('mpeg4', '.avi', dict(_MPEG4, g='12')),
    'U-avi-long': ('mpeg4', '.avi', dict(_MPEG4, g='600', bf='2', sc_threshold='1000000000')),
}
GENERATED = tuple(_CODECS)
REAL = 'UCF101'


@dataclass(frozen=True)
class VideoSet:
    """Videos as a data set keeps them: a list ``train.txt``, and a folder ``videos``.

    Args:
        name (str): Short name.
        root (Path): The ``data_root`` of a config.
        index (Path, optional): Its video index, with the pictures of the videos.
    """

    name: str
    root: Path
    index: Optional[Path] = None

    prefix = 'videos'

    @property
    def ann_file(self) -> Path:
        """The list of the videos."""
        return self.root / 'train.txt'

    @property
    def paths(self) -> List[str]:
        """The videos, in the order of the list."""
        lines = self.ann_file.read_text().splitlines()
        return [str(self.root / self.prefix / line.rsplit(' ', 1)[0]) for line in lines]

    @property
    def is_avi(self) -> bool:
        """Whether the videos are MPEG-4 in avi; else they are h264."""
        return self.paths[0].endswith('.avi')


def scene(
    width: int, height: int, num_frames: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Frames of a moving scene, (height, width, 3), uint8, RGB."""
    side = 2 * max(width, height)
    background = _texture(side, rng)
    things = [_Thing(width, height, rng) for _ in range(3)]
    grain = rng.normal(0, 1.5, size=(8, height, width, 1)).astype(np.float32)
    pan, phase = rng.uniform(0.3, 1.2, size=3), rng.uniform(0, 2 * np.pi, size=3)
    for number in range(num_frames):
        swing = np.sin(pan * 0.05 * number + phase)
        camera = cv2.getRotationMatrix2D((side / 2, side / 2), 4 * swing[2], 1.1 + 0.08 * swing[0])
        camera[:, 2] += (width - side) / 2 + 40 * swing[0], (height - side) / 2 + 25 * swing[1]
        picture = cv2.warpAffine(background, camera, (width, height))
        for thing in things:
            thing.draw(picture, number)
        picture += grain[rng.integers(len(grain))]
        yield np.clip(picture, 0, 255).astype(np.uint8)


class _Thing:
    """A textured ellipse on a path of its own."""

    def __init__(self, width: int, height: int, rng: np.random.Generator):
        size = int(height * rng.uniform(0.25, 0.5))
        self.texture = _texture(size, rng)
        mask = np.zeros((size, size), np.float32)
        axes = (int(size * 0.45), int(size * rng.uniform(0.25, 0.45)))
        cv2.ellipse(mask, (size // 2, size // 2), axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
        self.mask = cv2.GaussianBlur(mask, (0, 0), 1)
        self.frequency, self.phase = rng.uniform(0.02, 0.08, 2), rng.uniform(0, 2 * np.pi, 2)
        self.turn = rng.uniform(-3, 3)
        self.middle, self.reach = np.array([width, height]) / 2, np.array([width, height]) * 0.35

    def draw(self, picture: np.ndarray, number: int) -> None:
        """Paint into ``picture``, float32 (H, W, 3)."""
        size = len(self.mask)
        place = self.middle + self.reach * np.sin(self.frequency * number + self.phase)
        matrix = cv2.getRotationMatrix2D((size / 2, size / 2), self.turn * number, 1)
        matrix[:, 2] += place - size / 2
        shape = picture.shape[1::-1]
        mask = cv2.warpAffine(self.mask, matrix, shape)[..., None]
        picture += mask * (cv2.warpAffine(self.texture, matrix, shape) - picture)


def _texture(size: int, rng: np.random.Generator) -> np.ndarray:
    """Random colours with the 1/f amplitudes of natural pictures, float32 (size, size, 3)."""
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    frequency[0, 0] = 1
    shape = (3, *frequency.shape)
    spectrum = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    planes = np.fft.irfft2(spectrum / frequency**1.2, s=(size, size))
    planes = 0.8 * planes[:1] + 0.45 * planes  # colours follow brightness, mostly
    planes = (planes - planes.mean()) / planes.std()
    return np.ascontiguousarray((110 + 48 * planes).transpose(1, 2, 0).astype(np.float32))


def write_video(path: Path, codec: str, options: dict, frames: Iterator[np.ndarray], fps: int):
    """Encode frames (H, W, 3), uint8, RGB."""
    with av.open(str(path), 'w') as container:
        stream = None
        for pixels in frames:
            if stream is None:
                stream = container.add_stream(codec, rate=Fraction(fps))
                stream.height, stream.width = pixels.shape[:2]
                stream.pix_fmt = 'yuv420p'
                stream.options = options
                stream.codec_context.thread_count = 1
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format='rgb24')))
        container.mux(stream.encode())


def make_set(folder: Path, name: str, num_clips: int, seconds: float = 0) -> VideoSet:
    """Write a set, unless it is there.

    Args:
        folder (Path): Where the sets are kept.
        name (str): One of :data:`GENERATED`.
        num_clips (int): Videos, at least 2.
        seconds (float): Length of a video; 0 for that of the data set.
    """
    codec, suffix, options = _CODECS[name]
    width, height, fps, usual = _SIZES[name[0]]
    num_frames = round(fps * (seconds or usual))
    root = folder / f'{name}_{num_clips}x{num_frames}'
    if not root.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f'{root.name}_', dir=folder))
        (draft / 'videos').mkdir()
        lines = []
        for number in range(num_clips):
            frames = scene(width, height, num_frames, np.random.default_rng([0, number]))
            write_video(draft / f'videos/{number:03d}{suffix}', codec, options, frames, fps)
            lines.append(f'{number:03d}{suffix} 0\n')
        (draft / 'train.txt').write_text(''.join(lines))
        draft.rename(root)
    return VideoSet(name, root)


def indexed_set(videos: VideoSet) -> VideoSet:
    """The set with an index and the pictures of its videos, made anew."""
    out = videos.root / 'indexed'
    summary = index_videos(
        str(videos.ann_file), str(videos.root / videos.prefix), str(out), num_workers=0
    )
    index_pictures(summary.files.index, str(videos.root / videos.prefix), num_workers=0)
    return replace(videos, index=Path(summary.files.index))


def copied_set(name: str, root: Path, paths: Sequence[Path]) -> VideoSet:
    """A set of copies of videos, numbered; made anew. Links would count as one video."""
    (root / 'videos').mkdir(parents=True, exist_ok=True)
    lines = []
    for number, path in enumerate(paths):
        copy = root / f'videos/{number:05d}{path.suffix}'
        copy.unlink(missing_ok=True)
        shutil.copy2(path, copy)  # with its time, by which caches know it
        lines.append(f'{copy.name} 0\n')
    write_file(root / 'train.txt', ''.join(lines))
    return VideoSet(name, root)


def real_set(folder: Path, num_clips: int) -> List[VideoSet]:
    """The real clips, as a list of one set, or of none where there are not any."""
    root = Path(os.environ.get('TEV_REAL_CLIPS', 'no real clips'))
    videos = sorted((root / 'ucf101').glob('*.avi'))[:num_clips]
    return [copied_set(REAL, folder / f'{REAL}_{len(videos)}', videos)] if videos else []


def add_options(parser: argparse.ArgumentParser, sets: Sequence[str] = (*GENERATED, REAL)) -> None:
    """Options of the benchmarks that read videos."""
    default = Path(tempfile.gettempdir()) / f'tev_mmaction_benchmarks_{os.getuid()}'
    parser.add_argument(
        '--clips',
        type=Path,
        default=default,
        help=f'folder of the generated videos, kept between runs; default: {default}',
    )
    parser.add_argument('--sets', nargs='+', default=list(sets), choices=(*GENERATED, REAL))
    parser.add_argument('--num-clips', type=int, default=8, help='videos a set')
    parser.add_argument('--seconds', type=float, default=0, help='0: as long as the data set has')


def sets_of(args: argparse.Namespace) -> Dict[str, VideoSet]:
    """The sets that the options of :func:`add_options` ask for, by name."""
    found = {}
    for name in args.sets:
        if name != REAL:
            found[name] = make_set(args.clips, name, args.num_clips, args.seconds)
        elif real := real_set(args.clips, args.num_clips):
            found[name] = real[0]
    return found


def measure_all(
    parser: argparse.ArgumentParser,
    measure_set: Callable[[VideoSet, argparse.Namespace], List[measuring.Row]],
    argv: Optional[Sequence[str]] = None,
) -> List[measuring.Row]:
    """Run a benchmark on every set that the command line asks for, and report.

    Args:
        parser (argparse.ArgumentParser): With the options of the benchmark itself.
        measure_set (Callable): Rows of one set, given the options.
        argv (Sequence[str], optional): The command line. Defaults to that of the process.
    """
    add_options(parser)
    args = parser.parse_args(argv)
    measuring.prepare()
    rows = [row for videos in sets_of(args).values() for row in measure_set(videos, args)]
    measuring.report(rows, args.out)
    return rows


def main() -> None:
    """Write all sets and tell what they weigh."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    args = parser.parse_args()
    for name, videos in sets_of(args).items():
        sizes = [os.path.getsize(path) for path in videos.paths]
        with av.open(videos.paths[0]) as container:
            stream = container.streams.video[0]
            seconds = float(container.duration / av.time_base)
            packets = [packet for packet in container.demux(stream) if packet.size]
        keys = sum(packet.is_keyframe for packet in packets)
        print(
            f'{name}: {len(sizes)} videos, {np.mean(sizes) / 1e3:.0f} kB each, '
            f'{np.mean(sizes) * 8 / seconds / 1e3:.0f} kb/s, '
            f'{len(packets)} frames, {keys} key frames'
        )


if __name__ == '__main__':
    main()
