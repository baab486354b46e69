"""Decode every video once, and write an index and lists of usable and rejected videos.

    python tools/data/index_videos.py FOLDER
    python tools/data/index_videos.py LIST.txt --root FOLDER
    python tools/data/index_videos.py LIST.txt --root http://HOST/videos

The tool writes these files beside the list (or in the folder, as ``videos.*``), or in the folder
``--out``:

- ``<name>.index.csv``: frames, fps, size and, for rejected files, the reason; also notes of
  peculiarities, such as packets that show no frame. ClipPairDataset finds the index beside the
  list. It then need not open videos to determine their lengths, and leaves out rejected ones.
- ``<name>.usable.txt``: the list without the rejected videos.
- ``<name>.rejected.txt``: path and reason, separated by a tab.
- ``.<name>.index.journal``: the entries so far, until the other files are written.

File names with line breaks, or with bytes that are not UTF-8, are quoted as in JSON.

If a call was stopped or killed, the next call continues where it was. The exit status is 0; 1 if
the call stopped; 3 if it finished but left out broken videos; 2 for a wrong command line.
"""

import argparse
import os
import sys
from typing import List, Optional

from tev_mmaction.datasets.indexing import IndexStopped, IndexSummary, index_files, index_videos
from tev_mmaction.stopping import stoppable
from tev_mmaction.texts import quote, with_flags

SOME_LEFT_OUT = 3
SHOWN = 10  # rejected videos, and notes, printed


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'source', help='a folder of videos, searched recursively, or a list of `path label` lines'
    )
    parser.add_argument(
        '--root',
        default='',
        help='folder, or beginning of a URL, that the paths of a list start from; default: the '
        'folder of the list',
    )
    parser.add_argument('--out', help='folder for the files; default: that of the source')
    parser.add_argument(
        '--min-frames', type=int, default=2, help='reject shorter videos; default: 2'
    )
    parser.add_argument(
        '--decoder', default='auto', help='pyav, pyav-plain, decord or auto (default)'
    )
    parser.add_argument(
        '--check-decord',
        action='store_true',
        help='note videos for which decord and PyAV read different frames; with --decoder decord, '
        'reject them',
    )
    parser.add_argument(
        '--num-workers',
        type=int,
        default=os.cpu_count(),
        help='worker processes, 0 for none; default: one per core',
    )
    return parser.parse_args(argv)


def report(summary: IndexSummary) -> None:
    """Print what can be used, what cannot, and what is out of the ordinary."""
    records = summary.records
    good = [record for record in records if record.usable]
    frames = sorted(record.num_frames for record in good) or [0]
    print(
        f'{len(good)} of {len(records)} videos usable (decoder {summary.decoder}; '
        f'{summary.num_new} were to do); frames: {frames[0]} shortest, '
        f'{frames[len(frames) // 2]} median, {frames[-1]} longest'
    )
    rejected = [(record.path, record.reason) for record in records if record.reason]
    notes = [(record.path, record.note) for record in records if record.note]
    for what, lines, file in (
        ('rejected', rejected, summary.files.rejected),
        ('note on', notes, summary.files.index),
    ):
        for path, why in lines[:SHOWN]:
            print(f'{what} {quote(path)}: {why}')
        if len(lines) > SHOWN:
            print(f'... and {len(lines) - SHOWN} more: all are in {file}')
    print(f'wrote {summary.files.index}, {summary.files.usable} and {summary.files.rejected}')


def main(argv: Optional[List[str]] = None) -> int:
    """Make the index; returns the exit status."""
    args = parse_args(argv)
    if '://' not in args.source and not os.path.exists(args.source):
        print(
            f'index_videos.py: error: {args.source} does not exist: give a folder of videos, or a '
            'list of `path label` lines',
            file=sys.stderr,
        )
        return 1
    try:
        files = index_files(args.source, args.out)
        print(f'writes {files.index}, and lists of the same name', file=sys.stderr)
        with stoppable():
            summary = index_videos(
                args.source,
                args.root,
                args.out,
                args.decoder,
                args.min_frames,
                args.num_workers,
                args.check_decord,
            )
            report(summary)
    except (IndexStopped, ImportError, OSError, ValueError) as error:
        print(f'index_videos.py: error: {with_flags(error, vars(args))}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('index_videos.py: error: interrupted', file=sys.stderr)
        return 1
    return SOME_LEFT_OUT if any(record.reason for record in summary.records) else 0


if __name__ == '__main__':
    sys.exit(main())
