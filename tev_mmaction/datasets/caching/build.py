"""Making a video cache: in parallel, going on where an earlier call was stopped."""

import errno
import multiprocessing
import os
import os.path as osp
import signal
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Callable, Dict, Iterator, List, NamedTuple, Tuple

import cv2
from tqdm import tqdm

from tev_mmaction.files import PART

from ..readers import resolve_decoder
from .convert import Conversion, source_state
from .lists import copy_lists, find_lists, path_of, read_videos, write_outcome
from .manifest import MANIFEST, CacheManifest, CacheRecord, load_records, save_records
from .writers import WRITERS

_LOCK = '.video_cache.lock'
_IN_FLIGHT = 4  # videos a worker that are handed out ahead


class CacheStopped(RuntimeError):
    """The cache could not be completed; what was done is kept."""


class CacheSummary(NamedTuple):
    """What a call of :func:`build_cache` did.

    Args:
        records (list[CacheRecord]): Of all videos asked for, by path.
        num_new (int): Videos that this call cached or tried to.
        decoder (str): Which decoder read the sources.
    """

    records: List[CacheRecord]
    num_new: int
    decoder: str


def build_cache(
    data_root: str,
    out_root: str,
    lists: List[str] = (),
    prefix: str = '',
    short_side: int = 128,
    format: str = 'mjpeg',
    decoder: str = 'auto',
    num_workers: int = 1,
) -> CacheSummary:
    """Make, complete or mend a video cache.

    Args:
        data_root (str): Folder that a dataset has as ``data_root``.
        out_root (str): Folder of the cache: empty, or of the same format and short side.
        lists (list[str]): Video lists, relative to ``data_root``. None: all videos of the folder.
        prefix (str): Folder of the videos, relative to ``data_root``. Defaults to ``''``.
        short_side (int): Pixels, even; smaller videos keep their size. Defaults to 128.
        format (str): ``'mjpeg'``, ``'h264'`` or ``'memmap'``. Defaults to ``'mjpeg'``.
        decoder (str): See :func:`resolve_decoder`. Defaults to ``'auto'``.
        num_workers (int): Processes; 0 for this one. Defaults to 1.

    Returns:
        CacheSummary: What is in the cache.

    Raises:
        ValueError: If the arguments do not fit together, or not to what is in ``out_root``.
        CacheStopped: If files cannot be written, or a worker dies.
    """
    if format not in WRITERS:
        raise ValueError(f'--format {format}: use one of {list(WRITERS)}')
    if short_side < 2 or short_side % 2:
        raise ValueError(f'--short-side {short_side}: an even number of pixels is needed')
    if num_workers < 0:
        raise ValueError(f'--num-workers {num_workers}: 0 or more are needed')
    data_root, out_root, prefix = _folders(data_root, out_root, prefix)
    lists = find_lists(data_root, list(lists))
    videos = read_videos(data_root, prefix, lists)
    paths = {path_of(prefix, path): None for entries in videos.values() for path, _ in entries}
    convert = Conversion(data_root, out_root, format, short_side, resolve_decoder(decoder))
    try:
        with _locked(out_root):
            manifest = _manifest(convert, prefix, lists)
            job = manifest.job(prefix, lists)
            job.complete = False
            _remove_parts(out_root)
            manifest.save(out_root)
            copy_lists(data_root, out_root, lists)
            records = load_records(out_root)
            save_records(out_root, records)
            todo = [path for path in paths if not _is_done(records.get(path), convert)]
            for record in _progress(_run(convert, todo, num_workers), len(paths), len(todo)):
                records[record.path] = record
            save_records(out_root, records)
            write_outcome(out_root, prefix, videos, records)
            job.complete = True
            manifest.save(out_root)
    except (OSError, BrokenProcessPool, KeyboardInterrupt) as error:
        raise CacheStopped(_explain(error, out_root, paths)) from error
    return CacheSummary([records[path] for path in sorted(paths)], len(todo), convert.decoder)


