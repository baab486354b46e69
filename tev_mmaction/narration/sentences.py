"""The sentences of videos, from subtitle files or from one list."""

import json
import os.path as osp
from typing import Dict, List, Optional, Sequence

from tev_mmaction.storage import join, may_exist
from tev_mmaction.texts import EncodingError, decode, lines_of, read_bytes

from .subtitles import NarrationError, Sentence, parse_subtitles

_FIELDS = ('path', 'start', 'end', 'text')
_EXAMPLE = '{"path": "a.mp4", "start": 1.5, "end": 4.0, "text": "now cut the bread"}'
SUFFIXES = ('.vtt', '.srt')
_LONGEST = 1e9  # seconds; refuses infinity, NaN and integers beyond the range of floats


def read_sentence_list(file: str, backend_args: Optional[dict] = None) -> Dict[str, List[Sentence]]:
    """Read a list of sentences, one JSON object per line, in UTF-8.

    Every object has ``path``, as in the list of videos, ``start`` and ``end`` in seconds, and
    ``text``; other keys are ignored.

    Args:
        file (str): Path or URI.
        backend_args (dict, optional): Arguments of mmengine's file backend. Defaults to None.

    Returns:
        dict[str, list[Sentence]]: Sentences by path, in the order of the list.

    Raises:
        FileNotFoundError: If the file cannot be read.
        ValueError: If it is empty or not in UTF-8, or a line is not such an object.
    """
    try:
        content = read_bytes(file, backend_args)
    except Exception as error:  # each backend raises its own errors
        raise FileNotFoundError(
            f'The sentences {file!r} (key narrations of ClipText) cannot be read: give a file of '
            f'lines {_EXAMPLE}, a folder of subtitles, or None for subtitles beside the videos'
        ) from error
    sentences: Dict[str, List[Sentence]] = {}
    for number, line in enumerate(lines_of(decode(content, file)), 1):
        if line.strip():
            entry = _entry(line, f'{file!r}, line {number}')
            text = ' '.join(entry['text'].split())
            spoken = Sentence(float(entry['start']), float(entry['end']), text)
            sentences.setdefault(entry['path'], []).append(spoken)
    if not sentences:
        raise ValueError(f'{file!r} has no sentences; lines should read {_EXAMPLE}')
    return sentences


class Narrations:
    """The sentences of each video.

    Args:
        source (str, optional): A list of :func:`read_sentence_list`, whose name ends in
            ``.jsonl``; or a folder with a subtitle file for every video, under its path in the list
            of videos. None: subtitle files are beside the videos.
        suffixes (Sequence[str]): What replaces the extension of a video in the name of its subtitle
            file; the first that exists is read. Defaults to ``('.vtt', '.srt')``.

    Raises:
        ValueError: If the source is a file with another name.
    """

    def __init__(self, source: Optional[str] = None, suffixes: Sequence[str] = SUFFIXES):
        self.source = source
        self.suffixes = tuple(suffixes)
        self._listed: Optional[Dict[str, List[Sentence]]] = None
        if source is not None and not self._is_list and osp.isfile(source):
            raise ValueError(
                f'narrations={source!r}: give a list of sentences in JSON lines (*.jsonl), a '
                'folder of subtitles, or None for subtitles beside the videos'
            )

    @property
    def _is_list(self) -> bool:
        return self.source is not None and self.source.endswith('.jsonl')

    def of_video(
        self, path: str, filename: str, backend_args: Optional[dict] = None
    ) -> List[Sentence]:
        """The sentences of a video, by start.

        Args:
            path (str): As in the list of videos.
            filename (str): Path or URI of the file.
            backend_args (dict, optional): Arguments of mmengine's file backend. Defaults to None.

        Returns:
            list[Sentence]: Not empty.

        Raises:
            NarrationError: If the video has no sentences, or its subtitles cannot be read.
            FileNotFoundError, ValueError: See :func:`read_sentence_list`.
        """
        if self._is_list:
            if self._listed is None:  # in the process that needs it
                self._listed = read_sentence_list(str(self.source), backend_args)
            sentences, place = self._listed.get(path, []), f'the list {self.source!r}'
        else:
            place = self._subtitles(path, filename, backend_args)
            sentences = parse_subtitles(_text(place, backend_args), place)
        if not sentences:
            raise NarrationError(f'has no sentence in {place}')
        return sorted(sentences)

    def _subtitles(self, path: str, filename: str, backend_args: Optional[dict]) -> str:
        stem = osp.splitext(filename if self.source is None else join(self.source, path))[0]
        for suffix in self.suffixes:
            if may_exist(stem + suffix, backend_args) is not False:
                return stem + suffix
        raise NarrationError(f'has no subtitles {stem!r} + {" or ".join(self.suffixes)}')


def _text(file: str, backend_args: Optional[dict]) -> str:
    try:
        return decode(read_bytes(file, backend_args), file)
    except EncodingError as error:
        raise NarrationError(str(error)) from None
    except Exception as error:  # each backend raises its own errors
        raise NarrationError(f'has subtitles {file!r} that cannot be read: {error}') from error


def _entry(line: str, place: str) -> dict:
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise ValueError(f'{place}: no JSON ({error}); write {_EXAMPLE}') from None
    lacking = [name for name in _FIELDS if not isinstance(entry, dict) or name not in entry]
    if lacking:
        raise ValueError(f'{place}: has no {", ".join(lacking)}; write {_EXAMPLE}')
    for name in ('path', 'text'):
        if not isinstance(entry[name], str):
            raise ValueError(f'{place}: {name} is no string; write {_EXAMPLE}')
    times = [entry['start'], entry['end']]
    numbers = all(isinstance(t, (int, float)) and not isinstance(t, bool) for t in times)
    if not numbers or not all(abs(t) <= _LONGEST for t in times) or times[1] < times[0]:
        raise ValueError(
            f'{place}: start={times[0]!r} and end={times[1]!r} are not seconds in this order; '
            f'write {_EXAMPLE}'
        )
    return entry
