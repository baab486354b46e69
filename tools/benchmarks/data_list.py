"""Memory and time for the list of many videos: in the main process, in its workers, in an epoch.

    python tools/benchmarks/data_list.py --videos 1000000

The list and its index are generated, with names as long as those of Kinetics-400; there are no
videos. A ``ClipPairDataset`` reads them in a process of its own. Beside it stands the same dataset
with mmengine's way to keep a list (``BaseDataset._serialize_data``). The process then reads its
list once, and a data loader starts one worker, which reads many entries in random order. Private
memory of the worker is that which no other process shares (``smaps_rollup``), less that of a worker
with a short list.
"""

import multiprocessing
import resource
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Callable, Dict, List, Sequence

import measuring
import numpy as np
from measuring import Goal, Row, Spread
from mmengine.dataset import BaseDataset, DefaultSampler
from torch.utils.data import DataLoader

from tev_mmaction.datasets import ClipPairDataset

NAME = 'data list'
OURS, STOCK = 'ours', "mmengine's list"
_SHORT = 1000  # videos of the list that memory is compared with
_ENTRIES = 100_000  # that a worker reads at most


class StockList(ClipPairDataset):
    """The same dataset, with its list kept as mmengine does."""

    _serialize_data = BaseDataset._serialize_data


SIDES = {OURS: ClipPairDataset, STOCK: StockList}


def write_list(folder: Path, num_videos: int) -> None:
    """A list and its index; one empty file stands for the videos."""
    rng = np.random.default_rng(0)
    starts, frames = rng.integers(0, 290, num_videos), rng.integers(250, 301, num_videos)
    folder.mkdir()
    with open(folder / 'train.txt', 'w') as videos, open(folder / 'train.index.csv', 'w') as index:
        index.write('path,num_frames,fps,width,height,decoder,reason,note\n')
        for number, (start, length) in enumerate(zip(starts.tolist(), frames.tolist())):
            label = number * 400 // num_videos
            name = (
                f'train/playing_volley{label:03d}/-{number:010d}_{start:06d}_{start + 10:06d}.mp4'
            )
            videos.write(f'{name} {label}\n')
            index.write(f'{name},{length},29.97,340,256,pyav,,\n')
            if number == 0:
                (folder / name).parent.mkdir(parents=True)
                (folder / name).touch()


def build(side: str, folder: Path) -> ClipPairDataset:
    """The dataset of a side."""
    pipeline = [dict(type='PackActionInputs')]
    return SIDES[side](
        dict(clip_len=16), 'train.txt', pipeline, data_root=str(folder), data_prefix=dict(video='')
    )


class Reading:
    """What a worker does: read entries; its sample is the private memory after that."""

    def __init__(self, dataset: ClipPairDataset):
        self.dataset = dataset

    def __len__(self) -> int:
        return 1

    def __getitem__(self, _) -> int:
        rng = np.random.default_rng(0)
        for _ in range(min(len(self.dataset), _ENTRIES)):
            self.dataset.get_data_info(int(rng.integers(len(self.dataset))))
        return private_memory()


def private_memory() -> int:
    """Bytes of this process that no other process shares."""
    with open('/proc/self/smaps_rollup') as file:
        fields = dict(line.split(':') for line in file.readlines()[1:])
    return 1024 * sum(int(fields[f'Private_{kind}'].split()[0]) for kind in ('Clean', 'Dirty'))


