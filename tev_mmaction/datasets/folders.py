"""Finds videos in folders without a list, and detects folders of frames."""

import os
import os.path as osp
import re
import shlex
from collections import Counter
from typing import Iterator, List, Optional, Tuple

from mmengine.fileio import LocalBackend
from mmengine.logging import print_log

from tev_mmaction.listing import first_of
from tev_mmaction.storage import backend_of
from tev_mmaction.texts import quote

from .identity import identity, second_names

VIDEO_EXTENSIONS = (
    '.264',
    '.3g2',
    '.3gp',
    '.amv',
    '.asf',
    '.avi',
    '.divx',
    '.dv',
    '.f4v',
    '.flv',
    '.gif',
    '.h264',
    '.m1v',
    '.m2t',
    '.m2ts',
    '.m2v',
    '.m4v',
    '.mkv',
    '.mov',
    '.mp4',
    '.mpe',
    '.mpeg',
    '.mpg',
    '.mts',
    '.mxf',
    '.ogm',
    '.ogv',
    '.qt',
    '.rm',
    '.rmvb',
    '.ts',
    '.vob',
    '.webm',
    '.wmv',
    '.wtv',
    '.y4m',
)
_PICTURES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff', '.ppm')


def scan_folder(folder: str, backend_args: Optional[dict] = None) -> List[Tuple[str, int]]:
    """Find all videos below a folder, by extension, in alphabetical order.

    Links to folders are followed, each folder once. A file with several names is one video, under
    the first name. The numbers of skipped names and of files with other extensions are logged.

    Returns:
        list[tuple[str, int]]: Paths relative to the folder, each with the label -1.

    Raises:
        FileNotFoundError: If the folder does not exist or has no video below it.
        ValueError: If it has pictures instead of videos, or is on a server that cannot list
            folders.
    """
    hint = (
        'Point the config keys train_dataloader.dataset.data_root and .data_prefix.video at '
        'a folder of videos, or name a list in .ann_file '
        '(`python tools/data/index_videos.py FOLDER` makes one).'
    )
    backend = backend_of(folder, backend_args)
    try:
        is_folder = backend.isdir(folder)
    except (AttributeError, NotImplementedError):
        raise ValueError(
            f'{folder!r} cannot be searched for videos: {type(backend).__name__} lists no folders. '
            'Name a list of `path label` lines instead (config key ann_file of the dataset).'
        ) from None
    if not is_folder:
        raise FileNotFoundError(f'The video folder {folder!r} does not exist. {hint}')
    local = isinstance(backend, LocalBackend)
    files = (
        _files_below(folder)
        if local
        else backend.list_dir_or_file(folder, list_dir=False, recursive=True)
    )
    videos: List[str] = []
    others: Counter = Counter()
    pictures = []
    for file in files:
        extension = osp.splitext(file)[1].lower()
        if extension in VIDEO_EXTENSIONS:
            videos.append(file)
        else:
            others[extension or 'no extension'] += 1
            if extension in _PICTURES:
                pictures.append(file)
    if not videos:
        if len(pictures) > 1:
            frames = osp.dirname(osp.join(folder, min(pictures)))
            raise ValueError(
                f'No video below {folder!r}, but {len(pictures)} pictures. '
                f'{frame_folder_remedy(frames)}'
            )
        raise FileNotFoundError(
            f'No video below {folder!r}: none of its files ends in '
            f'{", ".join(VIDEO_EXTENSIONS)}. {hint}'
        )
    videos.sort()
    if local:
        seconds = second_names([osp.join(folder, video) for video in videos])
        names = [f'{quote(videos[i])} is {quote(videos[first])}' for i, first in seconds.items()]
        if names:
            print_log(f'{len(names)} second names passed over: {first_of(names)}', 'current')
        videos = [video for number, video in enumerate(videos) if number not in seconds]
    if others:
        kinds = [f'{quote(kind)} ({number})' for kind, number in others.most_common()]
        print_log(
            f'{others.total()} files of other kinds passed over below {folder!r}: '
            f'{first_of(kinds, 8, ", ")}',
            'current',
        )
    return [(video, -1) for video in videos]


def frame_folder_remedy(folder: str) -> str:
    """The command that converts such a folder of frames to videos."""
    names = sorted(os.listdir(folder)) if osp.isdir(folder) else []
    frames = [name for name in names if name.lower().endswith(_PICTURES)]
    digits = re.search(r'[0-9]+(?=\.[^.]*$)', frames[0]) if frames else None
    if digits is None:
        return 'Name video files, or a folder that holds them.'
    first, width = digits[0], len(digits[0])
    fixed = all(len(name) == len(frames[0]) for name in frames)
    number = f'%0{width}d' if fixed else '%d'
    pattern = frames[0][: digits.start()].replace('%', '%%') + number + frames[0][digits.end() :]
    source = shlex.quote(osp.join(folder.replace('%', '%%'), pattern))
    target = shlex.quote(f'{folder.rstrip("/")}.mp4')
    return (
        'These are frames; a video of each folder is needed. Make it with `ffmpeg -framerate 25 '
        f'-start_number {int(first)} -i {source} -pix_fmt yuv420p -crf 12 {target}` (25 is the '
        'rate at which the frames were taken), and list `VIDEO.mp4 label`.'
    )


def _files_below(folder: str) -> Iterator[str]:
    """Paths of files that are not hidden, relative to the folder; each folder is visited once."""
    seen = {identity(folder)}
    for base, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith('.'))
        kept = []
        for name in folders:
            found = identity(osp.join(base, name))
            if found not in seen:
                seen.add(found)
                kept.append(name)
        folders[:] = kept
        within = osp.relpath(base, folder)
        for name in names:
            if not name.startswith('.'):
                yield name if within == '.' else osp.join(within, name)
