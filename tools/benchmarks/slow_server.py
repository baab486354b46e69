"""A server of HTTP with ranges and added latency, in a process of its own, that counts."""

import ctypes
import multiprocessing
import re
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Iterator
from urllib.parse import unquote


class Counts:
    """What a server and its clients share.

    Attributes:
        latency (Synchronized): Seconds that each answer waits.
        requests (Synchronized): Number of requests so far.
        sent (Synchronized): Bytes of files that were sent so far.
        port (Synchronized): Of the server; 0 until it listens.
    """

    def __init__(self, context):
        self.latency: Synchronized = context.Value(ctypes.c_double, 0.0)
        self.requests: Synchronized = context.Value(ctypes.c_int64, 0)
        self.sent: Synchronized = context.Value(ctypes.c_int64, 0)
        self.port: Synchronized = context.Value(ctypes.c_int, 0)


class _Handler(BaseHTTPRequestHandler):
    folder: Path
    counts: Counts

    def do_GET(self) -> None:
        with self.counts.requests:
            self.counts.requests.value += 1
        time.sleep(self.counts.latency.value)
        file = self.folder / unquote(self.path).lstrip('/')
        if not file.is_file():
            self.send_error(404)
            return
        size = file.stat().st_size
        asked = re.fullmatch(r'bytes=(\d+)-(\d+)', self.headers.get('Range', ''))
        start, stop = (int(asked[1]), min(int(asked[2]) + 1, size)) if asked else (0, size)
        self.send_response(206 if asked else 200)
        self.send_header('Content-Length', str(stop - start))
        if asked:
            self.send_header('Content-Range', f'bytes {start}-{stop - 1}/{size}')
        self.end_headers()
        if self.command == 'GET':
            with open(file, 'rb') as content:
                content.seek(start)
                self.wfile.write(content.read(stop - start))
            with self.counts.sent:
                self.counts.sent.value += stop - start

    do_HEAD = do_GET

    def log_message(self, *arguments) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _serve(folder: Path, counts: Counts) -> None:
    handler = type('Handler', (_Handler,), dict(folder=folder, counts=counts))
    with _Server(('127.0.0.1', 0), handler) as server:
        counts.port.value = server.server_port
        server.serve_forever()


@contextmanager
def slow_server(folder: Path) -> Iterator[Counts]:
    """Serve a folder.

    Args:
        folder (Path): What is served, at ``http://127.0.0.1:PORT/``.

    Raises:
        RuntimeError: If the process ends.
    """
    context = multiprocessing.get_context('spawn')
    counts = Counts(context)
    process = context.Process(target=_serve, args=(folder, counts), daemon=True)
    process.start()
    try:
        while not counts.port.value:
            process.join(0.05)
            if process.exitcode is not None:
                raise RuntimeError(f'the server ended with status {process.exitcode}')
        yield counts
    finally:
        process.terminate()
        process.join()
