"""Bringing an index up to date with a folder: only what is new is embedded."""

import hashlib
import os
import time
from dataclasses import dataclass, field, replace
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Tuple

from tev_mmaction.storage import is_uri

from ..datasets.folders import VIDEO_EXTENSIONS, scan_folder
from ..datasets.readers import VideoError
from ..datasets.worker_pool import WorkerDied
from .embedder import VideoEmbedder
from .embedding_index import EmbeddingIndex
from .index_format import IndexedFile

_Stamp = Tuple[int, int]  # bytes, nanoseconds of the last change


@dataclass
class IndexChanges:
    """What an update did; all paths are absolute.

    Args:
        added (list[str]): New videos, now embedded.
        changed (list[str]): Videos of another content than before, embedded anew.
        copied (list[str]): New names of contents that were known: no need to embed.
        removed (list[str]): Files that are gone, dropped.
        broken (list[tuple[str, str]]): Files that turned out to be broken, and why.
        known_broken (list[tuple[str, str]]): Files that were found broken before, not tried again.
        unchanged (int): Videos that were there before, and still are.
    """

    added: List[str] = field(default_factory=list)
    changed: List[str] = field(default_factory=list)
    copied: List[str] = field(default_factory=list)
    removed: List[str] = field(default_factory=list)
    broken: List[Tuple[str, str]] = field(default_factory=list)
    known_broken: List[Tuple[str, str]] = field(default_factory=list)
    unchanged: int = 0


def update_index(
    index: EmbeddingIndex,
    folder: str,
    embedder: VideoEmbedder,
    file: Optional[str] = None,
    retry_broken: bool = False,
    save_interval: float = 20.0,
    progress: Callable[[Sequence[str]], Iterable[str]] = iter,
) -> IndexChanges:
    """Make an index hold the videos below a folder as they are now.

    A file of the same path, size and time of change is taken for the same. One of another name or
    time, but of a content that is known, is not embedded again either. Files of the index that lie
    outside the folder stay as they are. Broken files are remembered, and not tried again until
    they change; those that may not be read are tried each time.

    Args:
        index (EmbeddingIndex): It is changed.
        folder (str): Searched recursively, for files with the extension of a video.
        embedder (VideoEmbedder): Of the same weights and protocol as the index.
        file (str, optional): Where the index is saved: every ``save_interval`` seconds and in the
            end, be it by an error or Ctrl-C. Defaults to None: nowhere.
        retry_broken (bool): Try broken files again. Defaults to False.
        save_interval (float): Seconds. Defaults to 20.
        progress (Callable): Wraps the list of the videos to embed, as ``tqdm`` does.

    Returns:
        IndexChanges: What was done.

    Raises:
        ValueError: If the folder does not exist or has no video (nothing is dropped then), or the
            embedder is another than that of the index.
        OSError: If the file cannot be written; it is tried before the work begins.
        WorkerDied: If a process that decodes dies.
    """
    index.check(embedder)
    if file is not None:
        index.check_place(file)
    paths, root = _videos_below(folder), os.path.abspath(folder)
    changes, known = IndexChanges(), dict(index.files)
    features = dict(index.features)  # of removed files, too: they may have been renamed
    present = set(paths)
    for path in known:
        if path.startswith(os.path.join(root, '')) and path not in present:
            _drop(index, path)
            changes.removed.append(path)

    donors = _by_content(known.values())
    pending: Dict[str, _Stamp] = {}
    for path in paths:
        entry, stamp = known.get(path), _stamp(path)
        if entry and retry_broken and entry.reason:
            pending[path] = stamp
        elif entry and stamp == (entry.size, entry.mtime):
            _count(changes, entry)
        else:
            donor = _donor(path, stamp, entry, donors)
            if donor is None or (retry_broken and donor.reason):
                pending[path] = stamp
                continue
            _drop(index, path)
            entry = replace(donor, path=path, size=stamp[0], mtime=stamp[1])
            index.files[path] = entry
            if not entry.reason:
                index.features[path] = features[donor.path]
            if donor.path == path or entry.reason:
                _count(changes, entry)
            else:
                changes.copied.append(path)
    _embed(index, embedder, pending, changes, file, save_interval, progress)
    return changes


def _embed(index, embedder, pending, changes, file, save_interval, progress) -> None:
    """Embed what has to be; save now and then, and whatever happens."""
    saved = time.monotonic()
    try:
        outcomes = embedder.embed_each(list(pending))
        for path in progress(list(pending)) if pending else ():
            outcome, before = next(outcomes), index.files.get(path)
            _drop(index, path)
            short = embedder.short_videos.get(path, 0)
            entry = _entry(path, pending[path], outcome, short)
            if entry is not None:
                index.files[path] = entry
            if isinstance(outcome, VideoError):
                changes.broken.append((path, outcome.reason))
            else:
                index.features[path] = outcome
                (changes.changed if before else changes.added).append(path)
            if file is not None and time.monotonic() - saved >= save_interval:
                index.save(file)
                saved = time.monotonic()
    except WorkerDied as error:
        raise WorkerDied(
            f'{error}. What was embedded is kept: call again to go on, with fewer workers or '
            'without that video'
        ) from error
    finally:
        if file is not None:
            index.save(file)


def _entry(path: str, stamp: _Stamp, outcome, short_frames: int) -> Optional[IndexedFile]:
    """What to remember of a file; None after a transient failure."""
    reason = outcome.reason if isinstance(outcome, VideoError) else ''
    digest = _digest(path)
    if reason and digest is None:
        return None
    if digest is None or _stamp(path) != stamp:
        digest = ''  # it changes while we look: its content is not what was embedded
    return IndexedFile(path, *stamp, digest, reason, short_frames)


def _videos_below(folder: str) -> List[str]:
    if is_uri(folder):
        raise ValueError(
            f'{folder!r} is on a server, and an index is of the videos below a local folder: fetch '
            'them first'
        )
    try:
        names = scan_folder(folder)
    except FileNotFoundError:  # its remedy is one for configs
        what = 'has no video' if os.path.isdir(folder) else 'does not exist'
        raise ValueError(
            f'the folder {folder} {what}: give one with files ending in '
            f'{", ".join(VIDEO_EXTENSIONS)}'
        ) from None
    return [os.path.abspath(os.path.join(folder, name)) for name, _ in names]


def _drop(index: EmbeddingIndex, path: str) -> None:
    index.files.pop(path, None)
    index.features.pop(path, None)


def _count(changes: IndexChanges, entry: IndexedFile) -> None:
    if entry.reason:
        changes.known_broken.append((entry.path, entry.reason))
    else:
        changes.unchanged += 1


def _by_content(entries: Iterable[IndexedFile]) -> Dict[int, Dict[str, IndexedFile]]:
    """Entries by size, which is soon compared, and digest."""
    found: Dict[int, Dict[str, IndexedFile]] = {}
    for entry in entries:
        if entry.digest:
            found.setdefault(entry.size, {})[entry.digest] = entry
    return found


def _donor(
    path: str,
    stamp: _Stamp,
    entry: Optional[IndexedFile],
    donors: Dict[int, Dict[str, IndexedFile]],
) -> Optional[IndexedFile]:
    """A file of the same content, itself before others; read only where one has its size."""
    same_size = donors.get(stamp[0])
    digest = _digest(path) if same_size else None
    if not same_size or digest is None:
        return None
    return entry if entry and entry.digest == digest else same_size.get(digest)


def _stamp(path: str) -> _Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _digest(path: str) -> Optional[str]:
    try:
        with open(path, 'rb') as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()
