"""Measure the motion in every video of a list, as a target for pre-training.

    python tools/data/motion_tracks.py LIST.txt OUT.npz --root FOLDER

Optical flow (Farneback, OpenCV) is computed once for every video and stored as fourteen numbers
for every second frame. ``ClipMotion`` reads them. Videos that cannot be measured are named and
left out. The exit status is 0; 3 if a video was left out; 1 after an error.
"""

import argparse
import os
import os.path as osp
import sys
from functools import partial
from typing import Tuple, Union

import cv2

from tev_mmaction.datasets.readers import VideoError, open_video
from tev_mmaction.datasets.video_list import read_list
from tev_mmaction.datasets.worker_pool import WorkerDied, progress, run
from tev_mmaction.files import check_output
from tev_mmaction.motion import MotionTracks, Track, measure


def track_of(path: str, root: str) -> Tuple[str, Union[Track, str]]:
    """A video's path in the list, and its track, or why there is none."""
    cv2.setNumThreads(1)
    try:
        reader = open_video(osp.join(root, path))
        return path, measure(reader.frames(range(len(reader))))
    except VideoError as error:
        return path, error.reason
    except ValueError as error:  # too short
        return path, str(error)


def main() -> int:
    """Write the tracks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('list', help='`path label` or `path` lines')
    parser.add_argument('out', help='file to write, .npz')
    parser.add_argument('--root', help='folder of the paths; default: that of the list')
    parser.add_argument(
        '--num-workers', type=int, default=os.cpu_count(), help='0 for none; default: one per core'
    )
    args = parser.parse_args()
    root = osp.dirname(args.list) if args.root is None else args.root
    try:
        check_output(args.out)
        paths = [path for path, _ in read_list(args.list)]
        done = run(partial(track_of, root=root), paths, args.num_workers, 'measured')
        found = dict(progress(done, len(paths), len(paths), 'motion'))
        tracks = {path: found[path] for path in paths if isinstance(found[path], Track)}
        MotionTracks(tracks).save(args.out)
    except (OSError, ValueError, WorkerDied) as error:
        print(f'motion_tracks.py: {error}', file=sys.stderr)
        return 1
    for path in paths:
        if path not in tracks:
            print(f'left out {path!r}: {found[path]}')
    print(f'{len(tracks)} of {len(paths)} videos have motion tracks in {args.out}')
    return 0 if len(tracks) == len(paths) else 3


if __name__ == '__main__':
    sys.exit(main())
