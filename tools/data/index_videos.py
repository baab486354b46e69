"""Decode every video once, and write down which can be used.

    python tools/data/index_videos.py FOLDER
    python tools/data/index_videos.py LIST.txt --root FOLDER

Beside the list (or in the folder, as ``videos.*``), or where ``--out`` says, it writes

- ``<name>.index.csv``: frames, fps, size and, for rejected files, the reason; notes of what is out
  of the ordinary, such as packets that show no frame. ClipPairDataset finds it beside the list: it
  need not open videos to learn their length, and leaves out rejected ones.
- ``<name>.usable.txt``: the list, less the rejected videos.
- ``<name>.rejected.txt``: path and reason, divided by a tab.
"""

import argparse
import os
import os.path as osp
from functools import partial
from multiprocessing import get_context
from typing import List, Tuple

from tqdm import tqdm

from tev_mmaction.datasets.folders import scan_folder
from tev_mmaction.datasets.readers import resolve_decoder
from tev_mmaction.datasets.video_index import (
    VideoRecord,
    check_decord,
    default_index_file,
    examine,
    save_index,
)
from tev_mmaction.datasets.video_list import NO_LABEL, read_list


def parse_args(argv=None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        'source', help='a folder of videos, searched recursively, or a list of `path label` lines'
    )
    parser.add_argument(
        '--root',
        default='',
        help='folder that the paths of a list start from; default: the folder of the list',
    )
    parser.add_argument('--out', help='folder for the three files; default: that of the source')
    parser.add_argument(
        '--min-frames', type=int, default=2, help='reject shorter videos; default: 2'
    )
    parser.add_argument('--decoder', default='auto', help='pyav, decord, or auto (default)')
    parser.add_argument(
        '--check-decord',
        action='store_true',
        help='note videos of which decord reads other frames than PyAV; with --decoder decord, '
        'reject them',
    )
    parser.add_argument('--num-workers', type=int, default=os.cpu_count())
    return parser.parse_args(argv)


def _examine(
    video: Tuple[str, int], root: str, decoder: str, min_frames: int, with_decord: bool
) -> VideoRecord:
    filename = osp.join(root, video[0])
    record = examine(video[0], filename, decoder, min_frames)
    return check_decord(record, filename) if with_decord else record


def index_videos(
    videos: List[Tuple[str, int]],
    root: str,
    decoder: str,
    min_frames: int,
    num_workers: int,
    with_decord: bool = False,
) -> List[VideoRecord]:
    """Examine videos in parallel, with a progress bar; records in the order of the videos."""
    work = partial(
        _examine, root=root, decoder=decoder, min_frames=min_frames, with_decord=with_decord
    )
    with get_context('spawn').Pool(num_workers) as pool:
        records = pool.imap(work, videos, chunksize=4)
        return list(tqdm(records, total=len(videos), desc='index', unit='video'))


def main() -> None:
    """Write index, usable and rejected lists."""
    args = parse_args()
    decoder = resolve_decoder(args.decoder)
    if args.check_decord:
        resolve_decoder('decord')
    if osp.isdir(args.source):
        videos, root, stem = scan_folder(args.source), args.source, osp.join(args.source, 'videos')
    else:
        videos = read_list(args.source)
        root, stem = args.root or osp.dirname(args.source), osp.splitext(args.source)[0]
    if args.out:
        os.makedirs(args.out, exist_ok=True)
        stem = osp.join(args.out, osp.basename(stem))
    records = index_videos(
        videos, root, decoder, args.min_frames, args.num_workers, args.check_decord
    )
    save_index(records, default_index_file(stem + '.txt', ''))
    with open(stem + '.usable.txt', 'w') as usable, open(stem + '.rejected.txt', 'w') as rejected:
        for (path, label), record in zip(videos, records):
            if record.usable:
                usable.write(f'{path}\n' if label == NO_LABEL else f'{path} {label}\n')
            else:
                rejected.write(f'{path}\t{record.reason}\n')
    good = [record for record in records if record.usable]
    frames = sorted(record.num_frames for record in good) or [0]
    print(
        f'{len(good)} of {len(records)} videos usable (decoder {decoder}); frames: '
        f'{frames[0]} shortest, {frames[len(frames) // 2]} median, {frames[-1]} longest'
    )
    for record in records:
        if not record.usable:
            print(f'rejected {record.path}: {record.reason}')
        elif record.note:
            print(f'note on {record.path}: {record.note}')
    print(f'wrote {stem}.index.csv, {stem}.usable.txt and {stem}.rejected.txt')


if __name__ == '__main__':
    main()
