"""Pack videos, or a video cache, into tar files that datasets read without unpacking.

    python tools/data/make_shards.py FOLDER SHARDS --lists train.txt test.txt --prefix videos
    python tools/data/make_shards.py CACHE SHARDS

Then ``data_root='shards://SHARDS'`` takes the place of ``data_root='FOLDER'`` in a config. Where
the folder of the shards is on a server or in an object store, it is ``shards+https://HOST/SHARDS``
or ``shards+s3://BUCKET/SHARDS``. Names, labels and draws do not change.

The tool writes into the folder:

- ``shard-000000.tar`` and so on, in a random order of the videos that is always the same. A video
  is ``000000012.mp4`` with ``000000012.json`` (path, frames, label) and ``000000012.cls`` (label),
  as WebDataset reads them. No file has videos of two lists.
- ``shards.jsonl``: the tar files and, of each video, path, first byte, length and frames.
- the lists, other text files beside them, and an index, ``*.usable.txt`` and ``*.rejected.txt`` of
  each list, as ``index_videos.py`` writes them. It makes an index where a list has none.

If a call was stopped or killed, the next call continues after the last whole tar file. The exit
status is 0; 1 if the call stopped; 3 if it finished but left out broken videos; 2 for a wrong
command line.
"""

import argparse
import os
import re
import sys
from typing import List, Optional

from tev_mmaction.cli.options import add_copy_options
from tev_mmaction.datasets.sharding import ShardsStopped, ShardSummary, build_shards
from tev_mmaction.stopping import stoppable
from tev_mmaction.texts import quote, with_flags

SOME_LEFT_OUT = 3
SHOWN = 10  # rejected videos printed
UNITS = {'': 1, 'K': 2**10, 'M': 2**20, 'G': 2**30}


def size_of(text: str) -> int:
    """Bytes of a size such as ``256M``; K, M and G are powers of 1024."""
    found = re.fullmatch(r'(\d+)([KMG]?)', text.upper())
    if not found:
        raise argparse.ArgumentTypeError(f'{text!r} is not a size: give bytes, 256M or 1G')
    return int(found[1]) * UNITS[found[2]]


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_copy_options(parser, 'shards')
    parser.add_argument(
        '--shard-size',
        type=size_of,
        default='1G',
        help='bytes of a tar file that are not exceeded, except by a single video; default: 1G',
    )
    parser.add_argument(
        '--decoder',
        default='auto',
        help='for lists without an index: pyav, pyav-plain, decord or auto (default)',
    )
    parser.add_argument(
        '--num-workers',
        type=int,
        default=os.cpu_count(),
        help='worker processes that make missing indices, 0 for none; default: one per core',
    )
    return parser.parse_args(argv)


def report(summary: ShardSummary) -> None:
    """Print what is in the shards, and what is not."""
    videos = sum(len(shard.paths) for shard in summary.shards)
    num_bytes = sum(shard.size for shard in summary.shards)
    print(
        f'{videos} of {videos + len(summary.rejected)} videos are in {len(summary.shards)} tar '
        f'files, {num_bytes} bytes ({num_bytes / 1e9:.3f} GB); {summary.num_new} files were to do'
    )
    if summary.unlabelled:
        print(f'{summary.unlabelled} videos have no label, or several, and no .cls in the files')
    for path, reason in list(summary.rejected.items())[:SHOWN]:
        print(f'rejected {quote(path)}: {reason}')
    if summary.rejected:
        print(
            f'{len(summary.rejected)} videos are rejected and left out: all are in *.rejected.txt '
            'beside the lists, lists without them are *.usable.txt'
        )


def main(argv: Optional[List[str]] = None) -> int:
    """Make the shards; returns the exit status."""
    args = parse_args(argv)
    try:
        with stoppable():
            summary = build_shards(
                args.data_root,
                args.out_root,
                args.lists,
                args.prefix,
                args.shard_size,
                args.decoder,
                args.num_workers,
            )
            report(summary)
    except (ShardsStopped, ImportError, OSError, ValueError) as error:
        print(f'make_shards.py: error: {with_flags(error, vars(args))}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('make_shards.py: error: interrupted', file=sys.stderr)
        return 1
    return SOME_LEFT_OUT if summary.rejected else 0


if __name__ == '__main__':
    sys.exit(main())
