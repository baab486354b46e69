"""Makes a video cache in parallel, and continues where an earlier call stopped."""

import os
import os.path as osp
from contextlib import contextmanager
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence

from tev_mmaction.files import PART, check_output, locked
from tev_mmaction.stopping import stop_reason
from tev_mmaction.texts import quote

from ..copies import (
    check_folders,
    copy_lists,
    find_lists,
    path_of,
    read_videos,
    source_state,
    write_outcomes,
)
from ..identity import second_names
from ..readers import resolve_decoder
from ..worker_pool import WorkerDied, check_num_workers, progress, run
from .convert import Conversion
from .manifest import MANIFEST, RECORDS, CacheManifest, CacheRecord, load_records, save_records
from .writers import WRITERS

_LOCK = '.video_cache.lock'


class CacheStopped(RuntimeError):
    """The cache could not be completed; finished work is kept."""


class CacheSummary(NamedTuple):
    """Result of :func:`build_cache`.

    Args:
        records (list[CacheRecord]): Records of all requested videos, by path.
        num_new (int): Number of videos that this call cached or tried to cache.
        decoder (str): Decoder of the sources.
    """

    records: List[CacheRecord]
    num_new: int
    decoder: str


def build_cache(
    data_root: str,
    out_root: str,
    lists: Sequence[str] = (),
    prefix: str = '',
    short_side: int = 128,
    format: str = 'mjpeg',
    decoder: str = 'auto',
    num_workers: int = 1,
) -> CacheSummary:
    """Make, complete or repair a video cache.

    Args:
        data_root (str): ``data_root`` of a dataset.
        out_root (str): Folder of the cache: empty, or of the same format and short side.
        lists (list[str]): Video lists, relative to ``data_root``. None: all videos of the folder.
        prefix (str): Folder of the videos, relative to ``data_root``. Defaults to ``''``.
        short_side (int): Pixels, even; smaller videos keep their size. Defaults to 128.
        format (str): ``'mjpeg'``, ``'h264'`` or ``'memmap'``. Defaults to ``'mjpeg'``.
        decoder (str): See :func:`resolve_decoder`. Defaults to ``'auto'``.
        num_workers (int): Number of processes; 0 for the current one. Defaults to 1.

    Returns:
        CacheSummary: The content of the cache.

    Raises:
        ValueError: If the arguments contradict each other or the content of ``out_root``.
        CacheStopped: If files cannot be written, or a worker dies.
    """
    if format not in WRITERS:
        raise ValueError(f'format={format!r}: use one of {list(WRITERS)}')
    if short_side < 2 or short_side % 2:
        raise ValueError(f'short_side={short_side}: an even number of pixels is needed')
    check_num_workers(num_workers)
    data_root, out_root, prefix = check_folders(data_root, out_root, prefix, 'a video cache')
    lists = find_lists(data_root, list(lists))
    videos = read_videos(data_root, prefix, lists)
    paths = {path_of(prefix, path): None for entries in videos.values() for path, _ in entries}
    convert = Conversion(data_root, out_root, format, short_side, resolve_decoder(decoder))
    try:
        with _only_call(out_root):
            manifest = _manifest(convert, prefix, lists)
            job = manifest.job(prefix, lists)
            job.complete = False
            _remove_parts(out_root)
            check_output(osp.join(out_root, MANIFEST), osp.join(out_root, RECORDS))
            manifest.save(out_root)
            copy_lists(data_root, out_root, lists)
            records = load_records(out_root)
            save_records(out_root, records)
            seconds = _second_names(list(paths), convert)
            for path in seconds.keys() & records.keys():
                _remove(osp.join(out_root, path))  # of the time before it was a second name
            records.update(seconds)
            done = {path for path in paths if _is_done(records.get(path), convert)}
            todo = [path for path in paths if path not in done and path not in seconds]
            for record in progress(run(convert, todo, num_workers), len(paths), len(todo), 'cache'):
                records[record.path] = record
            save_records(out_root, records)
            found = {path: records[path].for_index() for path in paths}
            write_outcomes(out_root, prefix, videos, found)
            job.complete = True
            manifest.save(out_root)
    except (OSError, WorkerDied, KeyboardInterrupt) as error:
        raise CacheStopped(_explain(error, out_root, paths)) from error
    return CacheSummary([records[path] for path in sorted(paths)], len(todo), convert.decoder)


