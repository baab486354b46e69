"""Make copies of videos that are small and quick to read at random positions.

    python tools/data/cache_videos.py data/ucf101 data/ucf101_128 --prefix videos \
        --lists ucf101_train_split_1_videos.txt ucf101_val_split_1_videos.txt
    python tools/data/cache_videos.py FOLDER CACHE

Paths and names do not change, even if the format does (decoders check the content). Lists and
other text files are copied. So a config needs only another ``data_root`` to use the cache, and
draws the same clips. As ``index_videos.py`` does, the tool writes ``<name>.index.csv``,
``<name>.usable.txt`` and ``<name>.rejected.txt`` beside each list, or ``videos.*`` in a folder
without a list. ``video_cache.json`` and ``video_cache.csv`` let datasets
refuse a cache that is incomplete, damaged, stale or too small.

Formats:

- ``mjpeg`` (default): JPEG frames in avi. For PyAV; decord is slow on it.
- ``h264``: a key frame every 16 frames, a third to a quarter of the bytes. For PyAV and decord.
- ``memmap``: raw frames, ten times the bytes or more, no decoding.

If a call was stopped or killed, the next call continues where it was. The exit status is 0; 1 if
the call stopped; 3 if it finished but left out broken videos; 2 for a wrong command line.
``index_videos.py`` has the same exit status.
"""

import argparse
import os
import sys
from typing import List, Optional

from cache_gain import measure_gain

from tev_mmaction.cli.options import add_copy_options
from tev_mmaction.datasets.caching.build import CacheStopped, CacheSummary, build_cache
from tev_mmaction.datasets.caching.writers import WRITERS
from tev_mmaction.stopping import stoppable
from tev_mmaction.texts import quote, with_flags

SOME_LEFT_OUT = 3
SHOWN = 10  # rejected videos printed


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_copy_options(parser, 'cache')
    parser.add_argument(
        '--short-side',
        type=int,
        default=128,
        help='pixels, even; smaller videos keep their size; default: 128',
    )
    parser.add_argument('--format', choices=list(WRITERS), default='mjpeg')
    parser.add_argument(
        '--decoder', default='auto', help='pyav, pyav-plain, decord or auto (default)'
    )
    parser.add_argument(
        '--num-workers',
        '--workers',
        type=int,
        default=os.cpu_count(),
        help='worker processes, 0 for none; default: one per core',
    )
    return parser.parse_args(argv)


def report(args: argparse.Namespace, summary: CacheSummary) -> None:
    """Print what is in the cache, what is not, and what it brings."""
    kept = [record for record in summary.records if not record.reason]
    rejected = [record for record in summary.records if record.reason]
    written, read = (
        sum(getattr(record, name) for record in kept) for name in ('num_bytes', 'source_size')
    )
    print(
        f'{len(kept)} of {len(summary.records)} videos are in the cache ({args.format}, short side '
        f'{args.short_side}, read by {summary.decoder}); {summary.num_new} were to do'
    )
    if kept:
        print(f'{written} bytes ({written / 1e9:.3f} GB), {written / read:.2f} times the sources')
        gain = measure_gain(args.data_root, args.out_root, kept, summary.decoder)
        print(
            'expected gain: not measured, no video is long enough for a pair of 16-frame clips'
            if gain is None
            else f'expected gain: {gain.source / gain.cache:.1f} (measured now: opening a file and '
            f'reading a random pair of 16-frame clips took {gain.source:.1f} ms from the sources, '
            f'{gain.cache:.1f} ms from the cache; medians of CPU time, {gain.num_videos} videos, '
            f'{gain.num_pairs} pairs each, files in memory, without augmentation)'
        )
    for record in rejected[:SHOWN]:
        print(f'rejected {quote(record.path)}: {record.reason}')
    if rejected:
        print(
            f'{len(rejected)} videos are rejected and left out: all are in *.rejected.txt beside '
            'the lists, lists without them are *.usable.txt'
        )


def main(argv: Optional[List[str]] = None) -> int:
    """Make the cache; returns the exit status."""
    args = parse_args(argv)
    try:
        with stoppable():
            summary = build_cache(
                args.data_root,
                args.out_root,
                args.lists,
                args.prefix,
                args.short_side,
                args.format,
                args.decoder,
                args.num_workers,
            )
            report(args, summary)
    except (CacheStopped, ImportError, OSError, ValueError) as error:
        print(f'cache_videos.py: error: {with_flags(error, vars(args))}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('cache_videos.py: error: interrupted', file=sys.stderr)
        return 1
    return SOME_LEFT_OUT if any(record.reason for record in summary.records) else 0


if __name__ == '__main__':
    sys.exit(main())
