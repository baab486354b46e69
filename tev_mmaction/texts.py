"""Texts that tools hand to one another, lists and tables: always UTF-8, for names of any bytes.

Names of files may have line breaks, tabs and bytes that are no UTF-8 (Python has these as
surrogates). Such a name is written as a JSON string, in quotes, all others as they are.
"""

import codecs
import csv
import io
import json
import os
import re
from typing import Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from tev_mmaction.storage import backend_of

# what breaks a line for some program or other, and what UTF-8 cannot hold
_NOT_PLAIN = re.compile('[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]')
_LINE = re.compile('[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+')
_MARKS = (  # the longer ones first: that of UTF-32 begins as that of UTF-16
    (codecs.BOM_UTF32_LE, 'UTF-32'),
    (codecs.BOM_UTF32_BE, 'UTF-32'),
    (codecs.BOM_UTF16_LE, 'UTF-16'),
    (codecs.BOM_UTF16_BE, 'UTF-16'),
)


class EncodingError(ValueError):
    """A text is not in UTF-8.

    Args:
        message (str): Says which file, where, and what to do.
        line (int): From 1; the first that is not UTF-8.
    """

    def __init__(self, message: str, line: int):
        super().__init__(message)
        self.line = line


def quote(name: str, always: bool = False) -> str:
    """A name as one line of UTF-8 has it: as it is where it can be, else as a JSON string."""
    return json.dumps(name) if always or name[:1] == '"' or _NOT_PLAIN.search(name) else name


def unquote(text: str) -> str:
    """The name that :func:`quote` was given; other texts stay as they are."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return json.loads(text)
        except ValueError:
            pass
    return text


def read_bytes(file: str, backend_args: Optional[dict] = None) -> bytes:
    """The content of a file, wherever mmengine's file backends find it."""
    return backend_of(file, backend_args).get(file)


