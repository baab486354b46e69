"""The index of a set of shards: tar files, and the videos in them.

``shards.jsonl`` lies in the folder of the tar files. Its first line has the settings of the tool
that packed them, each further line is a tar file with columns of its videos.
"""

import json
import os
import shlex
from bisect import bisect_left
from collections.abc import Sequence as SequenceABC
from dataclasses import asdict, astuple, dataclass
from typing import Iterable, Iterator, List, NamedTuple, Optional, Sequence

import numpy as np

INDEX = 'shards.jsonl'
JOURNAL = '.shards.journal'  # the lines so far, until all tar files are written
HEADER = 512  # bytes before the content of a member
_VERSION = 1
_TOOL = 'python tools/data/make_shards.py'


class ShardError(ValueError):
    """A set of shards is missing, incomplete, damaged or changed. Training stops."""


class Member(NamedTuple):
    """A video in a tar file.

    Args:
        shard (int): Number of the tar file.
        offset (int): First byte of the video in it.
        length (int): Bytes of the video.
        checksum (int): CRC-32 of the header of the member, which is before the video.
    """

    shard: int
    offset: int
    length: int
    checksum: int


@dataclass(frozen=True)
class Shard:
    """A tar file and its videos, as a line of the index.

    Args:
        name (str): Name of the file.
        size (int): Its bytes.
        digest (str): Of what was to be packed.
        paths (list[str]): Paths of the videos, relative to the root, in the order of the file.
        offsets (list[int]): See :class:`Member`; as the following, one for each path.
        lengths (list[int]): See :class:`Member`.
        frames (list[int]): Numbers of frames, for other readers: datasets have those of the video
            index.
        checksums (list[int]): See :class:`Member`.
    """

    name: str
    size: int
    digest: str
    paths: List[str]
    offsets: List[int]
    lengths: List[int]
    frames: List[int]
    checksums: List[int]

    def line(self) -> str:
        """The line, with its end."""
        return json.dumps(asdict(self)) + '\n'

    @classmethod
    def from_line(cls, line: str) -> 'Shard':
        """The shard of a line.

        Args:
            line: JSON.

        Raises:
            ValueError: If it is none.
        """
        values = json.loads(line)
        if not isinstance(values, dict) or set(values) != set(cls.__dataclass_fields__):
            raise ValueError(f'{line[:60]!r} is not a shard')
        shard = cls(**values)
        if len({len(column) for column in astuple(shard)[3:]}) != 1:
            raise ValueError(f'the columns of {shard.name} differ in length')
        return shard


@dataclass(frozen=True)
class ShardSettings:
    """What was packed, as the first line of the index.

    Args:
        data_root (str): Absolute path of the folder of the sources.
        prefix (str): Folder of the videos, relative to it.
        lists (list[str]): Lists of videos, relative to it.
        shard_size (int): Bytes of a tar file that are not exceeded, except by a single video.
    """

    data_root: str
    prefix: str
    lists: List[str]
    shard_size: int

    def line(self, **more: int) -> str:
        """The line, with its end.

        Args:
            **more: Numbers that are written with the settings.
        """
        return json.dumps(dict(version=_VERSION, **asdict(self), **more)) + '\n'

    @classmethod
    def from_line(cls, line: str) -> 'ShardSettings':
        """The settings of a first line.

        Args:
            line: JSON.

        Raises:
            ValueError: If it is none, or of another version.
        """
        values = json.loads(line)
        if not isinstance(values, dict) or values.get('version') != _VERSION:
            raise ValueError(f'its first line is {line[:60]!r}')
        return cls(**{name: values[name] for name in cls.__dataclass_fields__})

    def command(self, root: str) -> str:
        """The command that packs the shards.

        Args:
            root: Folder of the shards.
        """
        words = [self.data_root, root]
        words += ['--lists', *self.lists] if self.lists else []
        words += ['--prefix', self.prefix] if self.prefix else []
        return f'`{_TOOL} {shlex.join([*words, "--shard-size", str(self.shard_size)])}`'


class _Paths(SequenceABC):
    """Sorted texts in one array of bytes: no object for each, which workers would copy."""

    def __init__(self, texts: Sequence[bytes]):
        self._content = b''.join(texts)
        self._ends = np.cumsum([0, *map(len, texts)])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, position):
        return self._content[self._ends[position] : self._ends[position + 1]]