def peak_memory() -> int:
    """The most bytes of memory that this process had in use."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def read(side: str, folder: Path, methods: Sequence[str]) -> Dict[str, float]:
    """Read a list, and let a worker of each method read its entries: CPU seconds and bytes."""
    measuring.prepare()
    start, before = time.process_time(), peak_memory()
    dataset = build(side, folder)
    found = dict(seconds=time.process_time() - start, peak=peak_memory() - before)
    found['list'] = dataset.data_bytes.nbytes + dataset.data_address.nbytes
    for kept in (dataset.data_bytes, dataset.data_address):
        kept.max()  # pages of a file that nobody else has read would count as a worker's own
    for method in methods:
        loader = DataLoader(Reading(dataset), None, num_workers=1, multiprocessing_context=method)
        (found[method],) = loader
    return found


def in_a_new_process(work: Callable[[], Dict[str, float]]) -> Dict[str, float]:
    """The result of a function in a process that has done nothing else; it may start others."""
    context = multiprocessing.get_context('spawn')
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(work, sender))
    process.start()
    sender.close()
    result = receiver.recv()
    process.join()
    return result


def _send(work, sender) -> None:
    sender.send(work())


def memory_rows(folder: Path, num_videos: int, methods: Sequence[str], repeats: int) -> List[Row]:
    """Rows of reading a list, and of its workers."""
    found: Dict[str, List[Dict[str, float]]] = {side: [] for side in SIDES}
    few = in_a_new_process(partial(read, OURS, folder / 'few', methods))
    for repeat in range(repeats):
        for side in list(SIDES)[:: -1 if repeat % 2 else 1]:
            many = in_a_new_process(partial(read, side, folder / 'many', methods))
            a_video = {name: (many[name] - few[name]) / (num_videos - _SHORT) for name in many}
            found[side].append(a_video)

    def row(case: str, name: str, unit: str, scale: float = 1.0, goal=None) -> Row:
        ours, beside = (Spread.of([scale * each[name] for each in found[side]]) for side in SIDES)
        verdict = goal.verdict(ours.median) if goal else ''
        return Row(
            NAME, f'{num_videos} videos, {case}', unit, ours, beside, STOCK,
            goal=str(goal or ''), verdict=verdict, repeats=repeats,
        )  # fmt: skip

    return [
        row('list and index read', 'seconds', 'µs a video', 1e6),
        row('most memory while they are read', 'peak', 'B a video'),
        row('the list as it is kept', 'list', 'B a video', goal=Goal('<=', 200)),
        *(
            row(f'private memory of a worker, {method}', method, 'B a video', goal=Goal('<=', 200))
            for method in methods
        ),
    ]


def entry_row(folder: Path, repeats: int) -> Row:
    """Time to read an entry."""

    def read_all(dataset: ClipPairDataset) -> None:
        for position in range(len(dataset)):
            dataset.get_data_info(position)

    datasets = {side: build(side, folder) for side in SIDES}
    sides = {side: partial(read_all, dataset) for side, dataset in datasets.items()}
    times = measuring.interleaved(sides, repeats)
    scale = 1e6 / len(datasets[OURS])
    return measuring.compare(NAME, 'an entry', times, OURS, STOCK, unit='µs', scale=scale)


def order_row(dataset: ClipPairDataset, num_videos: int, repeats: int) -> Row:
    """Time for the order of an epoch, mmengine's sampler."""
    sampler = DefaultSampler(dataset, shuffle=True, seed=0)
    run = lambda: list(sampler)  # noqa: E731
    times = measuring.interleaved({OURS: run}, repeats)[OURS]
    values = [1e6 * seconds / num_videos for seconds in times]
    return Row(
        NAME, f'order of an epoch of {num_videos}', 'µs a video', Spread.of(values), repeats=repeats
    )


def group_rows(dataset: ClipPairDataset, sizes: Sequence[int], repeats: int) -> List[Row]:
    """Time to pair the videos of a batch and to seed the draws of their groups."""
    dataset._load_group = lambda indices, taken, rng, seeds: [rng.integers(2**32, size=3)]
    rows = []
    for size in sizes:
        batch = np.random.default_rng(0).integers(0, 10**7, size).tolist()
        times = measuring.interleaved({OURS: partial(dataset.__getitems__, batch)}, repeats)[OURS]
        values = [1000 * seconds / size for seconds in times]
        case = f'groups of 2 in a batch of {size}'
        rows.append(Row(NAME, case, 'ms a video', Spread.of(values), repeats=repeats))
    return rows


def main(argv=None) -> List[Row]:
    """Measure and print."""
    parser = measuring.parser(__doc__, repeats=3)
    parser.add_argument('--videos', type=int, default=100_000)
    parser.add_argument('--methods', nargs='+', default=['fork', 'spawn'], help='to start workers')
    parser.add_argument('--batches', type=int, nargs='+', default=[64, 512, 4096])
    args = parser.parse_args(argv)
    measuring.prepare()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_list(root / 'many', args.videos)
        write_list(root / 'few', _SHORT)
        rows = memory_rows(root, args.videos, args.methods, args.repeats)
        rows.append(entry_row(root / 'few', args.repeats))
        dataset = build(OURS, root / 'many')
    rows.append(order_row(dataset, args.videos, args.repeats))
    rows += group_rows(dataset, args.batches, args.repeats)
    measuring.report(rows, args.out)
    return rows


if __name__ == '__main__':
    main()
