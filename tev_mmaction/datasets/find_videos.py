"""The videos of a list or a folder; each file once."""

import logging
from typing import List, Optional

from mmengine.logging import print_log

from tev_mmaction.listing import first_of
from tev_mmaction.storage import join
from tev_mmaction.texts import quote

from .folders import scan_folder
from .identity import second_names
from .video_list import read_list


def find_videos(
    ann_file: str, prefix: str, delimiter: str = ' ', backend_args: Optional[dict] = None
) -> List[dict]:
    """Read a list, or search a folder if there is no list.

    A file that a list names twice, through links, would be its own negative. It is used once,
    under the first name, and a warning names the others.

    Args:
        ann_file (str): The list. Empty: all videos below ``prefix``.
        prefix (str): Folder or URI prefix of the paths in the list.
        delimiter (str): Separator of path and label. Defaults to ``' '``.
        backend_args (dict, optional): Arguments of the file backend.

    Returns:
        list[dict]: With ``path`` (as in the list), ``filename`` and ``label``.

    Raises:
        FileNotFoundError: See :func:`read_list` and :func:`scan_folder`.
        ValueError: See :func:`read_list` and :func:`scan_folder`.
    """
    if not ann_file:
        videos = scan_folder(prefix, backend_args)
        return [dict(path=path, filename=join(prefix, path), label=label) for path, label in videos]
    videos = read_list(ann_file, delimiter, backend_args, prefix=prefix)
    found: List[dict] = [
        dict(path=path, filename=join(prefix, path), label=label) for path, label in videos
    ]
    seconds = second_names([info['filename'] for info in found], backend_args)
    if seconds:
        names = [
            f'{quote(found[second]["path"])} is {quote(found[first]["path"])}'
            for second, first in seconds.items()
        ]
        print_log(
            f'{len(seconds)} of {len(found)} videos of {ann_file!r} are second names of others, '
            f'and left out: {first_of(names)}',
            'current',
            logging.WARNING,
        )
    return [info for position, info in enumerate(found) if position not in seconds]
