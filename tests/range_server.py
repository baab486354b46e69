"""A server of HTTP that sends ranges, notes what it is asked, and fails when it is told to."""

import hashlib
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ContextManager, Dict, List, Tuple

from served import running


class RangeServer(ThreadingHTTPServer):
    """Files in memory.

    Attributes:
        files (dict[str, bytes]): By path.
        asked (list[tuple[str, str, str]]): Method, path and range of each request.
        failures (list[int | str]): What happens to the next requests instead: a status; ``'cut'``,
            half of the content; ``'other'``, content of another version; or ``'untold'``, a range
            without the size of the file.
        url (str): Where it is.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(('127.0.0.1', 0), _Handler)
        self.files: Dict[str, bytes] = {}
        self.asked: List[Tuple[str, str, str]] = []
        self.failures: List = []
        self.url = f'http://127.0.0.1:{self.server_port}'


class _Handler(BaseHTTPRequestHandler):
    server: RangeServer

    def do_GET(self) -> None:
        path, asked = self.path.lstrip('/'), self.headers.get('Range', '')
        self.server.asked.append((self.command, path, asked))
        failure = self.server.failures.pop(0) if self.server.failures else None
        if isinstance(failure, int) or path not in self.server.files:
            self.send_error(failure or 404)
            return
        content = self.server.files[path] + (b'x' if failure == 'other' else b'')
        size, status = len(content), 200
        self.protocol_version = 'HTTP/1.0'
        found = re.fullmatch(r'bytes=(\d+)-(\d+)', asked)
        extra = {'ETag': f'"{hashlib.md5(content).hexdigest()}"'}
        if found:
            start, stop = int(found[1]), min(int(found[2]) + 1, size)
            if start >= size:
                self.send_response(416)
                self.send_header('Content-Range', f'bytes */{size}')
                self.end_headers()
                return
            content, status = content[start:stop], 206
            total = '*' if failure == 'untold' else size
            extra['Content-Range'] = f'bytes {start}-{stop - 1}/{total}'
        self.send_response(status)
        for name, value in {'Content-Length': str(len(content)), **extra}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == 'GET':
            self.wfile.write(content[: len(content) // 2] if failure == 'cut' else content)

    do_HEAD = do_GET

    def log_message(self, *arguments) -> None:
        pass


def range_server() -> ContextManager[RangeServer]:
    """A server in a thread of this process."""
    return running(RangeServer())
