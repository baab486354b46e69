"""Makes a video index in parallel, and continues where an earlier call stopped."""

import hashlib
import os
import os.path as osp
from collections import defaultdict
from dataclasses import astuple, dataclass, fields, replace
from typing import BinaryIO, Dict, List, NamedTuple, Optional, Sequence, Tuple

from tev_mmaction.files import check_output, locked, write_line
from tev_mmaction.stopping import stop_reason
from tev_mmaction.storage import folder_exists, is_uri, join, state_of
from tev_mmaction.texts import decode, quote, table_line, table_rows
from tev_mmaction.version import __version__

from .folders import scan_folder
from .identity import second_names
from .readers import resolve_decoder
from .video_index import VideoRecord, check_decord, default_index_file, examine, save_index
from .video_list import check_no_folders, read_list, write_outcome
from .worker_pool import WorkerDied, check_num_workers, progress, run

_HEAD = 1 << 20  # bytes of a file that identify its content among files of the same size


class IndexStopped(RuntimeError):
    """The index could not be completed; finished work is kept."""


@dataclass(frozen=True)
class IndexFiles:
    """The files of an index.

    Args:
        index (str): ``<name>.index.csv``: the entries of all videos.
        usable (str): ``<name>.usable.txt``: the list without rejected videos.
        rejected (str): ``<name>.rejected.txt``: paths and reasons.
        journal (str): Entries so far, until the index is complete.
    """

    index: str
    usable: str
    rejected: str
    journal: str

    @property
    def stem(self) -> str:
        """str: Prefix of the names of the lists."""
        return self.usable.removesuffix('.usable.txt')


class IndexSummary(NamedTuple):
    """Result of :func:`index_videos`.

    Args:
        records (list[VideoRecord]): Entries of all videos, in the order of the list.
        num_new (int): Number of videos that this call examined.
        decoder (str): The decoder.
        files (IndexFiles): The written files.
    """

    records: List[VideoRecord]
    num_new: int
    decoder: str
    files: IndexFiles


@dataclass(frozen=True)
class Examination:
    """Settings for the examination of videos.

    Args:
        root (str): Folder or URI prefix of the paths.
        decoder (str): ``'pyav'`` or ``'decord'``.
        min_frames (int): Shorter videos are rejected.
        with_decord (bool): Note what decord reads otherwise, see :func:`check_decord`.
    """

    root: str
    decoder: str
    min_frames: int
    with_decord: bool = False

    def __call__(self, path: str) -> Tuple[int, int, VideoRecord]:
        """Size in bytes and change time of a video before it was read, and its entry."""
        state, filename = self.state(path), join(self.root, path)
        record = examine(path, filename, self.decoder, self.min_frames)
        return (*state, check_decord(record, filename) if self.with_decord else record)

    def state(self, path: str) -> Tuple[int, int]:
        """Size in bytes and change time in ns; zeros for a missing file."""
        return state_of(join(self.root, path))


def index_files(source: str, out: Optional[str] = None) -> IndexFiles:
    """The files of the index of a list or folder.

    Args:
        source (str): List or folder.
        out (str, optional): Folder to write to. Defaults to that of the source.

    Raises:
        ValueError: If the folder is on a server.
    """
    if is_uri(out or source):
        raise ValueError(
            f'{out or source!r} is on a server, and an index is written to local disks: name a '
            'folder to write to (out)'
        )
    stem = osp.join(source, 'videos') if folder_exists(source) else osp.splitext(source)[0]
    stem = osp.join(out, osp.basename(stem)) if out else stem
    folder, name = osp.split(stem)
    return IndexFiles(
        default_index_file(stem + '.txt', ''),
        stem + '.usable.txt',
        stem + '.rejected.txt',
        osp.join(folder, f'.{name}.index.journal'),
    )


