"""Servers of HTTP in a thread of this process, and a folder as such a server has it."""

import functools
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Iterator, TypeVar


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


Server = TypeVar('Server', bound=ThreadingHTTPServer)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """A server, while a thread of this process runs it."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The URL of a folder, while it is served."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with running(ThreadingHTTPServer(('127.0.0.1', 0), handler)) as server:
        yield f'http://127.0.0.1:{server.server_port}'
