"""Which videos of the lists are packed."""

import os
import os.path as osp
from collections import defaultdict
from dataclasses import replace
from typing import Dict, List, Sequence, Set, Tuple

from tev_mmaction.texts import quote

from ..copies import path_of, source_state
from ..identity import second_names
from ..indexing import index_videos
from ..readers import resolve_decoder
from ..video_index import VideoRecord, default_index_file, load_index
from .plan import PackedVideo

Videos = Dict[str, List[Tuple[str, int]]]


def records_of(
    data_root: str, out_root: str, prefix: str, videos: Videos, decoder: str, num_workers: int
) -> Dict[str, VideoRecord]:
    """Records of all videos, from the video indices of the lists.

    An index is made if there is none, or if it lacks videos or is older than one of them.
    Further names of a file are rejected.

    Args:
        data_root (str): Folder of the sources.
        out_root (str): Folder of the shards, where missing indices are made.
        prefix (str): Folder of the videos, relative to both.
        videos (dict[str, list[tuple[str, int]]]): Result of :func:`read_videos`.
        decoder (str): See :func:`resolve_decoder`; for missing indices.
        num_workers (int): Processes that make them.

    Returns:
        dict[str, VideoRecord]: By path below the root.

    Raises:
        IndexStopped: See :func:`index_videos`.
    """
    records: Dict[str, VideoRecord] = {}
    for name, entries in videos.items():
        files = [default_index_file(osp.join(root, name), '') for root in (data_root, out_root)]
        folder, paths = osp.join(data_root, prefix), [path for path, _ in entries]
        indices = (load_index(file) for file in files if _is_newer(file, folder, paths))
        index = next((index for index in indices if index.keys() >= set(paths)), None)
        if index is None:
            listed = osp.join(data_root, name)
            summary = index_videos(
                listed if osp.isfile(listed) else folder,
                folder,
                osp.dirname(files[1]),
                resolve_decoder(decoder),
                num_workers=num_workers,
            )
            index = {record.path: record for record in summary.records}
        for path in paths:
            full = path_of(prefix, path)
            records[full] = replace(index[path], path=full)
    names = [path for path, record in records.items() if record.usable]
    seconds = second_names([osp.join(data_root, path) for path in names])
    for second, first in seconds.items():
        reason = f'is the same file as {quote(names[first])}'
        records[names[second]] = VideoRecord(names[second], reason=reason)
    return records


def _is_newer(index_file: str, folder: str, paths: Sequence[str]) -> bool:
    """Whether there is an index, and no video was changed after it was written."""
    try:
        written = os.stat(index_file).st_mtime_ns
    except OSError:
        return False
    return all(source_state(osp.join(folder, path))[1] < written for path in paths)


def videos_to_pack(
    data_root: str, prefix: str, videos: Videos, records: Dict[str, VideoRecord]
) -> List[List[PackedVideo]]:
    """The videos of each list that are usable and not of an earlier list.

    Args:
        data_root (str): See :func:`records_of`.
        prefix (str): See :func:`records_of`.
        videos (dict[str, list[tuple[str, int]]]): See :func:`records_of`.
        records (dict[str, VideoRecord]): Result of :func:`records_of`; videos that are missing by
            now are rejected in it.
    """
    labels: Dict[str, Set[int]] = defaultdict(set)
    for entries in videos.values():
        for path, label in entries:
            labels[path_of(prefix, path)].add(label)
    chosen: List[List[PackedVideo]] = []
    seen: Set[str] = set()
    for entries in videos.values():
        part = []
        for path in (path_of(prefix, path) for path, _ in entries):
            if path in seen or records[path].reason:
                continue
            seen.add(path)
            size, mtime_ns = source_state(osp.join(data_root, path))
            if not size:
                records[path] = replace(records[path], num_frames=0, reason='does not exist')
                continue
            label = max(labels[path]) if len(labels[path]) == 1 else -1
            frames = records[path].num_frames
            part.append(PackedVideo(path, size, mtime_ns, frames, label))
        chosen.append(part)
    return chosen
