"""Reads and writes MMAction2's video lists."""

import os.path as osp
import re
from functools import cache
from posixpath import normpath
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from tev_mmaction.files import write_file
from tev_mmaction.storage import join, may_exist
from tev_mmaction.texts import (
    EncodingError,
    decode,
    lines_of,
    other_format,
    quote,
    read_bytes,
    reasons_text,
    unquote,
)

from .folders import VIDEO_EXTENSIONS, frame_folder_remedy

NO_LABEL = -1
_ENDS_AS_A_FILE = re.compile(r'\.[A-Za-z0-9]{1,5}$')
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*")(.*)$', re.DOTALL)
_WORDS_BEHIND_A_VIDEO = re.compile(
    rf'.*(?:{"|".join(map(re.escape, VIDEO_EXTENSIONS))})([ \t,;]+.*)$', re.IGNORECASE | re.DOTALL
)
# spaces that look like a plain space, or are invisible, and do not separate fields
_BLANKS = '\u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff'
_BLANK_BEHIND = re.compile(rf'[{_BLANKS}](?=-?[0-9]*[{_BLANKS}\s]*$)')


def parse_line(line: str, delimiter: str = ' ') -> Tuple[str, List[int]]:
    """Split a line ``path [label ...]`` of a list. Paths may contain the delimiter.

    Spaces and tabs at the ends and around the delimiter are ignored. If the delimiter is a
    space, several spaces or tabs may replace it. A path in quotes is a JSON string: see
    :func:`format_line`.

    Returns:
        tuple[str, list[int]]: The path and the labels, possibly none.
    """
    number, labelled = _patterns(delimiter)
    line = line.strip(' \t\r\n')
    quoted = _QUOTED.match(line)
    if quoted and not number.sub('', quoted[2]):
        path = unquote(quoted[1])
        if path != quoted[1]:
            return path, [int(label) for label in number.findall(quoted[2])]
    labels = []
    while label := labelled.match(line):
        line = label[1]
        labels.append(int(label[2]))
    return line, labels[::-1]


def format_line(path: str, label: int = NO_LABEL, delimiter: str = ' ') -> str:
    """A line of a list, without line end; :func:`parse_line` restores path and label.

    A path that would be misread (line breaks, bytes that are not UTF-8, a number at the end
    without a label, no extension, as in a header line) is written as a JSON string.
    """
    behind = '' if label == NO_LABEL else f'{delimiter}{label}'
    labels = [] if label == NO_LABEL else [label]
    plain = quote(path) + behind
    # a list that begins with U+FEFF would lose it as a byte-order mark
    misread = plain[:1] == '\ufeff' or _may_be_head(path, labels) or _words_behind(path)
    if misread or _BLANK_BEHIND.search(path) or parse_line(plain, delimiter) != (path, labels):
        return quote(path, always=True) + behind
    return plain


def list_text(videos: Iterable[Tuple[str, int]], delimiter: str = ' ') -> str:
    """The text of a list of (path, label), for :func:`read_list`."""
    return ''.join(f'{format_line(path, label, delimiter)}\n' for path, label in videos)


def write_outcome(
    stem: str, usable: Iterable[Tuple[str, int]], rejected: Iterable[Tuple[str, str]]
) -> None:
    """Write the lists that accompany an index.

    Args:
        stem (str): Path of the files without ``.usable.txt`` and ``.rejected.txt``.
        usable (Iterable[tuple[str, int]]): Paths and labels of usable videos.
        rejected (Iterable[tuple[str, str]]): Paths and reasons of all others.
    """
    write_file(f'{stem}.usable.txt', list_text(usable))
    write_file(f'{stem}.rejected.txt', reasons_text(rejected))


