"""From a video file to an augmented uint8 pair: ours beside MMAction2's pipeline, once a clip.

    python tools/benchmarks/file_to_pair.py

Ours is ``ClipPairDataset`` as the configs have it: open, decode, crop, resize, flip, pack. Colour
jitter that is left to the data preprocessor costs nothing here; ``loader.py`` measures with it.
Both sides have the same temporal draws. Caches are set beside stock on the *original* files.
"""

from functools import partial
from typing import Dict, List, Sequence

import caches
import measuring
import numpy as np
import torch
import video_sets
from measuring import Goal, Row
from stock import Draw, StockClipPairs, draws_of, our_dataset
from torch.utils.data import Dataset

NAME = 'file to uint8 pair'
STOCK = 'stock, twice'
_GOALS = dict(h264=2.3, avi=4.5)
_CACHE_GOALS = dict(mjpeg=12.0, h264=4.5)


def batches_of(dataset: Dataset, rounds: int) -> List[List[int]]:
    """Every video once a round, in batches of up to 8, shuffled."""
    rng = np.random.default_rng(0)
    batches = []
    for _ in range(rounds):
        order = rng.permutation(len(dataset))
        batches += np.array_split(order, max(1, len(order) // 8))
    return [[int(index) for index in batch] for batch in batches]


def load_all(dataset: Dataset, batches: Sequence[List[int]]) -> List[dict]:
    """The samples of all batches."""
    return [sample for batch in batches for sample in dataset.__getitems__(batch)]


def load_stock(draws: Sequence[Draw]) -> List[dict]:
    """The same pairs by stock."""
    np.random.seed(0)
    stock = StockClipPairs(draws)
    return [stock[index] for index in range(len(stock))]


def check_alike(ours: Sequence[dict], stock: Sequence[dict]) -> None:
    """Both sides must make tensors of one shape and type."""
    for a, b in zip(ours, stock):
        a, b = a['inputs'], b['inputs']
        if (a.shape, a.dtype) != (b.shape, torch.uint8):
            raise AssertionError(f'{NAME}: ours {a.shape} {a.dtype}, stock {b.shape} {b.dtype}')


def measure_set(videos: video_sets.VideoSet, args) -> List[Row]:
    """Time the sides on a set and on its caches."""
    made = caches.make_caches(videos, args.clips)
    datasets = {'ours': our_dataset(videos)}
    datasets.update((form, our_dataset(cache)) for form, cache in made.items())
    batches = batches_of(datasets['ours'], args.rounds)
    samples = load_all(datasets['ours'], batches)
    draws = draws_of([sample['data_samples'] for sample in samples])
    for form in made:
        cached = load_all(datasets[form], batches)
        if [d.clips for d in draws_of([s['data_samples'] for s in cached])] != [
            draw.clips for draw in draws
        ]:
            raise AssertionError(f'{NAME}: the {form} cache has other pairs than the originals')
    check_alike(samples, load_stock(draws))

    sides: Dict[str, object] = {STOCK: partial(load_stock, draws)}
    for name, dataset in datasets.items():
        sides[name] = partial(load_all, dataset, batches)
    times = measuring.interleaved(sides, args.repeats)
    row = partial(measuring.compare, NAME, times=times, beside=STOCK, scale=1000 / len(draws))
    goal = Goal('>=', _GOALS['avi' if videos.is_avi else 'h264'])
    rows = [row(f'{videos.name}, {len(draws)} pairs', ours='ours', goal=goal)]
    for form in caches.FORMATS:
        bound = _CACHE_GOALS.get(form)
        goal = bound and Goal('>=', bound)
        rows.append(row(f'{videos.name}, {form} cache', ours=form, goal=goal))
    return rows


def main(argv=None) -> List[Row]:
    """Measure and print."""
    parser = measuring.parser(__doc__, repeats=5)
    parser.add_argument('--rounds', type=int, default=2, help='pairs a video')
    return video_sets.measure_all(parser, measure_set, argv)


if __name__ == '__main__':
    main()