def decode(content: bytes, file: str) -> str:
    """The text of a file in UTF-8, with or without a byte-order mark.

    Raises:
        EncodingError: If it is in another encoding; with line and byte, and the remedy.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            raise _not_utf8(
                file, 1, f'begins with the byte-order mark of {encoding} (line 1, byte 0)', encoding
            )
    content = content.removeprefix(codecs.BOM_UTF8)
    if b'\0' in content:
        line = content.count(b'\n', 0, content.index(0)) + 1
        what = f'has a zero byte at {content.index(0)} (line {line})'
        if utf16 := _utf16(content):
            raise _not_utf8(file, line, what, utf16)
        raise EncodingError(
            f'{file!r} is not a text file: it {what}, as videos and checkpoints have. '
            'Give a text file in UTF-8',
            line,
        )
    try:
        return content.decode('utf-8')
    except UnicodeDecodeError as error:
        line = content.count(b'\n', 0, error.start) + 1
        what = f'has the byte 0x{content[error.start]:02x} at {error.start} (line {line})'
        raise _not_utf8(file, line, what, *_candidates(content)) from None


def other_format(content: bytes) -> str:
    """What a file holds in place of a list: ``'HTML'``, ``'JSON'``, ``'lines of JSON'`` or ``''``.

    Names of files may begin with brackets: what does not parse as JSON is none.
    """
    content = content.removeprefix(codecs.BOM_UTF8).strip()
    if content[:99].lower().startswith((b'<!doctype html', b'<html')):
        return 'HTML'
    if content[:1] not in (b'{', b'['):
        return ''
    for text, kind in ((content, 'JSON'), (content.split(b'\n', 1)[0], 'lines of JSON')):
        try:
            json.loads(text)
            return kind
        except ValueError:  # also of bytes that are no UTF-8
            pass
    return ''


def lines_of(text: str) -> List[str]:
    """Lines without their ends, of Unix, Windows or old Macs."""
    lines = re.split('\r\n|\n|\r', text)
    return lines if lines[-1] else lines[:-1]


def table(columns: Sequence[str], rows: Iterable[Sequence]) -> str:
    """A CSV table with a head line; each row is one line, whatever its texts hold."""
    return ''.join(table_line(row) for row in (columns, *rows))


def table_line(row: Sequence) -> str:
    """One line of a :func:`table`, with its end."""
    text = io.StringIO()
    cells = [quote(cell) if isinstance(cell, str) else cell for cell in row]
    csv.writer(text, lineterminator='\n').writerow(cells)
    return text.getvalue()


def table_rows(text: str) -> Iterator[List[str]]:
    """The rows of a :func:`table`, the head line first.

    Raises:
        csv.Error: If the text is no table.
    """
    # line by line: io.StringIO would hold the text again, four bytes a character
    for row in csv.reader(line[0] for line in _LINE.finditer(text)):
        yield [unquote(cell) for cell in row]


def named_rows(text: str, file: str, needed: Sequence[str]) -> Iterator[Tuple[int, Dict[str, str]]]:
    """The rows of a CSV file whose first line names the columns; empty rows are left out.

    Args:
        text (str): Content of the file.
        file (str): Its name, for errors.
        needed (Sequence[str]): Columns that it must have, in lower case.

    Returns:
        Iterator[tuple[int, dict[str, str]]]: Number of the row, the head being 1, and its cells by
        column, without spaces at their ends; all columns that the row has, and all needed ones.

    Raises:
        ValueError: If a needed column is missing.
    """
    rows = list(table_rows(text))
    head = [name.strip().lower() for name in rows[0]] if rows else []
    lacking = [name for name in needed if name not in head]
    if lacking:
        raise ValueError(
            f'{file} has no column {" and ".join(lacking)}: its first line is to name the columns, '
            f'among them {", ".join(needed)}'
        )
    for number, cells in enumerate(rows[1:], 2):
        if any(cells):
            yield (
                number,
                {**dict.fromkeys(needed, ''), **dict(zip(head, (cell.strip() for cell in cells)))},
            )


def message_of(error: Exception) -> str:
    """An error in words: a file comes without the number of the error, a key without its quotes.

    Args:
        error (Exception): Any error.
    """
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f'{error.strerror}: {os.fsdecode(error.filename)!r}'
    return str(error)


def with_flags(error: Exception, names: Iterable[str]) -> str:
    """What Python says of its arguments, ``short_side=3``, as a command line: ``--short-side 3``.

    Args:
        error (Exception): An error.
        names (Iterable[str]): The arguments that are flags as well.
    """
    pattern = rf'\b({"|".join(map(re.escape, names))})=(?=\S)'
    return re.sub(pattern, lambda match: f'--{match[1].replace("_", "-")} ', message_of(error))


def reasons_text(reasons: Iterable[Sequence[str]]) -> str:
    """Lines ``name<TAB>reason`` of (name, reason)."""
    return ''.join(f'{quote(name)}\t{" ".join(why.split())}\n' for name, why in reasons)


def reasons_of(text: str) -> Iterator[Tuple[str, str]]:
    """Name and reason of the lines of :func:`reasons_text`; a line without its end is left out."""
    for line in text.split('\n')[:-1]:
        name, tab, reason = line.partition('\t')
        if tab:
            yield unquote(name), reason


def _utf16(content: bytes) -> Optional[str]:
    """UTF-16 without its mark, by the zero bytes of its ASCII characters; None if it is not."""
    odd, zeros = content[1::2].count(0), content.count(0)
    if zeros * 10 < len(content) or odd not in (0, zeros):
        return None
    return 'UTF-16LE' if odd else 'UTF-16BE'


def _candidates(content: bytes) -> List[str]:
    """Encodings that Windows writes, of which the content may be one."""
    found = []
    for encoding in ('GBK', 'SHIFT_JIS', 'ISO-8859-1'):
        try:
            content.decode(encoding)
            found.append(encoding)
        except UnicodeDecodeError:
            pass
    return found


def _not_utf8(file: str, line: int, what: str, *encodings: str) -> EncodingError:
    likely = f'{" or ".join(encodings)}, by its bytes' if len(encodings) > 1 else encodings[0]
    return EncodingError(
        f'{file!r} is not in UTF-8: it {what}. Save it as UTF-8, for example with `iconv -f '
        f'{encodings[0]} -t UTF-8 OLD > NEW` (its encoding is {likely})',
        line,
    )
