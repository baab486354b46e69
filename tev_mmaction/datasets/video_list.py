"""Which videos a dataset holds: MMAction2's list files, and folders without any list."""

import os.path as osp
from posixpath import normpath
from typing import List, Optional, Tuple

from mmengine.fileio import get_file_backend, isdir, list_dir_or_file, list_from_file
from mmengine.utils import is_abs

VIDEO_EXTENSIONS = (
    '.avi',
    '.flv',
    '.m4v',
    '.mkv',
    '.mov',
    '.mp4',
    '.mpeg',
    '.mpg',
    '.ogv',
    '.webm',
    '.wmv',
)
NO_LABEL = -1


def join(prefix: str, path: str) -> str:
    """Join a folder, or the beginning of a URI, and a path, which may be absolute."""
    return f'{prefix.rstrip("/")}/{path}' if prefix and not is_abs(path) else path


def may_exist(path: str, backend_args: Optional[dict] = None) -> Optional[bool]:
    """Whether a file exists; None where its backend (HTTP, LMDB) can only be asked for content."""
    backend = get_file_backend(path, backend_args=backend_args)
    return backend.exists(path) if hasattr(backend, 'exists') else None


def parse_line(line: str, delimiter: str = ' ') -> Tuple[str, List[int]]:
    """Split a line ``path [label ...]`` of a list. Paths may contain the delimiter.

    Returns:
        tuple[str, list[int]]: The path, and the labels, if there are any.
    """
    words = line.strip().split(delimiter)
    labels = []
    while len(words) > 1 and words[-1].lstrip('-').isdigit():
        labels.append(int(words.pop()))
    return delimiter.join(words), labels[::-1]


def read_list(
    ann_file: str,
    delimiter: str = ' ',
    backend_args: Optional[dict] = None,
    single_label: bool = False,
) -> List[Tuple[str, int]]:
    """Read a list in MMAction2's format, one ``path label`` or ``path`` a line.

    Args:
        ann_file (str): The list.
        delimiter (str): Between path and label. Defaults to ``' '``.
        backend_args (dict, optional): Arguments of the file backend.
        single_label (bool): Refuse lines with several numbers, as lists of raw frames and of
            several labels have them. Otherwise the first is the label. Defaults to False.

    Returns:
        list[tuple[str, int]]: Path and label, -1 where there is none.

    Raises:
        FileNotFoundError: If the list does not exist; the message says how to make one.
        ValueError: If it names no video, or one twice, or if a line has several labels.
    """
    try:
        lines = list_from_file(ann_file, backend_args=backend_args)
    except Exception as error:  # each backend has errors of its own
        raise FileNotFoundError(
            f'The video list {ann_file!r} (config key ann_file of the dataset, under data_root) '
            'does not exist. Make it with `python tools/data/index_videos.py FOLDER`, for UCF101, '
            'HMDB51, Diving48 and Kinetics-400 with `python tools/data/make_lists.py`. Pre-train '
            "on a whole folder with ann_file='' and data_prefix=dict(video=FOLDER)."
        ) from error
    videos = [parse_line(line, delimiter) for line in lines if line.strip()]
    if not videos:
        raise ValueError(
            f'The video list {ann_file!r} is empty; each line should read `path label` or `path`.'
        )
    seen = set()
    for path, labels in videos:
        if single_label and len(labels) > 1:
            raise ValueError(
                f'The video list {ann_file!r} has {len(labels)} numbers behind {path!r}, one label '
                'is expected. Lists of raw frames and of several labels do not fit.'
            )
        if normpath(path) in seen:
            raise ValueError(
                f'The video list {ann_file!r} names {path!r} twice; a video would '
                'become its own negative. Remove one of the lines.'
            )
        seen.add(normpath(path))
    return [(path, labels[0] if labels else NO_LABEL) for path, labels in videos]


def scan_folder(folder: str, backend_args: Optional[dict] = None) -> List[Tuple[str, int]]:
    """Find all videos below a folder, by extension, in alphabetical order.

    Returns:
        list[tuple[str, int]]: Paths relative to the folder, each with the label -1.

    Raises:
        FileNotFoundError: If the folder does not exist or has no video below it.
    """
    hint = (
        'Point the config keys train_dataloader.dataset.data_root and .data_prefix.video at '
        'a folder of videos, or name a list in .ann_file '
        '(`python tools/data/index_videos.py FOLDER` makes one).'
    )
    if not isdir(folder, backend_args=backend_args):
        raise FileNotFoundError(f'The video folder {folder!r} does not exist. {hint}')
    files = list_dir_or_file(folder, list_dir=False, recursive=True, backend_args=backend_args)
    videos = sorted(f for f in files if f.lower().endswith(VIDEO_EXTENSIONS))
    if not videos:
        raise FileNotFoundError(
            f'No video below {folder!r}: none of its files ends in '
            f'{", ".join(VIDEO_EXTENSIONS)}. {hint}'
        )
    return [(video, NO_LABEL) for video in videos]


def check_reachable(paths: List[str], backend_args: Optional[dict] = None) -> None:
    """Raise where none of the first few files exists: a wrong root, not a few lost videos."""
    probes = paths[:8]
    if all(may_exist(path, backend_args) is False for path in probes):
        raise FileNotFoundError(
            f'None of the first {len(probes)} videos of the list exists, for example '
            f'{probes[0]!r}. Check the config keys data_root and data_prefix.video of the dataset '
            f'(now {osp.dirname(probes[0])!r} with the path of the list).'
        )