def read_list(
    ann_file: str,
    delimiter: str = ' ',
    backend_args: Optional[dict] = None,
    single_label: bool = False,
    prefix: str = '',
    repeats: bool = False,
) -> List[Tuple[str, int]]:
    """Read a list in MMAction2's format, one ``path label`` or ``path`` per line, in UTF-8.

    Args:
        ann_file (str): The list.
        delimiter (str): Separator of path and label. Defaults to ``' '``.
        backend_args (dict, optional): Arguments of the file backend.
        single_label (bool): Refuse lines with several numbers, as in lists of raw frames or of
            several labels. Otherwise, the first number is the label. Defaults to False.
        prefix (str): Folder of the videos. A list that is not in UTF-8 is read byte for byte if its
            names are those of files in this folder. Defaults to ``''``.
        repeats (bool): Accept a video that is named several times. Defaults to False.

    Returns:
        list[tuple[str, int]]: Path and label, -1 without a label.

    Raises:
        FileNotFoundError: If the list does not exist; the message says how to make one.
        ValueError: If it cannot be read or is not in UTF-8, if it names no video, or one twice, or
            if a line has several labels or words after the path, or is a header line.
    """
    content = _content(ann_file, backend_args)
    try:
        lines = lines_of(decode(content, ann_file))
    except EncodingError as error:
        lines = lines_of(content.decode('utf-8', 'surrogateescape'))
        path = parse_line(lines[error.line - 1], delimiter)[0]
        if '\0' in path or may_exist(join(prefix, path), backend_args) is not True:
            raise
    videos = [
        (number, *parse_line(line, delimiter))
        for number, line in enumerate(lines, 1)
        if line.strip(' \t')
    ]
    if not videos:
        raise ValueError(
            f'The video list {ann_file!r} is empty; each line should read `path label` or `path`.'
        )
    plain = [video for video in videos if lines[video[0] - 1].lstrip(' \t')[0] != '"']
    if plain:
        _check_lines(ann_file, plain, delimiter)
    seen: Dict[str, int] = {}
    for number, path, labels in videos:
        if single_label and len(labels) > 1:
            raise ValueError(
                f'The video list {ann_file!r} has {len(labels)} numbers behind {path!r}, one '
                f'label is expected (line {number}). Lists of raw frames and of several labels do '
                'not fit.'
            )
        first = seen.setdefault(normpath(path), number)
        if first != number and not repeats:
            raise ValueError(
                f'The video list {ann_file!r} names {path!r} twice (lines {first} and {number}): '
                'it would be two videos, in pre-training its own negative. Remove one of the lines.'
            )
    return [(path, labels[0] if labels else NO_LABEL) for _, path, labels in videos]


def check_reachable(
    paths: Sequence[str], backend_args: Optional[dict] = None, key: str = 'data_prefix.video'
) -> None:
    """Raise if none of the first few files is a video: a wrong root, not a few missing videos.

    Args:
        paths (Sequence[str]): All files of a list.
        backend_args (dict, optional): Arguments of the file backend. Defaults to None.
        key (str): Config key of their folder. Defaults to ``'data_prefix.video'``.

    Raises:
        FileNotFoundError: If none of them exists.
        ValueError: If they are folders, for example of frames.
    """
    probes = paths[:8]
    if all(may_exist(path, backend_args) is False for path in probes):
        raise FileNotFoundError(
            f'None of the first {len(probes)} videos of the list exists, for example '
            f'{probes[0]!r}. Check the config keys data_root and {key} of the dataset '
            f'(now {osp.dirname(probes[0])!r} with the path of the list).'
            + (" Its folders are divided by '\\\\': write '/'." if '\\' in probes[0] else '')
        )
    check_no_folders(probes)


def check_no_folders(paths: Sequence[str]) -> None:
    """Raise ``ValueError`` if the first few paths are folders, for example of frames."""
    probes = paths[:8]
    if probes and all(osp.isdir(path) for path in probes):
        raise ValueError(
            f'The list names folders, for example {probes[0]!r}, where videos are needed. '
            f'{frame_folder_remedy(probes[0])}'
        )


