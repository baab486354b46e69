"""Updates an embedding index from a folder; only new content is embedded."""

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
    """The changes of an update; all paths are absolute.

    Args:
        added (list[str]): New videos, now embedded.
        changed (list[str]): Videos with changed content, embedded again.
        copied (list[str]): New names of known contents, not embedded again.
        removed (list[str]): Missing files, removed from the index.
        broken (list[tuple[str, str]]): Newly found broken files, with reasons.
        known_broken (list[tuple[str, str]]): Files known to be broken, not tried again.
        unchanged (int): Number of unchanged videos.
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
    """Update an index to the current videos below a folder.

    A file with the same path, size and change time counts as unchanged. A file with another name or
    time, but known content, is not embedded again. Entries of files outside the folder do not
    change. Broken files are stored, and tried again only if they change; unreadable files are
    tried every time.

    Args:
        index (EmbeddingIndex): The index; changed in place.
        folder (str): Searched recursively, for files with the extension of a video.
        embedder (VideoEmbedder): Embedder with the weights and the protocol of the index.
        file (str, optional): File of the index, saved every ``save_interval`` seconds and at the
            end, also after an error or Ctrl-C. Defaults to None: not saved.
        retry_broken (bool): Try broken files again. Defaults to False.
        save_interval (float): Seconds. Defaults to 20.
        progress (Callable): Wraps the list of the videos to embed, as ``tqdm`` does.

    Returns:
        IndexChanges: The changes.

    Raises:
        ValueError: If the folder does not exist or has no video (nothing is removed then), or the
            embedder does not match the index.
        OSError: If the file cannot be written; this is checked before the work starts.
        WorkerDied: If a decoding process dies.
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
    """Embed new content; save periodically, and at the end in any case."""
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
            f'{error}. Finished work is kept: call again to continue, with fewer workers or '
            'without that video'
        ) from error
    finally:
        if file is not None:
            index.save(file)


def _entry(path: str, stamp: _Stamp, outcome, short_frames: int) -> Optional[IndexedFile]:
    """The entry of a file; None after a transient failure."""
    reason = outcome.reason if isinstance(outcome, VideoError) else ''
    digest = _digest(path)
    if reason and digest is None:
        return None
    if digest is None or _stamp(path) != stamp:
        digest = ''  # it changed meanwhile: its content is not the embedded one
    return IndexedFile(path, *stamp, digest, reason, short_frames)


def _videos_below(folder: str) -> List[str]:
    if is_uri(folder):
        raise ValueError(
            f'{folder!r} is on a server, but an index needs a local folder of videos: fetch '
            'them first'
        )
    try:
        names = scan_folder(folder)
    except FileNotFoundError:  # its remedy applies to configs only
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
    """Entries by size (quick to compare) and digest."""
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
    """A file with the same content, itself first; read only if the size is known."""
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
