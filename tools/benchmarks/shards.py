"""Pairs a second and requests a pair: shards beside single files and LMDB, locally and over HTTP.

    python tools/benchmarks/shards.py

The videos are an MJPEG cache of a set, each under many names. A pass is an epoch of the training
loader, with an index, in wall-clock time, since most of it is waiting. The server is a process of
this machine that waits before each answer. Between its requests a client keeps no connection, so a
real one adds round trips. Blocks that ``cache_dir`` keeps are removed before each pass.
"""

import argparse
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Callable, Dict, List

import caches
import measuring
import video_sets
from measuring import Row, Spread, skipped
from mmengine.runner import Runner
from slow_server import Counts, slow_server
from stock import loader_cfg
from torch.utils.data import DataLoader
from video_sets import VideoSet

from tev_mmaction.datasets.sharding import build_shards
from tev_mmaction.datasets.video_index import load_index, save_index
from tev_mmaction.datasets.video_list import list_text

NAME = 'shards'
SINGLE, RANDOM, ORDERED, LMDB = (
    'single files',
    'shards, random order',
    'shards, ShardSampler',
    'LMDB',
)


@dataclass
class Side:
    """A way to read the videos.

    Args:
        loader (DataLoader): Of an epoch.
        blocks (Path, optional): Folder of kept blocks.
        requests (list[float]): Of a pair, in each pass.
        megabytes (list[float]): Of a pair, in each pass.
        cpu (list[float]): Milliseconds of a pair, in each pass.
    """

    loader: DataLoader
    blocks: Path = Path()
    requests: List[float] = field(default_factory=list)
    megabytes: List[float] = field(default_factory=list)
    cpu: List[float] = field(default_factory=list)

    def run(self, counts: Counts, clock: measuring.CpuClock, num_pairs: int) -> None:
        """One epoch.

        Args:
            counts: Of the server.
            clock: Of this process and its workers.
            num_pairs: Pairs of an epoch.
        """
        if self.blocks != Path():
            shutil.rmtree(self.blocks, ignore_errors=True)
        before, start = (counts.requests.value, counts.sent.value), clock()
        for _ in self.loader:
            pass
        self.cpu.append((clock() - start) / num_pairs * 1000)
        self.requests.append((counts.requests.value - before[0]) / num_pairs)
        self.megabytes.append((counts.sent.value - before[1]) / num_pairs / 1e6)


def many_names(videos: VideoSet, root: Path, number: int) -> None:
    """A data set of so many files, which repeat the videos of a set, and its index."""
    index = load_index(str(videos.ann_file.with_suffix('.index.csv')))
    records = [index[os.path.relpath(path, videos.root / videos.prefix)] for path in videos.paths]
    (root / 'videos').mkdir(parents=True)
    named = []
    for position in range(number):
        source = videos.paths[position % len(videos.paths)]
        path = f'{position:05d}{Path(source).suffix}'
        shutil.copy(source, root / 'videos' / path)
        named.append(replace(records[position % len(records)], path=path))
    (root / 'train.txt').write_text(list_text([(record.path, 0) for record in named]))
    save_index(named, str(root / 'train.index.csv'))


def loader_of(root: str, args: argparse.Namespace, backend_args=None, sampler=None) -> DataLoader:
    """The training loader of the configs on a data set."""
    cfg = loader_cfg(root, 'train.txt', 'videos')
    cfg.update(batch_size=args.batch_size, num_workers=args.workers)
    cfg.persistent_workers = args.workers > 0
    cfg.dataset.update(backend_args=backend_args)
    cfg.sampler = sampler or cfg.sampler
    return Runner.build_dataloader(cfg, seed=0)


def write_lmdb(root: Path, out: Path) -> None:
    """All files of a data set under their paths."""
    import lmdb

    with lmdb.open(str(out), map_size=2**36) as database, database.begin(write=True) as entries:
        for file in root.rglob('*.*'):
            entries.put(str(file.relative_to(root)).encode(), file.read_bytes())