def index_videos(
    source: str,
    root: str = '',
    out: Optional[str] = None,
    decoder: str = 'auto',
    min_frames: int = 2,
    num_workers: int = 1,
    with_decord: bool = False,
) -> IndexSummary:
    """Decode every video to its end, and write an index of usable and rejected videos.

    Args:
        source (str): A folder of videos, searched recursively, or a list of `path label` lines.
        root (str): Folder or URI prefix of the paths in a list. Defaults to the folder of the
            list.
        out (str, optional): Folder to write to. Defaults to that of the source.
        decoder (str): See :func:`resolve_decoder`. Defaults to ``'auto'``.
        min_frames (int): Shorter videos are rejected. Defaults to 2.
        num_workers (int): Number of processes; 0 for the current one. Defaults to 1.
        with_decord (bool): Note files that decord reads differently, see :func:`check_decord`.
            Defaults to False.

    Returns:
        IndexSummary: The entries, and the written files.

    Raises:
        ValueError: If the arguments or the list are wrong.
        FileNotFoundError: If the source does not exist, or has no video.
        IndexStopped: If files cannot be written, if a worker dies, or after Ctrl-C.
    """
    check_num_workers(num_workers)
    decoder = resolve_decoder(decoder)
    if with_decord:
        resolve_decoder('decord')
    files = index_files(source, out)
    done: Dict[str, VideoRecord] = {}
    paths: List[str] = []
    try:
        check_output(*astuple(files))
        if folder_exists(source):
            videos, root = scan_folder(source), source
        else:
            root = root or osp.dirname(source)
            videos = read_list(source, prefix=root)
        paths = [path for path, _ in videos]
        filenames = [join(root, path) for path in paths]
        check_no_folders(filenames)
        work = Examination(root, decoder, min_frames, with_decord)
        with locked(files.journal, files.index) as journal:
            done.update(_resume(journal, work))
            for second, first in second_names(filenames).items():
                reason = f'is the same file as {quote(paths[first])}'
                done[paths[second]] = VideoRecord(paths[second], decoder=decoder, reason=reason)
            todo = [path for path in paths if path not in done]
            for found in progress(run(work, todo, num_workers), len(paths), len(todo), 'index'):
                write_line(journal.fileno(), _journal_line(*found))
                done[found[2].path] = found[2]
            records = _with_twins([done[path] for path in paths], filenames)
            save_index(records, files.index)
            usable = [video for video, record in zip(videos, records) if record.usable]
            rejected = [(record.path, record.reason) for record in records if record.reason]
            write_outcome(files.stem, usable, rejected)
            os.remove(files.journal)
    except FileNotFoundError:
        raise
    except (OSError, WorkerDied, KeyboardInterrupt) as error:
        raise IndexStopped(_explain(error, files, paths, done)) from error
    return IndexSummary(records, len(todo), decoder, files)


def _resume(journal: BinaryIO, work: Examination) -> Dict[str, VideoRecord]:
    """Entries of an earlier call with the same settings, for unchanged files."""
    columns = [field.name for field in fields(VideoRecord)]
    root = work.root if is_uri(work.root) else osp.abspath(work.root)
    how = [__version__, root, *astuple(work)[1:]]
    head = table_line([*how, *columns])
    journal.seek(0)
    content = journal.read()
    # A line without a line end was incomplete when the machine died: the video is not done.
    content = content[: content.rfind(b'\n') + 1]
    if content.startswith(head.encode()):
        journal.truncate(len(content))
    else:
        content = head.encode()
        journal.truncate(0)
        write_line(journal.fileno(), content)
    known = {}
    for size, mtime, *values in table_rows(decode(content, journal.name)[len(head) :]):
        record = VideoRecord.from_text(dict(zip(columns, values)))
        if work.state(record.path) == (int(size), int(mtime)) != (0, 0):
            known[record.path] = record
    return known


def _journal_line(size: int, mtime: int, record: VideoRecord) -> bytes:
    return table_line([size, mtime, *astuple(record)]).encode()


def _with_twins(records: Sequence[VideoRecord], filenames: Sequence[str]) -> List[VideoRecord]:
    """Note videos with the same content as another, judged by the beginning of the file."""
    of_size = defaultdict(list)
    for position, record in enumerate(records):
        if record.usable:
            of_size[_size(filenames[position])].append(position)
    records = list(records)
    for positions in of_size.values():
        first_of: Dict[bytes, int] = {}
        for position in positions if len(positions) > 1 else ():
            first = first_of.setdefault(_digest_of_head(filenames[position]), position)
            if first != position:
                note = f'has the size and the beginning of {quote(records[first].path)}'
                old = records[position]
                records[position] = replace(old, note='; '.join(filter(None, [old.note, note])))
    return records


def _size(filename: str) -> object:
    try:
        return os.stat(filename).st_size
    except OSError:  # the file is missing by now
        return filename


def _digest_of_head(filename: str) -> bytes:
    try:
        with open(filename, 'rb') as file:
            return hashlib.sha256(file.read(_HEAD)).digest()
    except OSError:
        return os.fsencode(filename)


def _explain(
    error: BaseException, files: IndexFiles, paths: Sequence[str], done: Dict[str, VideoRecord]
) -> str:
    """One message: the reason for the stop, the progress, and how to continue."""
    what, remedy = stop_reason(error, osp.dirname(files.index) or '.')
    if not done:
        other = '. Name another folder to write to (out)' if isinstance(error, OSError) else ''
        return f'{what}, no video is done yet{other}'
    return (
        f'{what}. {sum(path in done for path in paths)} of {len(paths)} videos are done, and kept '
        f'in {files.journal!r}. {remedy} the same command again: it goes on where it stopped.'
    )
