"""Measure the gain of a video cache: reading clip pairs from sources and from the cache."""

import os.path as osp
import time
from typing import List, NamedTuple, Optional

import numpy as np

from tev_mmaction.datasets.caching import CacheRecord
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.temporal import RelativeTransformSampler

_NUM_VIDEOS, _NUM_PAIRS = 8, 3


class Gain(NamedTuple):
    """Median CPU times of opening a file and reading a random clip pair.

    Args:
        source (float): From the source, ms.
        cache (float): From the cache, ms.
        num_videos (int): Videos that were read.
        num_pairs (int): Pairs that were read of each.
    """

    source: float
    cache: float
    num_videos: int
    num_pairs: int


def measure_gain(
    data_root: str, out_root: str, records: List[CacheRecord], decoder: str
) -> Optional[Gain]:
    """Read the same random pairs, two clips of 16 frames, from sources and cache in turn.

    Args:
        data_root (str): Folder of the sources.
        out_root (str): Folder of the cache.
        records (list[CacheRecord]): Videos to choose from.
        decoder (str): ``'pyav'`` or ``'decord'``.

    Returns:
        Gain, optional: None where no video is long enough.
    """
    sampler = RelativeTransformSampler(clip_len=16, speeds=(1, 2, 4, 8))
    rng = np.random.default_rng(0)
    records = [r for r in records if not r.reason and r.num_frames >= sampler.min_frames]
    if not records:
        return None
    chosen = rng.choice(len(records), min(_NUM_VIDEOS, len(records)), replace=False)
    times = []
    for record in (records[i] for i in chosen):
        files = [osp.join(root, record.path) for root in (data_root, out_root)]
        for number in range(_NUM_PAIRS + 1):
            pair = sampler.place(sampler.sample(record.num_frames, rng), record.num_frames, rng)
            wanted = np.unique(np.concatenate([pair.p.frame_indices(), pair.q.frame_indices()]))
            measured = [_time_to_read(file, wanted, decoder) for file in files]
            if number:  # the first brings the files into memory
                times.append(measured)
    source, cache = np.median(times, axis=0)
    return Gain(source, cache, len(chosen), _NUM_PAIRS)


def _time_to_read(file: str, wanted: np.ndarray, decoder: str) -> float:
    start = time.process_time()
    open_video(file, decoder).read(wanted)
    return 1000 * (time.process_time() - start)
