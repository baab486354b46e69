"""Which videos go into which tar file, and under which names."""

import json
import os.path as osp
import re
import tarfile
from hashlib import blake2b
from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

from tev_mmaction.storage.shard_index import HEADER

_SEED = 0
_PLAIN = re.compile('[a-z0-9]+')


class PackedVideo(NamedTuple):
    """A video that is to be packed.

    Args:
        path (str): Relative to the folder of the sources, and to the root of the shards.
        size (int): Bytes.
        mtime_ns (int): When it was last modified.
        num_frames (int): Number of frames.
        label (int): -1 if it has none.
    """

    path: str
    size: int
    mtime_ns: int
    num_frames: int
    label: int

    def texts(self) -> List[Tuple[str, bytes]]:
        """Extensions and contents of the members that describe the video."""
        known = dict(path=self.path, num_frames=self.num_frames)
        if self.label < 0:
            return [('json', json.dumps(known).encode())]
        text = json.dumps(dict(known, label=self.label))
        return [('json', text.encode()), ('cls', str(self.label).encode())]

    @property
    def extension(self) -> str:
        """str: That of the video in the tar file, in lower case."""
        extension = osp.splitext(self.path)[1][1:].lower()
        own = _PLAIN.fullmatch(extension) and extension not in ('json', 'cls')
        return extension if own else 'video'

    @property
    def tar_bytes(self) -> int:
        """int: Bytes of its members in a tar file."""
        sizes = [*(len(content) for _, content in self.texts()), self.size]
        return sum(HEADER + -(-size // HEADER) * HEADER for size in sizes)


class PlannedShard(NamedTuple):
    """A tar file that is to be written.

    Args:
        name (str): Name of the file.
        first (int): Number of its first video among all.
        videos (list[PackedVideo]): In the order of the file.
    """

    name: str
    first: int
    videos: List[PackedVideo]

    @property
    def digest(self) -> str:
        """str: Equal if the same is to be packed."""
        return blake2b(repr((self.first, self.videos)).encode(), digest_size=16).hexdigest()


def plan_shards(lists: Sequence[Sequence[PackedVideo]], shard_size: int) -> List[PlannedShard]:
    """Distribute videos over tar files, in a random order that is always the same.

    Lists are often in the order of classes, and a reader that goes through the files one after the
    other would get batches of one class. No file has videos of two lists.

    Args:
        lists (Sequence[Sequence[PackedVideo]]): The videos of each list.
        shard_size (int): Bytes of a file that are not exceeded, except by a single video.
    """
    shards: List[PlannedShard] = []
    number = 0
    for videos in lists:
        filled = shard_size
        for position in np.random.default_rng(_SEED).permutation(len(videos)).tolist():
            video = videos[position]
            if _file_size(filled + video.tar_bytes) > shard_size:
                shards.append(PlannedShard(f'shard-{len(shards):06d}.tar', number, []))
                filled = 0
            shards[-1].videos.append(video)
            filled += video.tar_bytes
            number += 1
    return shards


def _file_size(content: int) -> int:
    """Size of a tar file, which ends with two blocks and fills whole records."""
    return -(-(content + 2 * tarfile.BLOCKSIZE) // tarfile.RECORDSIZE) * tarfile.RECORDSIZE
