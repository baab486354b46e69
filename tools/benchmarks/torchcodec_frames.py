"""Frames that torchcodec reads, beside those of a sequential read by PyAV.

    python tools/benchmarks/torchcodec_frames.py FOLDER_OR_VIDEO...

Needs ``pip install torchcodec`` and the shared libraries of an FFmpeg that it supports. Each video
is read in a process of its own: up to 150 frames in one call, evenly spaced from the first to the
last, and thrice up to 32 random frames by a new decoder, as in training. Frame i is compared with
the i-th frame that PyAV decodes. The converters to RGB round otherwise, so frames count as equal up
to a mean difference of half a grey level.
"""

import argparse
import multiprocessing
from collections import Counter
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Dict, List, Sequence

import numpy as np

from tev_mmaction.datasets.readers import VideoError, open_video

TOLERANCE = 0.5  # grey levels, mean of a frame
MODES = ('exact', 'approximate')
SECONDS = 120
_SPACED = 150
_READS, _FRAMES_A_READ = 3, 32


def is_installed() -> bool:
    """Whether torchcodec can be imported; it cannot without the libraries of FFmpeg."""
    if find_spec('torchcodec') is None:
        return False
    try:
        import torchcodec  # noqa: F401
    except (ImportError, OSError, RuntimeError):
        return False
    return True


def read(path: str, indices: Sequence[int], mode: str) -> np.ndarray:
    """Frames by a new decoder of torchcodec, shape (K, H, W, 3), uint8, RGB.

    Args:
        path (str): The video.
        indices (Sequence[int]): Ascending.
        mode (str): One of :data:`MODES`, torchcodec's ``seek_mode``.
    """
    from torchcodec.decoders import VideoDecoder

    decoder = VideoDecoder(path, dimension_order='NHWC', num_ffmpeg_threads=1, seek_mode=mode)
    return decoder.get_frames_at(indices=list(map(int, indices))).data.numpy()


def differences(frames: np.ndarray, expected: Sequence[np.ndarray]) -> List[float]:
    """Mean difference of each frame from the expected one, in grey levels; 255 for another size."""
    if frames.shape[1:] != expected[0].shape:
        return [255.0] * len(expected)
    pairs = zip(frames.astype(np.int16), expected)
    return [float(np.abs(frame - other).mean()) for frame, other in pairs]


def judge(path: str, mode: str) -> Dict[str, object]:
    """Read a video in both ways.

    Returns:
        dict[str, object]: ``outcome`` and ``reason``. The outcome is ``'right'``, ``'refused'`` (at
        least one read failed), ``'wrong'`` (at least one read returned other frames without an
        error), or ``'PyAV refuses'``.
    """
    from torchcodec.decoders import VideoDecoder

    try:
        reader = open_video(path, 'pyav-plain')
        num_frames = reader.count_decodable()
        rng = np.random.default_rng(0)
        reads = [np.linspace(0, num_frames - 1, min(_SPACED, num_frames)).astype(int)]
        for _ in range(_READS):
            reads.append(np.sort(rng.permutation(num_frames)[:_FRAMES_A_READ]))
        wanted = np.unique(np.concatenate(reads))
        expected = dict(zip(wanted.tolist(), reader.frames(wanted)))
    except VideoError as error:
        return dict(outcome='PyAV refuses', reason=error.reason)
    found: List[float] = []
    failure = ''
    for indices in reads:
        try:
            frames = read(path, indices, mode)
        except (RuntimeError, ValueError, IndexError) as error:  # so torchcodec refuses a read
            failure = failure or str(error).splitlines()[0][:100]
            continue
        found += differences(frames, [expected[index] for index in indices.tolist()])
    wrong = sum(difference > TOLERANCE for difference in found)
    if wrong:
        reason = f'{wrong} of {len(found)} frames read, by up to {max(found):.1f} grey levels'
        return dict(outcome='wrong', reason=reason)
    if failure:
        return dict(outcome='refused', reason=failure)
    length = len(VideoDecoder(path, seek_mode=mode))
    if length != num_frames:
        return dict(outcome='wrong', reason=f'{length} frames instead of {num_frames}')
    return dict(outcome='right', reason=f'within {max(found):.2f} grey levels')


def judge_apart(path: str, mode: str) -> Dict[str, object]:
    """As :func:`judge`, in a process that may crash or hang."""
    context = multiprocessing.get_context('fork')  # imports are done once
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sender.send(judge(path, mode)))
    process.start()
    sender.close()
    try:
        if not receiver.poll(SECONDS):
            process.kill()
            return dict(outcome='not judged', reason=f'more than {SECONDS} s')
        return receiver.recv()
    except EOFError:
        process.join()
        return dict(outcome='crashes', reason=f'exit status {process.exitcode}')
    finally:
        process.join()


def main(argv=None) -> None:
    """Judge videos and print a line each, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('videos', nargs='+', type=Path)
    parser.add_argument('--mode', choices=MODES, default='exact', help="torchcodec's seek_mode")
    args = parser.parse_args(argv)
    if not is_installed():
        parser.error('torchcodec cannot be imported: install it, and an FFmpeg that it supports')
    paths = []
    for path in args.videos:
        paths += sorted(p for p in path.rglob('*') if p.is_file()) if path.is_dir() else [path]
    outcomes = Counter()
    for path in paths:
        found = judge_apart(str(path), args.mode)
        outcomes[found['outcome']] += 1
        print(f'{found["outcome"]}: {path.name}: {found["reason"]}', flush=True)
    counts = ', '.join(f'{count} {name}' for name, count in outcomes.most_common())
    print(
        f'torchcodec {version("torchcodec")}, seek_mode {args.mode}, {len(paths)} files: {counts}'
    )


if __name__ == '__main__':
    main()
