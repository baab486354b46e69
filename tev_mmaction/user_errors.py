"""Errors that users can do something about are said in a sentence, without a traceback."""

import errno
import linecache
import os.path as osp
import re
import sys
from contextlib import contextmanager
from traceback import walk_tb
from types import TracebackType
from typing import Iterator, Optional

from .texts import message_of

_PACKAGE = osp.dirname(osp.abspath(__file__))
_OF_DISKS = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS)
_OF_A_BUG = (AssertionError, NotImplementedError, AttributeError)
# As PyTorch hands on what a worker of a data loader raised.
_OF_A_WORKER = re.compile(r'Caught \w+ in DataLoader worker process \d+\.\nOriginal Traceback')
_FRAME = re.compile(r'^  File "(.+)", line \d+, in .*\n    (.*)\n(?:    .*\n)*', re.MULTILINE)


@contextmanager
def errors_in_a_sentence() -> Iterator[None]:
    """End a tool with status 1 and the last line of a traceback, where that says it all.

    Raises:
        SystemExit: In place of an error that has a :func:`sentence_of`; others pass, with their
            tracebacks.
    """
    try:
        yield
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        sys.stdout.flush()
        raise SystemExit(sentence) from None


def sentence_of(error: Exception) -> Optional[str]:
    """``ValueError: what is wrong``, in place of a traceback; None where that is needed.

    The message of an error is enough if a ``raise`` of this package, or of the tool itself, wrote
    it, also in a worker of a data loader, or if a disk is full or may not be written to.
    """
    of_a_disk = isinstance(error, OSError) and error.errno in _OF_DISKS
    if of_a_disk or (_is_raised_here(error.__traceback__) and not isinstance(error, _OF_A_BUG)):
        return f'{type(error).__name__}: {message_of(error)}'
    return _sentence_of_a_worker(str(error.args[0]) if error.args else '')


def _is_raised_here(traceback: Optional[TracebackType]) -> bool:
    """Whether the innermost frame of an error is of our code, and at a line ``raise ...``."""
    frames = list(walk_tb(traceback))
    if not frames:
        return False
    frame, number = frames[-1]
    name = frame.f_globals.get('__name__') or ''
    ours = name == '__main__' or name.partition('.')[0] == __name__.partition('.')[0]
    line = linecache.getline(frame.f_code.co_filename, number, frame.f_globals)
    return ours and line.lstrip().startswith('raise ')


def _sentence_of_a_worker(text: str) -> Optional[str]:
    frames = list(_FRAME.finditer(text)) if _OF_A_WORKER.match(text) else []
    if not frames:
        return None
    file, code = frames[-1].groups()
    kind, colon, message = text[frames[-1].end() :].strip().partition(': ')
    kind = kind.rpartition('.')[2]
    ours = osp.abspath(file).startswith(_PACKAGE + osp.sep) and code.startswith('raise ')
    if not (ours and colon) or kind in {cls.__name__ for cls in _OF_A_BUG}:
        return None
    return f'{kind}: {message}'
