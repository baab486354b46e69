"""Packs a data set into shards, and continues where an earlier call stopped."""

import os
import os.path as osp
from contextlib import suppress
from typing import BinaryIO, Dict, Iterator, List, NamedTuple, Sequence, Tuple

from tev_mmaction.files import PART, check_output, locked, make_folder, write_file, write_line
from tev_mmaction.stopping import stop_reason
from tev_mmaction.storage.shard_index import (
    INDEX,
    JOURNAL,
    Shard,
    ShardIndex,
    ShardSettings,
)

from ..caching import check_cache
from ..copies import check_folders, copy_lists, find_lists, read_videos, write_outcomes
from ..indexing import IndexStopped
from ..readers import VideoError
from ..worker_pool import check_num_workers, progress
from .pack import pack
from .plan import PlannedShard, plan_shards
from .sources import records_of, videos_to_pack


class ShardsStopped(RuntimeError):
    """The shards could not be completed; finished tar files are kept."""


class ShardSummary(NamedTuple):
    """Result of :func:`build_shards`.

    Args:
        shards (list[Shard]): All tar files.
        num_new (int): Number of them that this call wrote.
        rejected (dict[str, str]): Reasons of videos that are left out, by path.
        unlabelled (int): Videos without a label, or with several labels in different lists.
    """

    shards: List[Shard]
    num_new: int
    rejected: Dict[str, str]
    unlabelled: int


def build_shards(
    data_root: str,
    out_root: str,
    lists: Sequence[str] = (),
    prefix: str = '',
    shard_size: int = 2**30,
    decoder: str = 'auto',
    num_workers: int = 1,
) -> ShardSummary:
    """Pack videos, or a video cache, into tar files, with an index.

    Args:
        data_root (str): ``data_root`` of a dataset.
        out_root (str): Folder of the shards: empty, or with shards of the same settings.
        lists (list[str]): Video lists, relative to ``data_root``. None: all videos of the folder.
        prefix (str): Folder of the videos, relative to ``data_root``. Defaults to ``''``.
        shard_size (int): Bytes of a tar file that are not exceeded, except by a single video.
            Defaults to 1 GiB.
        decoder (str): See :func:`resolve_decoder`; for lists without a video index. Defaults to
            ``'auto'``.
        num_workers (int): Number of processes that make missing indices; 0 for the current one.
            Defaults to 1.

    Returns:
        ShardSummary: What was written.

    Raises:
        ValueError: If the arguments contradict each other or the content of ``out_root``, or the
            source is a video cache that is incomplete.
        ShardsStopped: If files cannot be read or written, or a worker dies.
    """
    if shard_size < 1:
        raise ValueError(f'shard_size={shard_size}: a number of bytes is needed')
    check_num_workers(num_workers)
    data_root, out_root, prefix = check_folders(data_root, out_root, prefix, 'shards')
    lists = find_lists(data_root, list(lists))
    videos = read_videos(data_root, prefix, lists)
    folder = osp.join(data_root, prefix)
    for name, entries in videos.items():
        files = [osp.join(folder, path) for path, _ in entries]
        check_cache(files, folder, osp.join(data_root, name) if lists else '')
    settings = ShardSettings(data_root, prefix, lists, shard_size)
    plan: List[PlannedShard] = []
    done: Dict[str, Shard] = {}
    try:
        _check_folder(out_root, settings)
        check_output(osp.join(out_root, INDEX), osp.join(out_root, JOURNAL))
        with locked(osp.join(out_root, JOURNAL), out_root) as journal:
            earlier = _earlier(out_root)
            records = records_of(data_root, out_root, prefix, videos, decoder, num_workers)
            chosen = videos_to_pack(data_root, prefix, videos, records)
            plan = plan_shards(chosen, shard_size)
            if not plan:
                raise ValueError(f'none of the {len(records)} videos can be packed')
            done = {
                shard.name: earlier[shard.name]
                for shard in plan
                if shard.name in earlier and earlier[shard.name].digest == shard.digest
            }
            num_new = len(plan) - len(done)
            copy_lists(data_root, out_root, lists)
            write_outcomes(out_root, prefix, videos, records)
            if num_new or len(earlier) > len(plan):
                _begin(journal, out_root, settings, done)
            counts = [len(shard.videos) for shard in plan if shard.name not in done]
            packed = _pack_all(plan, done, data_root, out_root, journal)
            for _ in progress(packed, sum(map(len, chosen)), sum(counts), 'pack'):
                pass
            shards = [done[shard.name] for shard in plan]
            _finish(out_root, settings, shards)
    except IndexStopped as error:
        raise ShardsStopped(str(error)) from error
    except (OSError, VideoError, KeyboardInterrupt) as error:
        if isinstance(error, FileNotFoundError) and not plan:
            raise
        raise ShardsStopped(_explain(error, out_root, len(plan), done)) from error
    rejected = {path: record.reason for path, record in records.items() if record.reason}
    unlabelled = sum(video.label < 0 for part in chosen for video in part)
    return ShardSummary(shards, num_new, rejected, unlabelled)


