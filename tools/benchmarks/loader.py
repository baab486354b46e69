"""Batches on their way into the backbone: loader with persistent workers and preprocessing.

    python tools/benchmarks/loader.py

Ours is the training loader and the data preprocessor as the configs have them; beside it the same
with MMAction2's pipeline, once a clip, and its ``ActionDataPreprocessor``. Times are those of the
main process and of the workers. All sides have the same temporal draws in the same order. Ours
reads the original files without an index, and with the index and its pictures, see
``tools/data/index_pictures.py``.
"""

from functools import partial
from typing import List

import caches
import measuring
import torch
import video_sets
from measuring import Goal, Row
from stock import draws_of, our_loader, our_preprocessor, stock_loader, stock_preprocessor
from torch import nn
from torch.utils.data import DataLoader

NAME = 'loader and preprocessing'
STOCK = 'stock, twice'
_GOALS = dict(h264=2.3, avi=3.5)
_MJPEG_GOAL = 6.0


def run(loader: DataLoader, preprocessor: nn.Module) -> List[dict]:
    """One pass; the preprocessed batches."""
    return [preprocessor(batch, training=True) for batch in loader]


def measure_set(videos: video_sets.VideoSet, args) -> List[Row]:
    """Time the sides on a set and on its MJPEG cache."""
    build = partial(our_loader, batch_size=args.batch_size, num_workers=args.workers)
    cache = caches.make_cache(videos, args.clips, 'mjpeg')
    indexed = video_sets.indexed_set(videos)
    loaders = {'ours': build(videos), 'indexed': build(indexed), 'mjpeg': build(cache)}
    batches = run(loaders['ours'], our_preprocessor())
    draws = [draw for batch in batches for draw in draws_of(batch['data_samples'])]
    num_pairs = len(draws)
    stock = stock_loader(draws, args.batch_size, args.workers)
    for ours, theirs in zip(batches, run(stock, stock_preprocessor())):
        if ours['inputs'].shape != theirs['inputs'].shape:
            raise AssertionError(
                f'{NAME}: ours {tuple(ours["inputs"].shape)}, stock {tuple(theirs["inputs"].shape)}'
            )

    sides = {STOCK: partial(run, stock, stock_preprocessor())}
    for name, loader in loaders.items():
        sides[name] = partial(run, loader, our_preprocessor())
    times = measuring.interleaved(sides, args.repeats)
    row = partial(measuring.compare, NAME, times=times, beside=STOCK, scale=1000 / num_pairs)
    goal = Goal('>=', _GOALS['avi' if videos.is_avi else 'h264'])
    case = f'{videos.name}, {num_pairs} pairs, {args.workers} workers'
    rows = [
        row(case, ours='ours', goal=goal),
        row(f'{videos.name}, index with pictures', ours='indexed', goal=goal),
    ]
    case, goal = f'{videos.name}, mjpeg cache', Goal('>=', _MJPEG_GOAL)
    return [*rows, row(case, ours='mjpeg', goal=goal)]


def main(argv=None) -> List[Row]:
    """Measure and print."""
    parser = measuring.parser(__doc__, repeats=5)
    parser.add_argument('--batch-size', type=int, default=4, help='pairs')
    parser.add_argument('--workers', type=int, default=2)
    torch.manual_seed(0)
    return video_sets.measure_all(parser, measure_set, argv)


if __name__ == '__main__':
    main()
