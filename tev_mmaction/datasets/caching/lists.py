"""Lists of videos in a cache: copies of the source lists, and lists of usable videos."""

import os.path as osp
from glob import escape, glob
from typing import Dict, List, Tuple

from tev_mmaction.files import write_file

from ..folders import scan_folder
from ..video_index import default_index_file, save_index
from ..video_list import read_list, write_outcome
from .manifest import CacheRecord

_MADE = ('.usable.txt', '.rejected.txt')  # made from a list, and made again for the cache


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
                'the cache: put it below that folder.'
            )
        found.append(path)
    return list(dict.fromkeys(found))


def read_videos(data_root: str, prefix: str, lists: List[str]) -> Dict[str, List[Tuple[str, int]]]:
    """The videos to cache.

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
                    f'{name!r} names {path!r}: a cache has only videos below {data_root!r}'
                )
    return videos


def path_of(prefix: str, path: str) -> str:
    """Path of a video relative to the cache's folder, as in its record."""
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
    records: Dict[str, CacheRecord],
) -> None:
    """Write index, usable and rejected videos beside each list, as in ``index_videos.py``.

    Args:
        out_root (str): Folder of the cache.
        prefix (str): Folder of the videos, relative to it.
        videos (dict[str, list[tuple[str, int]]]): Result of :func:`read_videos`.
        records (dict[str, CacheRecord]): Records of all these videos by path.
    """
    indices: Dict[str, dict] = {}
    for name, entries in videos.items():
        index_file = default_index_file(osp.join(out_root, name), '')
        stem = index_file[: -len('.index.csv')]
        index = indices.setdefault(index_file, {})
        usable, rejected = [], []
        for path, label in entries:
            record = records[path_of(prefix, path)]
            index[path] = record.for_index(path)
            if record.reason:
                rejected.append((path, record.reason))
            else:
                usable.append((path, label))
        if osp.relpath(f'{stem}.usable.txt', out_root) not in videos:
            write_outcome(stem, usable, rejected)
    for index_file, index in indices.items():
        save_index(index.values(), index_file)