def _check_folder(out_root: str, settings: ShardSettings) -> None:
    """Refuse a folder with other files, or with shards of other settings."""
    make_folder(out_root)
    names = os.listdir(out_root)
    others = [name for name in names if name != 'lost+found' and not name.endswith(PART)]
    if others and INDEX not in names and JOURNAL not in names:
        raise ValueError(
            f'{out_root!r} has files in it (as {others[0]!r}) and no shards: name an empty or a '
            'new folder'
        )
    for other, _ in _told(out_root):
        if other != settings:
            raise ValueError(
                f'{out_root!r} holds shards of other videos or of another size. Go on with those: '
                f'{other.command(out_root)}, or name another folder'
            )


def _told(out_root: str) -> List[Tuple[ShardSettings, List[Shard]]]:
    """What journal and index tell; a damaged one tells nothing, and all is packed again."""
    found = []
    for name in (JOURNAL, INDEX):
        with suppress(FileNotFoundError, KeyError, TypeError, ValueError):
            with open(osp.join(out_root, name), encoding='utf-8') as file:
                content = file.read()
            # a line without its end is not whole
            head, *lines = content[: content.rfind('\n') + 1].splitlines()
            found.append((ShardSettings.from_line(head), [Shard.from_line(line) for line in lines]))
    return found


def _earlier(out_root: str) -> Dict[str, Shard]:
    """Tar files of earlier calls that are still there, by name."""
    found = {shard.name: shard for _, shards in _told(out_root) for shard in shards}
    return {
        name: shard
        for name, shard in found.items()
        if _size(osp.join(out_root, name)) == shard.size
    }


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size
    except OSError:
        return -1


def _begin(
    journal: BinaryIO, out_root: str, settings: ShardSettings, done: Dict[str, Shard]
) -> None:
    """Have the journal tell what is done, and nothing tell that all is."""
    lines = [settings.line(), *(shard.line() for shard in done.values())]
    journal.truncate(0)
    write_line(journal.fileno(), ''.join(lines).encode())
    with suppress(FileNotFoundError):
        os.remove(osp.join(out_root, INDEX))


def _pack_all(
    plan: Sequence[PlannedShard],
    done: Dict[str, Shard],
    data_root: str,
    out_root: str,
    journal: BinaryIO,
) -> Iterator[str]:
    """Write what is not done, a line of the journal for each; yields paths of packed videos."""
    for shard in plan:
        if shard.name not in done:
            written = yield from pack(shard, data_root, out_root)
            write_line(journal.fileno(), written.line().encode())
            done[shard.name] = written


def _finish(out_root: str, settings: ShardSettings, shards: Sequence[Shard]) -> None:
    """Write the index, and remove what does not belong to it."""
    videos = sum(len(shard.paths) for shard in shards)
    lines = [settings.line(videos=videos, shards=len(shards)), *(each.line() for each in shards)]
    content = ''.join(lines).encode()
    ShardIndex.read(content)  # what cannot be read is not written
    write_file(osp.join(out_root, INDEX), content)
    names = {shard.name for shard in shards}
    for name in os.listdir(out_root):
        if name.startswith('shard-') and name.endswith('.tar') and name not in names:
            os.remove(osp.join(out_root, name))
    os.remove(osp.join(out_root, JOURNAL))


def _explain(error: BaseException, out_root: str, planned: int, done: Dict[str, Shard]) -> str:
    """One message: the reason for the stop, the progress, and how to continue."""
    what, remedy = stop_reason(error, out_root)
    num_bytes = sum(shard.size for shard in done.values())
    return (
        f'{what}. {len(done)} of {planned} tar files are done and whole ({num_bytes / 1e6:.1f} MB).'
        f' {remedy} the same command again: it goes on where it stopped.'
    )
