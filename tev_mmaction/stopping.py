"""Work that is stopped: by a signal, a full disk or a dead worker."""

import errno
import signal
import threading
from contextlib import contextmanager
from typing import Iterator, Optional, Tuple


@contextmanager
def stoppable() -> Iterator[None]:
    """Have SIGTERM, as job schedulers send it, raise KeyboardInterrupt, as Ctrl-C does.

    Further signals are ignored, so that what is being cleaned up is cleaned up.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return
    numbers = (signal.SIGINT, signal.SIGTERM)

    def stop(*_):
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def is_interrupt(error: BaseException) -> bool:
    """Whether KeyboardInterrupt is behind an error: a library may turn it into one of its own."""
    seen = set()
    behind: Optional[BaseException] = error
    while behind is not None and id(behind) not in seen:
        if isinstance(behind, KeyboardInterrupt):
            return True
        seen.add(id(behind))
        behind = behind.__cause__ or behind.__context__
    return False


def stop_reason(error: BaseException, output: str) -> Tuple[str, str]:
    """What stopped a tool, and how the sentence begins that says to call it again.

    Args:
        error (BaseException): An ``OSError`` while writing, ``KeyboardInterrupt``, or an error
            whose message says it all.
        output (str): What was being written.
    """
    if isinstance(error, KeyboardInterrupt):
        return 'interrupted', 'Run'
    if not isinstance(error, OSError):
        return str(error), 'Run'
    place = f' ({error.filename})' if error.filename not in (None, output) else ''
    reason = f'{output!r} cannot be written: {error.strerror or error}{place}'
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return reason, 'Make room, and run'
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return reason, 'Name another folder, or make this one writable and run'
    return reason, 'Run'
