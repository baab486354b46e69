"""Decode the frames of a clip pair: ours beside stock DecordInit and DecordDecode, once a clip.

    python tools/benchmarks/decode_pair.py

Every frame of ours is first compared with a plain sequential read by PyAV. The second line of an
h264 set is set beside the least work there is without leaving out frames: decode from the key frame
before each wanted stretch, and convert nothing to RGB; the third, beside the same without the
frames that no other refers to, unless they are wanted. Where torchcodec is installed, two lines
set both its ways to seek beside ours, and count the frames that are not those of a sequential read;
two more set them beside our reader where an index has the pictures of the file.
"""

import argparse
from functools import partial
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import av
import measuring
import numpy as np
import torchcodec_frames
import video_sets
from measuring import Goal, Row
from stock import Draw, StockClipPairs

from tev_mmaction.datasets.readers import open_video
from tev_mmaction.datasets.readers.packets import PictureIndex
from tev_mmaction.temporal import RelativeTransformSampler

NAME = 'decode a pair'
STOCK = 'stock, twice'
_GOALS = {'K250': 1.7, 'K30': 1.35}
_AVI_GOAL = 3.0


class WrongFrames(AssertionError):
    """The frames differ from those of a sequential read."""


def sequential_read(path: str) -> List[np.ndarray]:
    """All frames of a video, uint8 RGB, by PyAV from the first to the last."""
    with av.open(path) as container:
        return [frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)]


def draw_pairs(paths: Sequence[str], lengths: Sequence[int], rounds: int) -> List[Draw]:
    """Random pairs of 16-frame clips, ``rounds`` a video."""
    sampler = RelativeTransformSampler(clip_len=16)
    rng = np.random.default_rng(0)
    draws = []
    for path, length in list(zip(paths, lengths)) * rounds:
        pair = sampler.place(sampler.sample(length, rng), length, rng)
        draws.append(Draw(path, (pair.p, pair.q)))
    return draws


def read_pair(draw: Draw, pictures: Optional[bytes] = None) -> Tuple[np.ndarray, np.ndarray]:
    """Frames of a pair by our reader, as ``ClipPairDataset`` reads: once, unique, ascending.

    Args:
        draw (Draw): The pair.
        pictures (bytes, optional): What an index has of the pictures of the video.

    Returns:
        tuple[np.ndarray, np.ndarray]: Unique frames (U, H, W, 3), and which of them each of the
        frames of both clips is.
    """
    unique, inverse = wanted_frames(draw)
    known = None if pictures is None else PictureIndex.from_bytes(pictures)
    return open_video(draw.path, pictures=known).read(unique), inverse


def wanted_frames(draw: Draw) -> Tuple[np.ndarray, np.ndarray]:
    """Unique indices of the frames of a pair, and which of them each frame of the clips is."""
    wanted = np.concatenate([clip.frame_indices() for clip in draw.clips])
    return np.unique(wanted, return_inverse=True)


def by_torchcodec(draws: Sequence[Draw], mode: str) -> List[np.ndarray]:
    """The unique frames of all pairs, by a new decoder for each."""
    return [torchcodec_frames.read(draw.path, wanted_frames(draw)[0], mode) for draw in draws]


def count_wrong(draws: Sequence[Draw], mode: str) -> str:
    """How many of torchcodec's frames are not those of a sequential read."""
    found = []
    for draw, frames in zip(draws, by_torchcodec(draws, mode)):
        expected = sequential_read(draw.path)
        wanted = [expected[index] for index in wanted_frames(draw)[0]]
        found += torchcodec_frames.differences(frames, wanted)
    wrong = sum(difference > torchcodec_frames.TOLERANCE for difference in found)
    return f'{wrong} of its {len(found)} frames wrong'


def find_pictures(paths: Sequence[str]) -> Dict[str, Optional[bytes]]:
    """What an index has of the pictures of videos; None where packets do not tell."""
    found = {path: open_video(path, 'pyav').picture_index() for path in paths}
    return {path: index and index.to_bytes() for path, index in found.items()}


def check_frames(draws: Sequence[Draw], pictures: Dict[str, Optional[bytes]]) -> int:
    """Compare our frames with a sequential read; the number of frames compared.

    Raises:
        WrongFrames: If one of them differs.
    """
    count = 0
    for path in dict.fromkeys(draw.path for draw in draws):
        expected = sequential_read(path)
        for draw in (draw for draw in draws if draw.path == path):
            frames, inverse = read_pair(draw)
            indexed, _ = read_pair(draw, pictures[path])
            wanted = np.concatenate([clip.frame_indices() for clip in draw.clips])
            for index, position in zip(wanted, inverse):
                found = (frames[position], indexed[position])
                if not all(np.array_equal(frame, expected[index]) for frame in found):
                    raise WrongFrames(
                        f'{NAME}: frame {index} of a generated or real video is not that of a '
                        'sequential read; no time of a wrong read counts'
                    )
                count += 1
    return count


