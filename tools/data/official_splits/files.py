"""Text, lines, JSON and CSV of annotation files; errors name file, line and remedy."""

import csv
import io
import json
import os.path as osp
import re
from typing import Any, Dict, Iterator, List, Tuple, Type


def wrong(message: str) -> ValueError:
    """The error for a file that is not as it was published."""
    return ValueError(f'{message}. Download the annotation files again; leave them as they are.')


def read_text(file: str) -> str:
    """The text of a file; raises if it is missing, empty or not in UTF-8."""
    if not osp.isfile(file):
        raise FileNotFoundError(
            f'There is no annotation file {file!r}. Download the official files, and name their '
            'place with --annotations (Kinetics-400: --csv).'
        )
    try:
        with open(file, encoding='utf-8-sig', newline='') as stream:
            text = stream.read()
    except UnicodeDecodeError as error:
        raise wrong(f'{file!r} is not a text file in UTF-8 ({error})') from error
    if not text.strip():
        raise wrong(f'The annotation file {file!r} is empty')
    return text


def read_lines(file: str, pattern: str, form: str) -> Iterator[Tuple[str, Any]]:
    """The lines of a file that are not blank, each as its place, for messages, and a match."""
    # not splitlines(), which would also cut at characters that the name of a video may hold
    for number, line in enumerate(read_text(file).split('\n'), 1):
        if line.strip():
            place, match = f'{file!r}, line {number}', re.fullmatch(pattern, line.strip())
            if not match:
                raise wrong(f'{place}: expected `{form}`, found {line.strip()!r}')
            yield place, match


def read_json(file: str, kind: Type) -> Any:
    """The list or dict of a JSON file; raises if it is of another type or empty."""
    try:
        content = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise wrong(f'{file!r}, line {error.lineno}: not JSON ({error.msg})') from error
    if not isinstance(content, kind) or not content:
        raise wrong(f'{file!r} holds no {"list" if kind is list else "object"} of entries')
    return content


def read_entries(file: str) -> Iterator[Tuple[str, Any]]:
    """The entries of a JSON list, each with its place."""
    entries: List[Any] = read_json(file, list)
    for number, entry in enumerate(entries, 1):
        yield f'{file!r}, entry {number}', entry


def read_rows(file: str, columns: Tuple[str, ...]) -> Iterator[Tuple[str, Dict[str, str]]]:
    """The rows of a CSV file with a head line, each with its place."""
    rows = csv.DictReader(io.StringIO(read_text(file), newline=''))
    missing = [column for column in columns if column not in (rows.fieldnames or ())]
    if missing:
        raise wrong(f'{file!r}, line 1: the head line has no column {", ".join(missing)}')
    try:
        for row in rows:
            yield f'{file!r}, line {rows.line_num}', row
    except csv.Error as error:
        raise wrong(f'{file!r}, line {rows.line_num}: not CSV ({error})') from error
