"""Note where the pictures of indexed videos lie, so that pre-training need not read all packets.

    python tools/data/index_pictures.py LIST.index.csv --root FOLDER

The index is that of ``index_videos.py``, and the tool writes ``LIST.index.pictures`` beside it, an
SQLite file, whole or not at all. ClipPairDataset finds it there. Frames stay the same. It takes
some milliseconds a video, since nothing is decoded, and one or two kilobytes. After videos changed
or moved to another disk with a new time of change, they are read as without it: make it anew.

The exit status is 0; 1 if it could not be written; 2 for a wrong command line.
"""

import argparse
import os
import sys
from typing import List, Optional

from tev_mmaction.datasets.picture_indexing import index_pictures
from tev_mmaction.datasets.worker_pool import WorkerDied
from tev_mmaction.stopping import stoppable
from tev_mmaction.texts import with_flags


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('index_file', help='the index, such as train.index.csv')
    parser.add_argument(
        '--root',
        default='',
        help='folder that the paths of the index start from; default: the folder of the index',
    )
    parser.add_argument(
        '--num-workers',
        type=int,
        default=os.cpu_count(),
        help='worker processes, 0 for none; default: one per core',
    )
    return parser.parse_args(argv)


def main(argv: Optional[List[str]] = None) -> int:
    """Make the store; returns the exit status."""
    args = parse_args(argv)
    try:
        with stoppable():
            summary = index_pictures(args.index_file, args.root, args.num_workers)
    except (OSError, ValueError, WorkerDied) as error:
        print(f'index_pictures.py: error: {with_flags(error, vars(args))}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('index_pictures.py: error: interrupted', file=sys.stderr)
        return 1
    print(
        f'wrote {summary.file}: {summary.num_stored} of {summary.num_videos} videos; the others '
        'are read as before'
    )
    return 0


if __name__ == '__main__':
    sys.exit(main())