def _manifest(convert: Conversion, prefix: str, lists: List[str]) -> CacheManifest:
    """The manifest of the existing cache, if it fits, or a new one."""
    root = convert.out_root
    if not osp.isfile(osp.join(root, MANIFEST)):
        found = [name for name in os.listdir(root) if name not in (_LOCK, 'lost+found')]
        if [name for name in found if not name.endswith(PART)]:
            raise ValueError(
                f'{root!r} has files in it (as {found[0]!r}) and is not a video cache: name an '
                'empty or a new folder'
            )
        return CacheManifest(convert.format, convert.short_side, convert.data_root)
    manifest = CacheManifest.load(root)
    job = CacheManifest(manifest.format, manifest.short_side, convert.data_root)
    kept = job.command(root, job.job(prefix, lists))
    if (manifest.format, manifest.short_side) != (convert.format, convert.short_side):
        raise ValueError(
            f'{root!r} holds a cache of another size or format: short side {manifest.short_side}, '
            f'{manifest.format}. Go on with that: {kept}, or name another folder.'
        )
    old = manifest.source_root
    if old != convert.data_root and osp.isdir(old) and not osp.samefile(old, convert.data_root):
        raise ValueError(f'{root!r} holds a cache of {old!r}: name another folder')
    manifest.source_root = convert.data_root
    return manifest


def _second_names(paths: List[str], convert: Conversion) -> Dict[str, CacheRecord]:
    """Records of further names of a file: a file is one video."""
    sources = [osp.join(convert.data_root, path) for path in paths]
    return {
        paths[second]: CacheRecord(
            paths[second],
            *source_state(sources[second]),
            decoder=convert.decoder,
            reason=f'is the same file as {quote(paths[first])}',
        )
        for second, first in second_names(sources).items()
    }


def _is_done(record: Optional[CacheRecord], convert: Conversion) -> bool:
    """Whether a video needs no work: source and cached file are unchanged."""
    if record is None:
        return False
    try:
        if os.stat(osp.join(convert.out_root, record.path)).st_size != record.num_bytes:
            return False
    except OSError:  # also of rejected ones, which are tried again: disks and decoders recover
        return False
    state = source_state(osp.join(convert.data_root, record.path))
    return state == (record.source_size, record.source_mtime_ns)


@contextmanager
def _only_call(out_root: str) -> Iterator[None]:
    """Prevent a second call on the same cache, and remove partial files."""
    os.makedirs(out_root, exist_ok=True)
    with locked(osp.join(out_root, _LOCK), out_root):
        try:
            yield
        finally:
            _remove_parts(out_root)


def _remove(file: str) -> None:
    if osp.lexists(file):
        os.remove(file)


def _remove_parts(out_root: str) -> None:
    """Remove partially written files."""
    for folder, _, names in os.walk(out_root):
        for name in names:
            if name.startswith('.') and name.endswith(PART):
                os.remove(osp.join(folder, name))


def _explain(error: BaseException, out_root: str, paths: Dict[str, None]) -> str:
    """One message: the reason for the stop, the progress, and how to continue."""
    what, remedy = stop_reason(error, out_root)
    records = load_records(out_root)
    done = [records[path] for path in paths if path in records and not records[path].reason]
    num_bytes = sum(record.num_bytes for record in done)
    message = (
        f'{what}. {len(done)} of {len(paths)} videos are done and whole ({num_bytes / 1e6:.1f} MB)'
    )
    if done:
        more = (len(paths) - len(done)) * num_bytes / len(done)
        message += f'; the others need about {more / 1e6:.1f} MB more'
    return f'{message}. {remedy} the same command again: it goes on where it stopped.'
