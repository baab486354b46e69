"""The videos of a list or a folder; each file once."""

import logging
from typing import List, Optional, Tuple

from mmengine.logging import print_log

from tev_mmaction.listing import first_of
from tev_mmaction.storage import join
from tev_mmaction.texts import quote

from .folders import scan_folder
from .identity import second_names
from .video_list import read_list


def find_videos(
    ann_file: str, prefix: str, delimiter: str = ' ', backend_args: Optional[dict] = None
) -> List[Tuple[str, int]]:
    """Read a list, or search a folder if there is no list.

    A file that a list names twice, through links, would be its own negative. It is used once,
    under the first name, and a warning names the others.

    Args:
        ann_file (str): The list. Empty: all videos below ``prefix``.
        prefix (str): Folder or URI prefix of the paths in the list.
        delimiter (str): Separator of path and label. Defaults to ``' '``.
        backend_args (dict, optional): Arguments of the file backend.

    Returns:
        list[tuple[str, int]]: Path as in the list, and label, -1 without a label.

    Raises:
        FileNotFoundError: See :func:`read_list` and :func:`scan_folder`.
        ValueError: See :func:`read_list` and :func:`scan_folder`.
    """
    if not ann_file:
        return scan_folder(prefix, backend_args)
    videos = read_list(ann_file, delimiter, backend_args, prefix=prefix)
    seconds = second_names([join(prefix, path) for path, _ in videos], backend_args)
    if seconds:
        names = [
            f'{quote(videos[second][0])} is {quote(videos[first][0])}'
            for second, first in seconds.items()
        ]
        print_log(
            f'{len(seconds)} of {len(videos)} videos of {ann_file!r} are second names of others, '
            f'and left out: {first_of(names)}',
            'current',
            logging.WARNING,
        )
    return [video for position, video in enumerate(videos) if position not in seconds]
