"""The description of a video cache: two files in its folder.

``video_cache.json`` has the settings of the cache. ``video_cache.csv`` has one line per video,
written when the video is done.
"""

import csv
import json
import os.path as osp
import shlex
from dataclasses import asdict, dataclass, field
from typing import Dict, List, NamedTuple

from tev_mmaction.files import append_line, write_file
from tev_mmaction.texts import decode, table, table_line, table_rows

from ..video_index import VideoRecord

MANIFEST = 'video_cache.json'
RECORDS = 'video_cache.csv'
_VERSION = 1
_TOOL = 'python tools/data/cache_videos.py'


class CacheRecord(NamedTuple):
    """One video of a cache.

    Args:
        path (str): Relative to the cache's folder, and to that of the sources.
        source_size (int): Bytes of the source, 0 if it was missing.
        source_mtime_ns (int): When the source was last modified.
        num_bytes (int): Size of the file in the cache; 0 for a rejected video.
        num_frames (int): Number of frames in source and cache.
        fps (float): Frame rate of the source.
        width (int): Width in the cache, in pixels.
        height (int): Height in the cache, in pixels.
        decoder (str): Decoder of the source.
        reason (str): Reason why the video is not in the cache; empty if it is.
    """

    path: str
    source_size: int
    source_mtime_ns: int
    num_bytes: int = 0
    num_frames: int = 0
    fps: float = 0.0
    width: int = 0
    height: int = 0
    decoder: str = ''
    reason: str = ''

    def for_index(self) -> VideoRecord:
        """The entry of the video in an index."""
        return VideoRecord(
            self.path,
            self.num_frames,
            round(self.fps, 4),
            self.width,
            self.height,
            self.decoder,
            self.reason,
        )


@dataclass
class CacheJob:
    """The videos that one call of the tool caches.

    Args:
        prefix (str): Folder of the videos, relative to the cache's folder.
        lists (list[str]): Lists of videos, relative to the cache's folder. None: all videos of the
            folder.
        complete (bool): Whether the call finished.
    """

    prefix: str
    lists: List[str]
    complete: bool = False


@dataclass
class CacheManifest:
    """The settings of a cache.

    Args:
        format (str): ``'mjpeg'``, ``'h264'`` or ``'memmap'``.
        short_side (int): Pixels; smaller videos keep their size.
        source_root (str): Absolute path of the folder of the sources.
        jobs (list[CacheJob]): The calls that made it.
    """

    format: str
    short_side: int
    source_root: str
    jobs: List[CacheJob] = field(default_factory=list)

    def job(self, prefix: str, lists: List[str]) -> CacheJob:
        """The job of a call of the tool; a new job is added.

        Args:
            prefix: Folder of the videos, relative to the root of the sources.
            lists: Lists of the job, relative to the same root.
        """
        for job in self.jobs:
            if (job.prefix, sorted(job.lists)) == (prefix, sorted(lists)):
                return job
        self.jobs.append(CacheJob(prefix, list(lists)))
        return self.jobs[-1]

    def command(self, root: str, job: CacheJob, **changes) -> str:
        """The command that makes, repairs or completes a cache.

        Args:
            root (str): Folder of the cache.
            job (CacheJob): Videos to cache.
            **changes: Other values of ``short_side`` or ``format``.
        """
        made = {**asdict(self), **changes}
        words = [self.source_root, root]
        if job.lists:
            words += ['--lists', *job.lists]
        if job.prefix:
            words += ['--prefix', job.prefix]
        words += ['--short-side', str(made['short_side']), '--format', made['format']]
        return f'`{_TOOL} {shlex.join(words)}`'

    def save(self, root: str) -> None:
        """Write the manifest of the cache in ``root``.

        Args:
            root: Folder of the cache.
        """
        text = json.dumps(dict(version=_VERSION, **asdict(self)), indent=2)
        write_file(osp.join(root, MANIFEST), text + '\n')

    @classmethod
    def load(cls, root: str) -> 'CacheManifest':
        """Read the manifest of the cache in ``root``.

        Args:
            root: Folder of the cache.

        Raises:
            ValueError: If the file is damaged or of another version.
        """
        file = osp.join(root, MANIFEST)
        try:
            with open(file, encoding='utf-8') as text:
                values = json.load(text)
            version = values.pop('version')
            if version != _VERSION:
                raise ValueError(f'its version is {version}, this program knows {_VERSION}')
            jobs = [CacheJob(**job) for job in values.pop('jobs')]
            return cls(jobs=jobs, **values)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged(file, error) from error


def load_records(root: str) -> Dict[str, CacheRecord]:
    """Read the records of a cache.

    Args:
        root (str): Folder of the cache.

    Returns:
        dict[str, CacheRecord]: Records by path; the last line of a video counts.

    Raises:
        ValueError: If the file is damaged.
    """
    file = osp.join(root, RECORDS)
    if not osp.isfile(file):
        return {}
    with open(file, 'rb') as stream:
        content = stream.read()
    records = {}
    try:
        # A line without a line end was incomplete when the machine died: the video is not done.
        rows = table_rows(decode(content[: content.rfind(b'\n') + 1], file))
        header = next(rows)
        if header != list(CacheRecord._fields):
            raise ValueError(f'its columns are {header}')
        for path, size, mtime, num_bytes, num_frames, fps, width, height, decoder, reason in rows:
            records[path] = CacheRecord(
                path,
                int(size),
                int(mtime),
                int(num_bytes),
                int(num_frames),
                float(fps),
                int(width),
                int(height),
                decoder,
                reason,
            )
    except (StopIteration, ValueError, csv.Error) as error:
        raise _damaged(file, error or 'it is empty') from error
    return records


def save_records(root: str, records: Dict[str, CacheRecord]) -> None:
    """Rewrite the records of a cache, by path."""
    rows = (records[path] for path in sorted(records))
    write_file(osp.join(root, RECORDS), table(CacheRecord._fields, rows))


def append_record(root: str, record: CacheRecord) -> None:
    """Append the line of one video atomically; safe for concurrent processes."""
    append_line(osp.join(root, RECORDS), table_line(record).encode('utf-8'))


def _damaged(file: str, error: object) -> ValueError:
    return ValueError(
        f'{file!r} does not describe a video cache ({error}). Delete the folder and make the cache '
        'anew with `python tools/data/cache_videos.py`.'
    )
