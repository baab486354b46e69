"""Datasets refuse a video cache that is incomplete, damaged, stale or too small for them."""

import logging
import os
import os.path as osp
import random
import time
from functools import cache, lru_cache
from itertools import chain
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from mmengine.logging import print_log

from tev_mmaction.storage import is_local

from .manifest import MANIFEST, CacheJob, CacheManifest, CacheRecord, load_records

# Seconds for comparing files with their records. Local disks need one or two for 240,000 videos;
# file systems of a network can need minutes, at every start of every process.
_PATIENCE = 5.0
_RUN = 64  # files that are compared one after the other
_SIZES = ('size', 'crop_size', 'input_size', 'scale')


def check_cache(
    filenames: Sequence[str],
    prefix: str = '',
    ann_file: str = '',
    transforms: Iterable = (),
    backend_args: Optional[dict] = None,
) -> None:
    """Check the cache of the videos of a dataset; do nothing if there is no cache.

    A cache has ``video_cache.json`` in the folder of the first video or one of its parents. Only
    caches on local file systems are checked.

    Args:
        filenames (Sequence[str]): All videos of the dataset.
        prefix (str): Folder of the videos; paths of the list are relative to it.
        ann_file (str): The list. Empty: the dataset uses all videos of the folder.
        transforms (Iterable): The dataset's pipeline, which may need larger frames.
        backend_args (dict, optional): Arguments of the file backend.

    Raises:
        ValueError: If the cache should not be used. The message has the reason and the command
            that repairs it.
    """
    root = _find(filenames[0], backend_args) if len(filenames) else None
    if root is None:
        return
    manifest, records = CacheManifest.load(root), load_records(root)
    paths = [_path_in(root, filename) for filename in filenames]
    folder = _path_in(root, prefix) if prefix else ''
    folder = '' if folder == '.' else folder
    ann_file = _path_in(root, ann_file) if ann_file else ''
    job = _job_of(manifest, folder, ann_file)
    command = manifest.command(root, job)
    _check_size(root, manifest, job, transforms)
    if not ann_file:
        if not _has_folder(manifest, folder):
            raise ValueError(
                f'The video cache {root!r} is incomplete: it has not all videos of the folder '
                f'{folder or "."!r}, which a dataset without ann_file takes. Complete it: '
                f'{command}, or name one of its lists in ann_file.'
            )
        within = f'{folder}/' if folder else ''
        paths = [*paths, *(p for p, r in records.items() if p.startswith(within) and not r.reason)]
        paths = list(dict.fromkeys(paths))
    missing = [path for path in paths if path not in records]
    if missing:
        _check_prefix(root, manifest, folder, missing, records)
        raise ValueError(
            f'The video cache {root!r} is incomplete: {len(missing)} of {len(paths)} videos of '
            f'{ann_file or folder or "."!r} have no record in it, for example {missing[0]!r}. '
            f'Complete it: {command}'
        )
    _check_files(root, manifest, [records[path] for path in paths], command)


def check_cache_of(filename: str, backend_args: Optional[dict] = None) -> None:
    """Check the cache of a video, once per process; for pipelines, which get one video.

    The whole cache is checked, as in :func:`check_cache`, except for crop sizes.

    Args:
        filename (str): The video.
        backend_args (dict, optional): Arguments of the file backend.

    Raises:
        ValueError: If the cache should not be used.
    """
    if is_local(filename, backend_args):
        _check_folder(osp.dirname(filename))


def _find(filename: str, backend_args: Optional[dict] = None) -> Optional[str]:
    """Folder of the cache that contains a video."""
    if not is_local(filename, backend_args):
        return None
    folder = osp.dirname(osp.abspath(filename))
    while not osp.isfile(osp.join(folder, MANIFEST)):
        folder, below = osp.dirname(folder), folder
        if folder == below:
            return None
    return folder


@lru_cache(maxsize=4096)
def _check_folder(folder: str) -> None:
    root = _find(osp.join(folder, MANIFEST))
    if root is not None:
        _check_whole(root)


@cache
def _check_whole(root: str) -> None:
    manifest, records = CacheManifest.load(root), load_records(root)
    for job in manifest.jobs:
        if not job.complete:
            raise ValueError(
                f'The video cache {root!r} is incomplete: it was being made, and that was stopped '
                f'or still goes on. Complete it: {manifest.command(root, job)}'
            )
    commands = ', '.join(manifest.command(root, job) for job in manifest.jobs)
    _check_files(root, manifest, list(records.values()), commands)


def _path_in(root: str, filename: str) -> str:
    """A path relative to the cache's folder, as in its records."""
    full = filename if filename.startswith('/') else osp.join(os.getcwd(), filename)
    path = full[len(root) + 1 :] if full.startswith(f'{root}/') else osp.relpath(full, root)
    # Most paths are already normalised, and there are many.
    return osp.normpath(path) if './' in path or '//' in path or path[-1:] in '/.' else path


