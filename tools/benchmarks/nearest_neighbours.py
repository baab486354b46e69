"""Exact top-k search beside a full sort of the similarity matrix, and its memory at full size.

    python tools/benchmarks/nearest_neighbours.py

Both run on the same slice of queries, in turns; the printed times are CPU seconds of all threads,
median and range. Then the search runs once on all queries, and its memory above that of the
features is measured. The default size is that of Kinetics-400.
"""

import argparse
import os
import resource
import statistics
import time
from typing import Callable, Tuple

import numpy as np
import torch

from tev_mmaction.evaluation import nearest_neighbours


def unit_vectors(count: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Random directions, (count, width), float32, made in place."""
    vectors = rng.standard_normal((count, width), dtype=np.float32)
    for rows in np.array_split(vectors, max(1, count // 8192)):
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors


def full_sort(queries: np.ndarray, gallery: np.ndarray, k: int) -> np.ndarray:
    """What the search replaces: all similarities, sorted; ties by position."""
    similarities = torch.from_numpy(queries) @ torch.from_numpy(gallery).T
    return similarities.argsort(dim=1, descending=True, stable=True)[:, :k].numpy()


def cpu_seconds(function: Callable, *args) -> Tuple[float, np.ndarray]:
    """CPU time of one call, and what it returns."""
    start = time.process_time()
    result = function(*args)
    return time.process_time() - start, result


def resident() -> int:
    """Bytes of memory in use."""
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--gallery', type=int, default=240_000)
    parser.add_argument('--queries', type=int, default=20_000)
    parser.add_argument('--width', type=int, default=512)
    parser.add_argument('--k', type=int, default=20)
    parser.add_argument('--slice', type=int, default=256, help='queries that the sort gets, too')
    parser.add_argument('--repeats', type=int, default=5)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    gallery = unit_vectors(args.gallery, args.width, rng)
    queries = unit_vectors(args.queries, args.width, rng)
    before = resident()

    start, cpu = time.perf_counter(), time.process_time()
    nearest_neighbours(queries, gallery, args.k)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f'gallery {args.gallery} x {args.width}, {args.queries} queries, k {args.k}, '
        f'{torch.get_num_threads()} threads of {os.cpu_count()} cores, torch {torch.__version__}'
    )
    print(
        f'search of all queries: {wall:.1f} s, {cpu:.1f} s of CPU time, '
        f'{(peak - before) / 2**30:.2f} GiB above the features'
    )

    part = queries[: args.slice]
    times = {'search': [], 'full sort': []}
    for _ in range(args.repeats):
        seconds, (found, _) = cpu_seconds(nearest_neighbours, part, gallery, args.k)
        times['search'].append(seconds)
        seconds, expected = cpu_seconds(full_sort, part, gallery, args.k)
        times['full sort'].append(seconds)
    for name, values in times.items():
        print(
            f'{name:<10} of {len(part)} queries: {statistics.median(values):7.3f} s of CPU time '
            f'({min(values):.3f} to {max(values):.3f}, {args.repeats} repeats)'
        )
    ratio = statistics.median(times['full sort']) / statistics.median(times['search'])
    print(
        f'full sort / search: {ratio:.1f}; same neighbours: {(found == expected).mean():.4%} '
        '(the rest: ties within the rounding of float32, which the sort does not resolve)'
    )


if __name__ == '__main__':
    main()