@cache
def _patterns(delimiter: str) -> Tuple[re.Pattern, re.Pattern]:
    """A delimiter and a label, and a line that ends so."""
    between = '[ \t]+' if delimiter == ' ' else f'[ \t]*{re.escape(delimiter)}[ \t]*'
    number = f'{between}(-?[0-9]{{1,18}})'
    return re.compile(number), re.compile(f'(.+?){number}$', re.DOTALL)


def _content(ann_file: str, backend_args: Optional[dict]) -> bytes:
    """The bytes of a list; raises a specific error if it cannot be read."""
    the_list = f'The video list {ann_file!r} (config key ann_file of the dataset, under data_root)'
    try:
        content = read_bytes(ann_file, backend_args)
    except IsADirectoryError as error:
        raise ValueError(
            f"{the_list} is a folder. Take all its videos with ann_file='' and "
            'data_prefix=dict(video=FOLDER).'
        ) from error
    except Exception as error:  # each backend raises its own errors
        if isinstance(error, FileNotFoundError) or may_exist(ann_file, backend_args) is False:
            raise FileNotFoundError(
                f'{the_list} does not exist. Make it with `python tools/data/index_videos.py '
                'FOLDER`, for UCF101, Kinetics-400, Something-Something V2 and others with `python '
                "tools/data/make_lists.py`. Pre-train on a whole folder with ann_file='' and "
                'data_prefix=dict(video=FOLDER).'
            ) from error
        raise ValueError(f'{the_list} cannot be read: {error}') from error
    kind = other_format(content)
    if kind == 'HTML':
        raise ValueError(
            f'{the_list} is a page of HTML, as servers send for folders. Name a list of '
            '`path label` lines.'
        )
    if kind:
        raise ValueError(
            f'{the_list} is {kind}, as annotations of data sets come. A list has lines '
            '`path label`: make it with `python tools/data/make_lists.py` (its --help names the '
            'data sets); for others, by a short script that writes one line a video.'
        )
    return content


def _check_lines(ann_file: str, videos: Sequence[tuple], delimiter: str) -> None:
    """Raise for lines without a video: a header line, commas, words instead of labels."""
    number, path, labels = videos[0]
    others = videos[1:]
    are_videos = [bool(more or _ENDS_AS_A_FILE.search(name)) for _, name, more in others]
    if _may_be_head(path, labels) and others and all(are_videos):
        raise ValueError(
            f'The video list {ann_file!r} has a head line (line {number}: {path!r}): remove it. If '
            f'it is the name of a video, write {"./" + path!r}.'
        )
    for number, path, _ in videos:
        words, blank = _words_behind(path), _BLANK_BEHIND.search(path)
        if not words and not blank:
            continue
        if blank:
            remedy = (
                f'the character U+{ord(blank[0]):04X} looks like a blank and is none. Put a plain '
                f'blank in its place; if it is of the path, write {quote(path, always=True)}'
            )
        elif words[0] in ',;' and words[0] != delimiter:
            remedy = (
                f'its lines are divided by {words[0]!r}. Put a blank in its place, or set the '
                f'config key delimiter={words[0]!r} of the dataset'
            )
        else:
            remedy = (
                f'{words!r} is not a label. Labels are whole numbers, from 0; a path that ends in '
                f'this is written in quotes, {quote(path, always=True)}'
            )
        raise ValueError(f'The video list {ann_file!r}, line {number}, reads {path!r}: {remedy}.')


def _may_be_head(path: str, labels: Sequence[int]) -> bool:
    return not labels and not _ENDS_AS_A_FILE.search(path) and '/' not in path


def _words_behind(path: str) -> str:
    """The text after the name of a video in a path that was parsed as one; usually empty."""
    behind = _WORDS_BEHIND_A_VIDEO.match(path)
    if not behind or '/' in behind[1] or path.lower().endswith(VIDEO_EXTENSIONS):
        return ''
    return behind[1].strip(' \t')