def local_sides(folder: Path, args: argparse.Namespace) -> Dict[str, Side]:
    """Files of the local disk."""
    by_order = dict(type='ShardSampler', buffer_size=args.buffer)
    shards = f'shards://{folder / "shards"}'
    sides = {
        SINGLE: Side(loader_of(str(folder / 'single'), args)),
        RANDOM: Side(loader_of(shards, args)),
        ORDERED: Side(loader_of(shards, args, sampler=by_order)),
    }
    if find_spec('lmdb'):
        write_lmdb(folder / 'single', folder / 'lmdb')
        backend = dict(backend='lmdb', db_path=str(folder / 'lmdb'))
        sides[LMDB] = Side(loader_of('', args, backend))
    return sides


def http_sides(folder: Path, port: int, args: argparse.Namespace) -> Dict[str, Side]:
    """The same files on a server."""
    host, blocks = f'127.0.0.1:{port}', folder / 'blocks'
    by_order = dict(type='ShardSampler', buffer_size=args.buffer)
    kept = dict(cache_dir=str(blocks), cache_size=args.cache_size)
    return {
        SINGLE: Side(loader_of(f'http://{host}/single', args)),
        RANDOM: Side(loader_of(f'shards+http://{host}/shards', args)),
        f'{ORDERED}, cache_dir': Side(
            loader_of(f'shards+http://{host}/shards', args, kept, by_order), blocks
        ),
    }


def rows_of(place: str, sides: Dict[str, Side], counts: Counts, args) -> List[Row]:
    """Measure the sides of a place in turns."""
    clock = measuring.CpuClock()
    runs: Dict[str, Callable] = {
        name: partial(side.run, counts, clock, args.videos) for name, side in sides.items()
    }
    times = measuring.interleaved(runs, args.repeats, clock=time.perf_counter)
    rates = {name: [args.videos / seconds for seconds in times[name]] for name in times}
    rows = []
    for name, side in sides.items():
        requests, megabytes, cpu = (
            Spread.of(values[1:]) for values in (side.requests, side.megabytes, side.cpu)
        )
        verdict = f'{cpu} ms of CPU, {megabytes} MB a pair'
        row = Row(NAME, f'{place}: {name}', 'pairs/s', Spread.of(rates[name]), verdict=verdict)
        row.figure, row.figure_of, row.repeats = requests, 'requests a pair', args.repeats
        rows.append(row)
    return rows


def main(argv=None) -> List[Row]:
    """Measure and print."""
    parser = measuring.parser(__doc__, repeats=3)
    video_sets.add_options(parser, ('U-h264',))
    parser.add_argument('--videos', type=int, default=256)
    parser.add_argument('--latencies', type=float, nargs='+', default=[5, 20, 50], help='ms')
    parser.add_argument('--batch-size', type=int, default=8, help='pairs')
    parser.add_argument('--workers', type=int, default=2)
    parser.add_argument('--buffer', type=int, default=32, help='videos')
    parser.add_argument('--shard-size', type=int, default=32 * 2**20)
    parser.add_argument('--cache-size', type=int, default=128 * 2**20)
    args = parser.parse_args(argv)
    measuring.prepare()
    (videos,) = video_sets.sets_of(args).values()
    os.environ['no_proxy'] = '127.0.0.1'
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cache = caches.make_cache(videos, args.clips, 'mjpeg')
        many_names(cache, folder / 'single', args.videos)
        source, out = str(folder / 'single'), str(folder / 'shards')
        build_shards(source, out, ['train.txt'], 'videos', args.shard_size)
        with slow_server(folder) as counts:
            rows = rows_of('local', local_sides(folder, args), counts, args)
            if not find_spec('lmdb'):
                rows.append(skipped(NAME, f'local: {LMDB}', 'the package lmdb is not installed'))
            for latency in args.latencies:
                counts.latency.value = latency / 1000
                sides = http_sides(folder, counts.port.value, args)
                rows += rows_of(f'HTTP, {latency:g} ms', sides, counts, args)
    measuring.report(rows, args.out)
    return rows


if __name__ == '__main__':
    main()
