"""Memory and cost of a training step whose backbone runs chunk by chunk, beside the plain step.

    python tools/benchmarks/chunked_step.py

Memory is the peak of a process of its own for every batch, above what it held before the step
(libraries, weights), and so includes gradients and the batch itself, whose size is given beside.
Cost is CPU time of forward and backward, both kinds in turns, median and range. Backbone, clips and
heads are those of configs/tev_r3d18_ucf101.py.
"""

import argparse
import multiprocessing
import os
import resource
import statistics
import time
from typing import Optional

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

import tev_mmaction

TASKS = ('Equivariance', 'Instance', 'Speed', 'Direction', 'Order')


def build(chunk_size: Optional[int], args: argparse.Namespace) -> torch.nn.Module:
    """The recognizer of the UCF101 config, with random weights."""
    init_default_scope('mmaction')
    MMLogger.get_instance('benchmark', log_level='ERROR')  # the warning of batch statistics
    torch.manual_seed(0)
    heads = {name.lower(): dict(type=f'{name}Head') for name in TASKS}
    heads['speed']['speeds'] = (1, 2, 4, 8)
    r2plus1d = dict(factorised=True, stem_pool=False, shortcut='B')
    return MODELS.build(
        dict(
            type='TimeEquivariantRecognizer',
            backbone=dict(
                type='VideoResNet', depth=18, **(r2plus1d if args.backbone == 'r2plus1d18' else {})
            ),
            feature_dim=512,
            channels_last=True,
            heads=heads,
            chunk_size=chunk_size,
        )
    )


def batch(pairs: int, args: argparse.Namespace) -> dict:
    """Noise, in groups of two videos that share a relative transformation."""
    samples = []
    for video in range(pairs):
        group = video // 2
        labels = dict(sample_idx=video, relative_id=2 * group, swapped_id=2 * group + 1)
        labels.update(speeds=(1, 2), directions=(1, -1), order=video % 3)
        samples.append(ActionDataSample())
        samples[-1].set_metainfo(labels)
    return dict(
        inputs=torch.randn(pairs, 2, 3, args.frames, args.size, args.size), data_samples=samples
    )


def step(model: torch.nn.Module, data: dict) -> None:
    """Forward and backward."""
    model.zero_grad()
    loss, _ = model.parse_losses(model(**data, mode='loss'))
    loss.backward()


def peak_memory(pairs: int, chunk_size: Optional[int], args: argparse.Namespace) -> int:
    """MiB by which a step raises the peak of this process, which must be a fresh one."""
    torch.set_num_threads(args.threads)
    model = build(chunk_size, args)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    step(model, batch(pairs, args))
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024


def measure_memory(args: argparse.Namespace) -> None:
    """Print a row a batch."""
    spawn = multiprocessing.get_context('spawn')
    print(f'\npeak memory, MiB     plain   in chunks of {args.chunk_size}   (of it the batch)')
    for pairs in args.pairs:
        row = []
        for chunk_size in (None, args.chunk_size):
            if chunk_size is None and pairs > args.largest_plain:
                row.append('-')
                continue
            with spawn.Pool(1) as pool:
                row.append(pool.apply(peak_memory, (pairs, chunk_size, args)))
        size = pairs * 2 * 3 * args.frames * args.size**2 * 4 / 2**20
        print(f'{pairs:>6} pairs {row[0]:>14} {row[1]:>16} {size:>15.0f}', flush=True)


def measure_cost(args: argparse.Namespace) -> None:
    """Print the CPU time of both kinds of step on a batch that the plain one can hold."""
    models = {'plain': build(None, args), 'in chunks': build(args.chunk_size, args)}
    data = batch(args.cost_pairs, args)
    seconds = {name: [] for name in models}
    for repeat in range(args.repeats + 1):
        for name, model in models.items():
            start = time.process_time()
            step(model, data)
            if repeat:  # the first is for warming up
                seconds[name].append((time.process_time() - start) / args.cost_pairs / 2)
            model.zero_grad()
    print(f'\nCPU ms a clip, {args.cost_pairs} pairs, {args.repeats} repeats')
    for name, values in seconds.items():
        low, middle, high = (1000 * f(values) for f in (min, statistics.median, max))
        print(f'{name:>10} {middle:8.1f}   ({low:.1f} to {high:.1f})')
    ratios = [chunked / plain for plain, chunked in zip(*seconds.values())]
    print(
        f'{"ratio":>10} {statistics.median(ratios):8.2f}   ({min(ratios):.2f} to {max(ratios):.2f})'
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--backbone', choices=['r3d18', 'r2plus1d18'], default='r3d18')
    parser.add_argument('--pairs', type=int, nargs='+', default=[8, 16, 32])
    parser.add_argument('--chunk-size', type=int, default=4)
    parser.add_argument(
        '--largest-plain', type=int, default=32, help='pairs that memory suffices for'
    )
    parser.add_argument('--cost-pairs', type=int, default=16)
    parser.add_argument('--frames', type=int, default=16)
    parser.add_argument('--size', type=int, default=112)
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print(
        f'{args.backbone}, {args.frames} frames at {args.size}, float32, {args.threads} threads of '
        f'{os.cpu_count()} cores, torch {torch.__version__}, '
        f'tev_mmaction {tev_mmaction.__version__}'
    )
    measure_memory(args)
    measure_cost(args)


if __name__ == '__main__':
    main()
