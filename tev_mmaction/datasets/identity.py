"""Finds names of the same file: a video is a file, not a path."""

import os
import os.path as osp
from collections import defaultdict
from posixpath import normpath
from typing import Dict, Iterator, List, Optional, Sequence

from tev_mmaction.storage import is_local

_LISTED_TOGETHER = 16  # minimum number of names for which a folder is listed instead


def second_names(files: Sequence[str], backend_args: Optional[dict] = None) -> Dict[int, int]:
    """Find repeated names of files, through links or other spellings.

    A file is identified by device and inode, or by its path if there is no inode, as in remote
    storage and for missing files. A folder with many of the files is listed instead of querying
    each file: on network drives, a listing costs as much as one file.

    Args:
        files (Sequence[str]): Paths or URIs.
        backend_args (dict, optional): Arguments of the file backend.

    Returns:
        dict[int, int]: Position of the second name → position of the first.
    """
    local = [is_local(file, backend_args) for file in files]
    inodes = _numbers([file for file, here in zip(files, local) if here])
    numbers = [next(inodes) if here else normpath(file) for file, here in zip(files, local)]
    first_of: Dict[object, int] = {}
    repeated: Dict[object, List[int]] = defaultdict(list)
    for position, number in enumerate(numbers):
        if first_of.setdefault(number, position) != position:
            repeated[number].append(position)
    found = {}
    for number in sorted(repeated, key=first_of.__getitem__):
        # inodes of listings lack the device, and some file systems repeat them
        firsts: Dict[object, int] = {}
        for position in (first_of[number], *repeated[number]):
            key = identity(files[position]) if local[position] else number
            first = firsts.setdefault(key, position)
            if first != position:
                found[position] = first
    return found


def identity(file: str) -> object:
    """The identity of a file, equal for two names of one file."""
    try:
        state = os.stat(file)
    except OSError:
        return osp.abspath(file)
    return (state.st_dev, state.st_ino) if state.st_ino else osp.realpath(file)


def _numbers(files: Sequence[str]) -> Iterator[object]:
    """Inode of each file; its path if it has none."""
    numbers: List[object] = [None] * len(files)
    in_folder: Dict[str, List[int]] = defaultdict(list)
    for position, file in enumerate(files):
        in_folder[osp.dirname(file)].append(position)
    for folder, positions in in_folder.items():
        listed = _listed(folder) if len(positions) >= _LISTED_TOGETHER else {}
        for position in positions:
            file = files[position]
            numbers[position] = listed.get(osp.basename(file)) or _number(file)
    return iter(numbers)


def _listed(folder: str) -> Dict[str, int]:
    """Inodes of the files in a folder that are not links."""
    try:
        with os.scandir(folder or '.') as entries:
            return {entry.name: entry.inode() for entry in entries if not entry.is_symlink()}
    except OSError:
        return {}


def _number(file: str) -> object:
    try:
        return os.stat(file).st_ino or osp.realpath(file)
    except OSError:
        return osp.abspath(file)
