"""Sources of videos: the recording, person or place that several videos share."""

import os.path as osp
import re
from posixpath import normpath
from typing import Dict, List, Optional, Sequence

from tev_mmaction.listing import first_of
from tev_mmaction.storage import join
from tev_mmaction.texts import decode, named_rows, read_bytes

# The names of official files. UCF101: v_<class>_g<group>_c<clip>. HMDB51, and JHMDB, whose clips
# are from it: <source>_<class>_<visible part>_<camera>_<people>_<view>_<quality>_<clip>.
_NAMES = (
    re.compile(r'(v_.+_g\d+)_c\d+'),
    re.compile(r'(.+)_[fluh]_(?:cm|nm)_np\d_(?:ba|fr|le|ri)_(?:bad|med|goo)_\d+'),
)


def read_groups(group_file: str, backend_args: Optional[dict] = None) -> Dict[str, str]:
    """Read a table in CSV with the columns ``path`` and ``group``, among others.

    Args:
        group_file (str): The table, for example the one that ``make_lists.py own`` is given.
        backend_args (dict, optional): Arguments of the file backend.

    Returns:
        dict[str, str]: Group of each path. A video with an empty cell is a group of its own.

    Raises:
        FileNotFoundError: If the table cannot be read.
        ValueError: If a column is missing, or a path is missing or named twice.
    """
    try:
        content = read_bytes(group_file, backend_args)
    except Exception as error:  # each backend raises its own errors
        raise FileNotFoundError(
            f'The groups {group_file!r} (group_file) cannot be read. Give a CSV file with the '
            'columns path and group'
        ) from error
    groups: Dict[str, str] = {}
    for number, row in named_rows(decode(content, group_file), group_file, ('path', 'group')):
        path = normpath(row['path']) if row['path'] else ''
        if not path or path in groups:
            what = f'{row["path"]!r} a second time' if path else 'no path'
            raise ValueError(f'{group_file}, line {number}: {what}')
        groups[path] = row['group'] or path
    return groups


def groups_of(
    paths: Sequence[str], group_file: str, prefix: str = '', backend_args: Optional[dict] = None
) -> List[str]:
    """The groups of listed videos, from a table.

    Args:
        paths (Sequence[str]): Paths of the videos.
        group_file (str): See :func:`read_groups`.
        prefix (str): Folder or URI prefix of the paths of the table. Defaults to ``''``.
        backend_args (dict, optional): Arguments of the file backend.

    Raises:
        FileNotFoundError: See :func:`read_groups`.
        ValueError: See :func:`read_groups`; if the table lacks a video.
    """
    table = read_groups(group_file, backend_args)
    groups = {normpath(join(prefix, path)): group for path, group in table.items()}
    missing = [path for path in paths if normpath(path) not in groups]
    if missing:
        raise ValueError(
            f'{group_file} has no group of {len(missing)} of {len(paths)} listed videos: '
            f'{first_of(missing)}. Its column path should read as the list'
        )
    return [groups[normpath(path)] for path in paths]


def groups_by_name(paths: Sequence[str]) -> Optional[List[str]]:
    """The groups of UCF101, or the sources of HMDB51 and JHMDB, if all files are named like these.

    The name of the class is removed from a source, if it is that of the folder: a film with
    several actions is one source.

    Args:
        paths (Sequence[str]): Paths of the videos.

    Returns:
        list[str] | None: None if a file is named otherwise.
    """
    for pattern in _NAMES:
        groups = []
        for path in paths:
            folder, name = osp.split(path)
            match = pattern.fullmatch(osp.splitext(name)[0])
            if not match:
                break
            groups.append(match[1].removesuffix(f'_{osp.basename(folder)}'))
        else:
            return groups or None
    return None
