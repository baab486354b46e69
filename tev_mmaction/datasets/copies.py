"""What a copy of a data set has in common with its source: folders, lists, names.

A copy is a video cache, or shards.
"""

import os
import os.path as osp
from dataclasses import replace
from glob import escape, glob
from typing import Dict, List, Mapping, Tuple

from tev_mmaction.files import write_file
from tev_mmaction.storage import is_uri

from .folders import scan_folder
from .video_index import VideoRecord, default_index_file, save_index
from .video_list import read_list, write_outcome

_MADE = ('.usable.txt', '.rejected.txt')  # made from a list, and made again for the copy


def check_folders(data_root: str, out_root: str, prefix: str, what: str) -> Tuple[str, str, str]:
    """Absolute folders and a normalised prefix, checked against each other.

    Args:
        data_root (str): Folder of the sources.
        out_root (str): Folder of the copy.
        prefix (str): Folder of the videos, relative to both.
        what (str): What is made, for messages.

    Raises:
        FileNotFoundError: If there is no folder of sources.
        ValueError: If a folder is not on a local disk, or they lie within each other.
    """
    for root in (data_root, out_root):
        if is_uri(root):
            raise ValueError(f'{root!r}: source and target of {what} must be on local disks')
    if not osp.isdir(data_root):
        raise FileNotFoundError(f'The folder of the dataset, {data_root!r}, does not exist')
    data_root, out_root = osp.abspath(data_root), osp.abspath(out_root)
    prefix = osp.normpath(prefix) if prefix else ''
    prefix = '' if prefix == '.' else prefix
    if osp.isabs(prefix) or prefix.startswith('..'):
        raise ValueError(f'prefix={prefix!r}: it has to be a folder below {data_root!r}')
    videos = osp.realpath(osp.join(data_root, prefix)) + os.sep
    copies = osp.realpath(osp.join(out_root, prefix)) + os.sep
    if videos.startswith(copies) or copies.startswith(videos):
        raise ValueError(
            f'{out_root!r} and {data_root!r} lie within one another: {what} needs another folder'
        )
    return data_root, out_root, prefix


def find_lists(data_root: str, lists: List[str]) -> List[str]:
    """Paths of lists below the folder of the sources.

    Args:
        data_root (str): Folder of the sources.
        lists (list[str]): Relative to that folder, or to the working directory.

    Returns:
        list[str]: Relative to the folder of the sources.

    Raises:
        FileNotFoundError: If one does not exist.
        ValueError: If one is outside the folder.
    """
    found = []
    for name in lists:
        file = osp.join(data_root, name)
        if not osp.isfile(file):
            file = osp.abspath(name)
        if not osp.isfile(file):
            raise FileNotFoundError(f'lists={name!r} does not exist, nor is it in {data_root!r}')
        path = osp.relpath(file, data_root)
        if path.startswith('..'):
            raise ValueError(
                f'lists={name!r} is outside of {data_root!r}. It could not keep its place in '
                'the copy: put it below that folder.'
            )
        found.append(path)
    return list(dict.fromkeys(found))


def read_videos(data_root: str, prefix: str, lists: List[str]) -> Dict[str, List[Tuple[str, int]]]:
    """The videos to copy.

    Args:
        data_root (str): Folder of the sources.
        prefix (str): Folder of the videos, relative to it.
        lists (list[str]): Result of :func:`find_lists`; empty for all videos of the folder.

    Returns:
        dict[str, list[tuple[str, int]]]: Path, from the prefix, and label of the videos of each
        list. A folder without a list has the name ``<prefix>/videos.txt``, which is not written.

    Raises:
        ValueError: If a path leaves the folder of the sources.
    """
    folder = osp.join(data_root, prefix)
    if lists:
        videos = {name: read_list(osp.join(data_root, name), prefix=folder) for name in lists}
    else:
        videos = {osp.join(prefix, 'videos.txt'): scan_folder(folder)}
    for name, entries in videos.items():
        for path, _ in entries:
            full = path_of(prefix, path)
            if osp.isabs(full) or full.split('/')[0] == '..':
                raise ValueError(
                    f'{name!r} names {path!r}: a copy has only videos below {data_root!r}'
                )
    return videos


def path_of(prefix: str, path: str) -> str:
    """Path of a video relative to the folder of the copy."""
    return osp.normpath(osp.join(prefix, path))


def copy_lists(data_root: str, out_root: str, lists: List[str]) -> None:
    """Copy lists and the text files beside them and in the source folder, such as class names."""
    names = set(lists)
    for folder in {'', *(osp.dirname(name) for name in lists)}:
        for file in glob(osp.join(escape(data_root), escape(folder), '*.txt')):
            if not file.endswith(_MADE):
                names.add(osp.relpath(file, data_root))
    for name in sorted(names):
        with open(osp.join(data_root, name), 'rb') as text:
            write_file(osp.join(out_root, name), text.read())


def write_outcomes(
    out_root: str,
    prefix: str,
    videos: Dict[str, List[Tuple[str, int]]],
    records: Mapping[str, VideoRecord],
) -> None:
    """Write index, usable and rejected videos beside each list, as in ``index_videos.py``.

    Args:
        out_root (str): Folder of the copy.
        prefix (str): Folder of the videos, relative to it.
        videos (dict[str, list[tuple[str, int]]]): Result of :func:`read_videos`.
        records (Mapping[str, VideoRecord]): Records of all these videos, by :func:`path_of`.
    """
    indices: Dict[str, dict] = {}
    for name, entries in videos.items():
        index_file = default_index_file(osp.join(out_root, name), '')
        stem = index_file[: -len('.index.csv')]
        index = indices.setdefault(index_file, {})
        usable, rejected = [], []
        for path, label in entries:
            record = records[path_of(prefix, path)]
            index[path] = replace(record, path=path)
            if record.reason:
                rejected.append((path, record.reason))
            else:
                usable.append((path, label))
        if osp.relpath(f'{stem}.usable.txt', out_root) not in videos:
            write_outcome(stem, usable, rejected)
    for index_file, index in indices.items():
        save_index(index.values(), index_file)


def source_state(source: str) -> Tuple[int, int]:
    """Size in bytes and modification time in ns; 0 and 0 for a missing file."""
    try:
        state = os.stat(source)
        return state.st_size, state.st_mtime_ns
    except OSError:
        return 0, 0
