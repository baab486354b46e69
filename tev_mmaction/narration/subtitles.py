"""Reads subtitles in the formats WebVTT and SubRip (SRT)."""

import html
import re
from typing import List, NamedTuple, Sequence, Tuple

from tev_mmaction.texts import lines_of

_TIME = r'(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})'
_TIMES = re.compile(rf'\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?')
# <c.yellow>, <i>, <v Roger>, <00:00:01.000> of both formats; {\an8} of SubRip
_TAG = re.compile(r'<[^<>]*>|\{\\[^{}]*\}')
_NOT_SPOKEN = ('WEBVTT', 'NOTE', 'STYLE', 'REGION')
_REMEDY = 'write `HH:MM:SS.mmm --> HH:MM:SS.mmm`, and below it the text without empty lines'


class Sentence(NamedTuple):
    """What is said at a time of a video.

    Args:
        start (float): In seconds from the beginning of the video, ≥ 0.
        end (float): In seconds, ≥ ``start``.
        text (str): Without tags, on one line.
    """

    start: float
    end: float
    text: str


class NarrationError(ValueError):
    """A video has no usable sentences; the message names the file, and line and remedy if any."""


def parse_subtitles(text: str, file: str) -> List[Sentence]:
    """Sentences of WebVTT or SubRip subtitles, one per cue with words.

    Hours may be missing, and milliseconds follow a point or a comma. Tags and character references
    are resolved; notes, styles and regions are left out. Cues may overlap. Of rolling captions, in
    which a cue shows lines of the previous one again, only the new lines are kept. A cue ends with
    an empty line, or where times begin the next one. Lines of blanks within a cue are left out.

    Args:
        text (str): Content of the file, decoded.
        file (str): Its name, for errors. A ``.vtt`` file must begin with ``WEBVTT``.

    Returns:
        list[Sentence]: In the order of the file.

    Raises:
        NarrationError: If the header is missing, a block has no line of times, or a time is
            malformed or runs backwards.
    """
    lines = lines_of(text) if text else []
    if file.lower().endswith('.vtt') and not re.match(r'WEBVTT(\s|$)', text):
        raise NarrationError(
            f'{file!r}, line 1: does not begin with WEBVTT. If these are SubRip subtitles, rename '
            'the file to .srt'
        )
    sentences: List[Sentence] = []
    shown: Tuple[float, List[str]] = (0.0, [])  # end and lines of the previous cue
    for first, block in _blocks(lines):
        if block[0].split(None, 1)[0].startswith(_NOT_SPOKEN) and '-->' not in ''.join(block[:2]):
            continue
        position = next((n for n, line in enumerate(block[:2]) if '-->' in line), None)
        if position is None:
            raise NarrationError(f'{file!r}, line {first}: {block[0]!r} has no times; {_REMEDY}')
        start, end = _times(block[position], f'{file!r}, line {first + position}')
        spoken = [plain for line in block[position + 1 :] if (plain := _plain(line))]
        repeated = shown[1] if start <= shown[0] else []
        new = [line for line in spoken if line not in repeated]
        shown = (end, spoken)
        if new:
            sentences.append(Sentence(start, end, ' '.join(new)))
    return sentences


def _blocks(lines: Sequence[str]) -> List[Tuple[int, List[str]]]:
    """Cues, notes and the like, each with the number of its first line."""
    blocks: List[Tuple[int, List[str]]] = []
    inside = False
    for number, line in enumerate(lines, 1):
        if not line.strip():  # automatic captions have lines of blanks within cues
            inside = inside and bool(line) and not _begins(lines[number : number + 2])
            continue
        if not inside:
            blocks.append((number, []))
        elif _TIMES.fullmatch(line) and any(map(_TIMES.fullmatch, blocks[-1][1])):
            above = blocks[-1][1]  # no empty line is between two cues
            named = above[-1].strip().isdecimal() and not _TIMES.fullmatch(above[-2])
            blocks.append((number - named, [above.pop()] if named else []))
        inside = True
        blocks[-1][1].append(line)
    return blocks


def _begins(ahead: Sequence[str]) -> bool:
    """Whether a cue, a note or nothing follows a line of blanks."""
    return not (ahead and ahead[0].strip()) or (
        any('-->' in line for line in ahead) or ahead[0].startswith(_NOT_SPOKEN)
    )


def _times(line: str, place: str) -> Tuple[float, float]:
    found = _TIMES.fullmatch(line)
    if not found:
        raise NarrationError(f'{place}: {line.strip()!r} are no times; {_REMEDY}')
    ends = []
    for hours, minutes, seconds, fraction in (found.groups()[:4], found.groups()[4:]):
        if int(minutes) > 59 or int(seconds) > 59:
            raise NarrationError(
                f'{place}: {line.strip()!r} has more than 59 minutes or seconds; {_REMEDY}'
            )
        whole = 3600 * int(hours or 0) + 60 * int(minutes) + int(seconds)
        ends.append(whole + int(fraction.ljust(3, '0')) / 1000)
    start, end = ends
    if end < start:
        raise NarrationError(f'{place}: {line.strip()!r} ends before it starts; {_REMEDY}')
    return start, end


def _plain(line: str) -> str:
    return ' '.join(html.unescape(_TAG.sub('', line)).split())