def least_work(draws: Sequence[Draw], skip: bool) -> Callable[[], None]:
    """A function that decodes what the draws need, without converting it."""
    plans = [_plan(draw) for draw in draws]

    def run():
        for draw, stretches in zip(draws, plans):
            with av.open(draw.path) as container:
                stream = container.streams.video[0]
                stream.codec_context.thread_count = 1
                for key_frame, wanted in stretches:
                    _decode_stretch(container, stream, key_frame, wanted, skip)

    return run


def _decode_stretch(container, stream, key_frame: int, wanted: set, skip: bool) -> None:
    """Decode from a key frame's time to the last of the wanted times."""
    last = max(wanted)
    container.seek(key_frame, stream=stream)
    for packet in container.demux(stream):
        if skip:
            keep = packet.pts is None or packet.pts in wanted
            stream.codec_context.skip_frame = 'DEFAULT' if keep else 'NONREF'
        if any(frame.pts == last for frame in packet.decode()):
            return
    raise WrongFrames(f'{NAME}: the no-RGB read did not come to the last frame that is wanted')


def _plan(draw: Draw) -> List[Tuple[int, set]]:
    """Key frames to start from, and the times wanted from each, of an h264 video."""
    with av.open(draw.path) as container:
        packets = [p for p in container.demux(container.streams.video[0]) if p.size]
    times = sorted(packet.pts for packet in packets)
    key_frames = np.array(sorted(packet.pts for packet in packets if packet.is_keyframe))
    stretches = {}
    for index in np.unique(np.concatenate([clip.frame_indices() for clip in draw.clips])):
        start = int(key_frames[np.searchsorted(key_frames, times[index], side='right') - 1])
        stretches.setdefault(start, set()).add(times[index])
    return list(stretches.items())


def measure_set(videos: video_sets.VideoSet, args: argparse.Namespace) -> List[Row]:
    """Check the frames of a set, then time the sides."""
    lengths = [len(open_video(path)) for path in videos.paths]
    draws = draw_pairs(videos.paths, lengths, args.rounds)
    pictures = find_pictures(videos.paths)
    compared = check_frames(draws, pictures)
    stock = StockClipPairs(draws, augment=False)
    sides: Dict[str, Callable] = {
        STOCK: lambda: [stock.clips(index) for index in range(len(draws))],
        'ours': lambda: [read_pair(draw) for draw in draws],
        'indexed': lambda: [read_pair(draw, pictures[draw.path]) for draw in draws],
    }
    if not videos.is_avi:
        sides['no RGB'] = least_work(draws, skip=False)
        sides['no RGB, skipping'] = least_work(draws, skip=True)
    wrong = {}
    for mode in torchcodec_frames.MODES if torchcodec_frames.is_installed() else ():
        wrong[mode] = count_wrong(draws, mode)
        sides[f'torchcodec, {mode}'] = partial(by_torchcodec, draws, mode)
    times = measuring.interleaved(sides, args.repeats)
    case = f'{videos.name}, {len(draws)} pairs, {compared} frames identical'
    bound = _AVI_GOAL if videos.is_avi else _GOALS.get(videos.name)
    compare = partial(measuring.compare, NAME, times=times, scale=1000 / len(draws))
    row, goal = partial(compare, ours='ours'), bound and Goal('>=', bound)
    rows = [
        row(case, beside=STOCK, goal=goal),
        compare(f'{videos.name}, index with pictures', ours='indexed', beside=STOCK, goal=goal),
    ]
    if not videos.is_avi:
        case = f'{videos.name}, no-RGB limit'
        rows.append(row(case, beside='no RGB', goal=Goal('<=', 1.25), inverse=True))
        rows.append(row(case, beside='no RGB, skipping', inverse=True))
    for mode, text in wrong.items():
        beside = f'torchcodec, {mode}'
        for ours, case in (('ours', ''), ('indexed', ' index with pictures,')):
            case = f'{videos.name},{case} {text}'
            rows.append(compare(case, ours=ours, beside=beside, goal=Goal('>=', 1)))
    return rows


def main(argv=None) -> List[Row]:
    """Measure and print."""
    parser = measuring.parser(__doc__, repeats=5)
    parser.add_argument('--rounds', type=int, default=2, help='pairs a video')
    return video_sets.measure_all(parser, measure_set, argv)


if __name__ == '__main__':
    main()