def _job_of(manifest: CacheManifest, folder: str, ann_file: str) -> CacheJob:
    """The job that caches a dataset's videos, as one of the manifest or a new one."""
    for job in manifest.jobs:
        if job.prefix == folder and (ann_file in job.lists if ann_file else not job.lists):
            return job
    return CacheJob(folder, [ann_file] if ann_file else [])


def _has_folder(manifest: CacheManifest, folder: str) -> bool:
    """Whether all videos of a folder were cached."""
    above = [job for job in manifest.jobs if f'{folder}/'.startswith(f'{job.prefix}/'.lstrip('/'))]
    return any(job.complete and not job.lists for job in above)


def _check_prefix(
    root: str,
    manifest: CacheManifest,
    folder: str,
    missing: List[str],
    records: Dict[str, CacheRecord],
) -> None:
    """Raise if the dataset looks for its videos in the wrong folder."""
    names = [osp.relpath(path, folder or '.') for path in missing]
    for prefix in dict.fromkeys(job.prefix for job in manifest.jobs):
        if prefix != folder and all(osp.normpath(osp.join(prefix, n)) in records for n in names):
            raise ValueError(
                f'The video cache {root!r} has these videos in another folder than the dataset '
                f'looks in: set data_prefix=dict(video={prefix!r}) in its config (now '
                f'{folder!r}; for example {missing[0]!r} is {osp.join(prefix, names[0])!r})'
            )


def _check_size(root: str, manifest: CacheManifest, job: CacheJob, transforms: Iterable) -> None:
    """Refuse transforms that would enlarge the cached frames."""
    for transform in transforms:
        sizes = [getattr(transform, name, None) for name in _SIZES]
        sizes.append([getattr(transform, name, None) for name in ('width', 'height')])
        size = max(map(_shorter, sizes))
        if size > manifest.short_side:
            larger = manifest.command(f'{root}-{size}', job, short_side=size + size % 2)
            raise ValueError(
                f'The video cache {root!r} is of another size: its short side is '
                f'{manifest.short_side}, and {type(transform).__name__} would enlarge that to '
                f'{size}. Make a larger cache: {larger} and point data_root there.'
            )


def _shorter(size: object) -> int:
    """The shorter side of a size argument of a transform; 0 if it is not a size."""
    sides = size if isinstance(size, (tuple, list)) else [size]
    sides = [side for side in sides if isinstance(side, (int, float)) and 1 < side < float('inf')]
    return int(min(sides, default=0))


def _check_files(
    root: str, manifest: CacheManifest, records: List[CacheRecord], command: str
) -> None:
    """Compare the files of the cache, and existing sources, with the records."""
    # In random order, so that a sample finds many changed files; in runs, because neighbours in
    # a list are neighbours on the disk.
    runs = [records[start : start + _RUN] for start in range(0, len(records), _RUN)]
    random.Random(0).shuffle(runs)
    records = list(chain.from_iterable(runs))
    kept = [(r.path, r.num_bytes, None) for r in records if not r.reason]
    damaged = _differing(root, kept, needed=True)
    if damaged:
        raise ValueError(
            f'The video cache {root!r} is damaged: {len(damaged)} of its files are missing or of '
            f'another size than was written, for example {damaged[0]!r}. Mend it: {command}, or '
            'copy it here again.'
        )
    if not osp.isdir(manifest.source_root):
        return
    sources = [(r.path, r.source_size, r.source_mtime_ns) for r in records if r.source_size]
    stale = _differing(manifest.source_root, sources, needed=False)
    if stale:
        raise ValueError(
            f'The video cache {root!r} is stale: {len(stale)} of its videos changed in '
            f'{manifest.source_root!r} after they were cached, for example {stale[0]!r}. '
            f'Renew it: {command}'
        )


def _differing(
    root: str, expected: Sequence[Tuple[str, int, Optional[int]]], needed: bool
) -> List[str]:
    """Files whose (path, size, modification time) differ from the expected values.

    Missing files count only if they are needed.
    """
    differing = []
    deadline = time.monotonic() + _PATIENCE
    for number, (path, size, mtime) in enumerate(expected):
        try:
            state = os.stat(f'{root}/{path}')
            if state.st_size != size or (mtime is not None and state.st_mtime_ns != mtime):
                differing.append(path)
        except OSError:
            if needed:
                differing.append(path)
        if number % 1000 == 999 and time.monotonic() > deadline:
            print_log(
                f'video cache: {number + 1} of {len(expected)} files of {root!r} compared in '
                f'{_PATIENCE:.0f} s; `python tools/data/cache_videos.py` compares all when it is '
                'run again',
                logger='current',
                level=logging.WARNING,
            )
            break
    return differing