def _folders(data_root: str, out_root: str, prefix: str) -> Tuple[str, str, str]:
    """Absolute folders and a normal prefix, of which none lies in another's way."""
    for root in (data_root, out_root):
        if '://' in root:
            raise ValueError(f'{root!r}: a video cache is made from and on local disks alone')
    if not osp.isdir(data_root):
        raise FileNotFoundError(f'The folder of the data set, {data_root!r}, does not exist')
    data_root, out_root = osp.abspath(data_root), osp.abspath(out_root)
    prefix = osp.normpath(prefix) if prefix else ''
    prefix = '' if prefix == '.' else prefix
    if osp.isabs(prefix) or prefix.startswith('..'):
        raise ValueError(f'--prefix {prefix}: it has to be a folder below {data_root!r}')
    videos = osp.realpath(osp.join(data_root, prefix)) + os.sep
    cached = osp.realpath(osp.join(out_root, prefix)) + os.sep
    if videos.startswith(cached) or cached.startswith(videos):
        raise ValueError(
            f'{out_root!r} and {data_root!r} lie within one another: the cache needs another folder'
        )
    return data_root, out_root, prefix


def _manifest(convert: Conversion, prefix: str, lists: List[str]) -> CacheManifest:
    """The manifest of the cache that is there, if it fits, or a new one."""
    root = convert.out_root
    if not osp.isfile(osp.join(root, MANIFEST)):
        found = [name for name in os.listdir(root) if name not in (_LOCK, 'lost+found')]
        if [name for name in found if not name.endswith(PART)]:
            raise ValueError(
                f'{root!r} has files in it (as {found[0]!r}) and is no video cache: name an empty '
                'or a new folder'
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


def _is_done(record: CacheRecord, convert: Conversion) -> bool:
    """Whether a video needs no work: source and cached file are as they were."""
    if record is None:
        return False
    try:
        if os.stat(osp.join(convert.out_root, record.path)).st_size != record.num_bytes:
            return False
    except OSError:  # also of rejected ones, which are tried again: disks and decoders recover
        return False
    state = source_state(osp.join(convert.data_root, record.path))
    return state == (record.source_size, record.source_mtime_ns)


def _run(
    work: Callable[[str], CacheRecord], paths: List[str], num_workers: int
) -> Iterator[CacheRecord]:
    """Records in the order in which they are done."""
    if num_workers == 0:
        yield from map(work, paths)
        return
    # Each worker would import everything by itself; a server that did it once hands out copies.
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload([__name__])
    pool = ProcessPoolExecutor(num_workers, context, _prepare_worker)
    running = set()
    try:
        for path in paths:
            running.add(pool.submit(work, path))
            if len(running) >= _IN_FLIGHT * num_workers:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare_worker() -> None:
    """Leave Ctrl-C to the main process, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(0)
    parent = multiprocessing.parent_process()

    def follow():
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _progress(records: Iterator[CacheRecord], total: int, todo: int) -> Iterator[CacheRecord]:
    """A progress bar; in a log file, one line a minute."""
    often = dict() if sys.stderr.isatty() else dict(mininterval=60, maxinterval=60)
    with tqdm(total=total, initial=total - todo, desc='cache', unit='video', **often) as bar:
        for record in records:
            bar.update()
            yield record


@contextmanager
def _locked(out_root: str) -> Iterator[None]:
    """Keep a second call from the same cache, and half files out of it.

    The lock goes with the process; what a killed one was writing, the next one removes.
    """
    import fcntl

    os.makedirs(out_root, exist_ok=True)
    with open(osp.join(out_root, _LOCK), 'w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f'{out_root!r} is being written by another call of this tool'
            ) from None
        try:
            yield
        finally:
            _remove_parts(out_root)


def _remove_parts(out_root: str) -> None:
    """Remove files that were being written."""
    for folder, _, names in os.walk(out_root):
        for name in names:
            if name.startswith('.') and name.endswith(PART):
                os.remove(osp.join(folder, name))


def _explain(error: BaseException, out_root: str, paths: Dict[str, None]) -> str:
    """One message: what stopped the call, how far it came, and how to go on."""
    remedy = 'Run'
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            remedy = 'Make room, and run'
        place = f' ({error.filename})' if error.filename else ''
        what = f'{out_root!r} cannot be written: {error.strerror or error}{place}'
    elif isinstance(error, BrokenProcessPool):
        what = 'a worker process died, most likely for want of memory: try fewer --num-workers'
    else:
        what = 'interrupted'
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