class ShardIndex:
    """The index in memory: 32 bytes and its path for a video.

    Args:
        settings (ShardSettings): The first line.
        shards (Iterable[Shard]): All tar files.

    Attributes:
        settings (ShardSettings): The first line.
        names (list[str]): Names of the tar files.
        sizes (list[int]): Their bytes.
        digests (list[str]): Of what was to be packed.
    """

    def __init__(self, settings: ShardSettings, shards: Iterable[Shard]):
        self.settings = settings
        self.names: List[str] = []
        self.sizes: List[int] = []
        self.digests: List[str] = []
        paths: List[bytes] = []
        columns: List[List[np.ndarray]] = [[] for _ in Member._fields]
        for number, shard in enumerate(shards):
            self.names.append(shard.name)
            self.sizes.append(shard.size)
            self.digests.append(shard.digest)
            paths += map(_encoded, shard.paths)
            numbers = [number] * len(shard.paths)
            values = numbers, shard.offsets, shard.lengths, shard.checksums
            for column, part in zip(columns, values):
                column.append(np.array(part, np.int64))
        order = np.array(sorted(range(len(paths)), key=paths.__getitem__), np.int64)
        self._paths = _Paths([paths[position] for position in order.tolist()])
        kinds = (np.int32, np.int64, np.int64, np.uint32)
        self._columns = [
            np.concatenate([*column, np.empty(0, np.int64)])[order].astype(kind)
            for column, kind in zip(columns, kinds)
        ]

    @classmethod
    def read(cls, content: bytes) -> 'ShardIndex':
        """The index of the content of a file.

        Args:
            content: All bytes.

        Raises:
            ValueError: If it is not an index, or not whole.
        """
        head, *lines = content.decode().split('\n')[:-1] or ['']
        settings, counts = ShardSettings.from_line(head), json.loads(head)
        videos, shards = counts['videos'], counts['shards']
        index = cls(settings, map(Shard.from_line, lines))
        if (len(index), len(index.names)) != (videos, shards):
            raise ValueError(
                f'it has {len(index)} of {videos} videos in {len(index.names)} of {shards} shards'
            )
        return index

    def __len__(self) -> int:
        return len(self._paths)

    def find(self, path: str) -> Optional[Member]:
        """The video of a path.

        Args:
            path: Relative to the root, normalised.

        Returns:
            Member | None: None if there is none.
        """
        wanted = _encoded(path)
        position = bisect_left(self._paths, wanted)
        if position == len(self._paths) or self._paths[position] != wanted:
            return None
        return Member(*(int(column[position]) for column in self._columns))

    def below(self, folder: str) -> Iterator[str]:
        """Paths of the videos below a folder, in the order of their bytes.

        Args:
            folder: Relative to the root, normalised; ``''`` for all.
        """
        start = _encoded(f'{folder}/' if folder else '')
        for position in range(bisect_left(self._paths, start), len(self._paths)):
            path = self._paths[position]
            if not path.startswith(start):
                return
            yield path.decode('utf-8', 'surrogatepass')


def _encoded(path: str) -> bytes:
    return path.encode('utf-8', 'surrogatepass')  # names of any bytes, as Python has them


def unfit_tar(root: str, index: ShardIndex, shard: int, what: str) -> ShardError:
    """The error of a tar file that does not fit the index.

    Args:
        root (str): Folder of the shards.
        index (ShardIndex): Their index.
        shard (int): Number of the tar file.
        what (str): What is wrong, as the end of a sentence.
    """
    return ShardError(
        f'The shard {f"{root}/{index.names[shard]}"!r} {what}. Copy it there again, with '
        f'{INDEX}, or pack it anew: {index.settings.command(root)}'
    )


def check_tars(root: str, index: ShardIndex) -> None:
    """Compare the tar files of a local folder with the index, by size.

    Raises:
        ShardError: For the first that is missing or of another size; it says how many are.
    """
    unfit = []
    for number, (name, size) in enumerate(zip(index.names, index.sizes)):
        try:
            found = os.stat(os.path.join(root, name)).st_size
        except OSError as error:
            unfit.append((number, f'cannot be read: {error.strerror}'))
            continue
        if found != size:
            unfit.append((number, f'has {found} bytes, not {size}'))
    if unfit:
        number, what = unfit[0]
        more = f', and {len(unfit) - 1} of {len(index.names)} others do not fit, either'
        raise unfit_tar(root, index, number, what + (more if len(unfit) > 1 else ''))
