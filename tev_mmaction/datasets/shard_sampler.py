"""The order of an epoch by shards."""

from typing import Any, Dict, Iterator, List, Optional

import numpy as np
from mmaction.registry import DATA_SAMPLERS
from mmengine.dataset import DefaultSampler

from tev_mmaction.storage import ShardBackend, backend_of


@DATA_SAMPLERS.register_module()
class ShardSampler(DefaultSampler):
    """Goes through shards one after the other, and shuffles within a buffer.

    In each epoch, the shards are in a new random order, and the videos of a shard in that of its
    tar file. Then videos are moved by random distances, each by fewer than ``buffer_size`` places.
    Each rank takes a part of this order, in a row. So neighbouring batches of a rank read
    neighbouring parts of few files, which a cache of blocks (``backend_args=dict(cache_dir=...)``)
    or of the operating system has fetched already, and other machines do not read.

    The order is less random than that of ``DefaultSampler``: the B videos of a batch, on each rank,
    are from fewer than ``2 * buffer_size + B`` videos in a row. Videos of a shard are close to one
    another in each epoch, and meet those of another shard only where the one comes after the
    other, or on another rank. The videos of a shard are a random part of their list, so a batch is
    a random part of it, too, but its videos meet again more often. With a buffer of all videos, the
    order is nearly that of ``DefaultSampler``.

    An epoch has every video once. Its order is a function of seed and epoch, the same on all ranks.
    A run that is resumed draws it again.

    Args:
        dataset (BaseDataset): A dataset whose videos are in shards.
        shuffle (bool): Only True, which configs inherit.
        buffer_size (int): In videos, at least 2; several batches of a rank are sensible. Defaults
            to 2000.
        seed (int, optional): Equal on all ranks. Defaults to None, a random seed.
        round_up (bool): See mmengine's ``DefaultSampler``. Defaults to True.

    Raises:
        ValueError: If the buffer is too small, a video is not in shards, or ``shuffle`` is False.
    """

    def __init__(
        self,
        dataset: Any,
        shuffle: bool = True,
        buffer_size: int = 2000,
        seed: Optional[int] = None,
        round_up: bool = True,
    ):
        if buffer_size < 2:
            raise ValueError(
                f'buffer_size={buffer_size}: at least 2, or an epoch repeats the batches of another'
            )
        if not shuffle:
            raise ValueError(
                "ShardSampler shuffles; for shuffle=False, set sampler=dict(type='DefaultSampler')"
            )
        super().__init__(dataset, shuffle, seed, round_up)
        self.buffer_size = buffer_size
        self._shards = _videos_of_shards(dataset)

    def __iter__(self) -> Iterator[int]:
        """Positions in the dataset, in the order of this rank and epoch."""
        rng = np.random.default_rng([self.seed, self.epoch])
        numbers = rng.permutation(len(self._shards))
        order = np.concatenate([self._shards[number] for number in numbers])
        moved = np.arange(len(order)) + self.buffer_size * rng.random(len(order))
        order = order[np.argsort(moved, kind='stable')]
        parts = np.array_split(np.resize(order, self.total_size), self.world_size)
        return iter(parts[self.rank].tolist())


def _videos_of_shards(dataset: Any) -> List[np.ndarray]:
    """Positions of the videos of each shard, in the order of the file."""
    backend_args = getattr(dataset, 'backend_args', None)
    find = ShardBackend(**backend_args or {}).finder()
    numbers: Dict[str, int] = {}  # of the roots, as they come
    columns = np.empty((3, len(dataset)), np.int64)  # 24 bytes a video: root, shard, first byte
    for position in range(len(dataset)):
        filename = dataset.get_data_info(position)['filename']
        in_shards = isinstance(backend_of(filename, backend_args), ShardBackend)
        place = find(filename) if in_shards else None
        if place is None:
            raise ValueError(
                f"ShardSampler: {filename!r} is not in shards. Set the dataset's data_root="
                "'shards://...', or sampler=dict(type='DefaultSampler', shuffle=True)"
            )
        root, shard, offset = place
        columns[:, position] = numbers.setdefault(root, len(numbers)), shard, offset
    ranks = {root: rank for rank, root in enumerate(sorted(numbers))}
    roots = np.array([ranks[root] for root in numbers], np.int64)[columns[0]]
    order = np.lexsort((columns[2], columns[1], roots))  # stable: positions decide between equals
    changes = (np.diff(roots[order]) != 0) | (np.diff(columns[1][order]) != 0)
    return np.split(order, np.flatnonzero(changes) + 1)
