"""Measure how things move in every video of a list, as a target for pre-training.

    python tools/data/motion_tracks.py LIST.txt OUT.npz --root FOLDER

Optical flow is computed once for every video (Farneback, by OpenCV), and kept as fourteen numbers a
moment. ``ClipMotion`` looks them up.
"""

import argparse
import os
import os.path as osp
from functools import partial
from multiprocessing import get_context

import cv2
from tqdm import tqdm

from tev_mmaction.datasets.readers import open_video
from tev_mmaction.datasets.video_list import read_list
from tev_mmaction.motion import MotionTracks, Track, measure


def track_of(path: str, root: str) -> Track:
    """Track of a video."""
    cv2.setNumThreads(1)
    reader = open_video(osp.join(root, path))
    return measure(reader.frames(range(len(reader))))


def main() -> None:
    """Write the tracks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('list', help='`path label` or `path` lines')
    parser.add_argument('out', help='file to write, .npz')
    parser.add_argument('--root', help='folder of the paths; default: that of the list')
    parser.add_argument('--num-workers', type=int, default=os.cpu_count())
    args = parser.parse_args()
    root = osp.dirname(args.list) if args.root is None else args.root
    paths = [path for path, _ in read_list(args.list)]
    with get_context('spawn').Pool(args.num_workers) as pool:
        work = pool.imap(partial(track_of, root=root), paths, chunksize=4)
        tracks = dict(zip(paths, tqdm(work, total=len(paths), desc='motion', unit='video')))
    MotionTracks(tracks).save(args.out)
    print(f'{len(tracks)} motion tracks in {args.out}')


if __name__ == '__main__':
    main()
