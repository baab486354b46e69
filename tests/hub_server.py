"""A Hugging Face hub of this machine: the routes that ``hf_hub_download`` asks, and no others."""

import hashlib
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ContextManager, Dict, List

from served import running

COMMIT = '0123456789abcdef0123456789abcdef01234567'
_ROUTE = re.compile(r'/([\w.-]+/[\w.-]+)/resolve/([\w.-]+)/(.+)')


class Hub(ThreadingHTTPServer):
    """Repositories in memory.

    Attributes:
        repos (dict[str, dict[str, bytes]]): Files of each, by path.
        asked (list[str]): Methods and paths, as they came.
        cut (set[str]): Files of which half is sent, before the connection ends.
        endpoint (str): Its URL.
    """

    def __init__(self) -> None:
        super().__init__(('127.0.0.1', 0), _Handler)
        self.repos: Dict[str, Dict[str, bytes]] = {}
        self.asked: List[str] = []
        self.cut: set = set()
        self.endpoint = f'http://127.0.0.1:{self.server_port}'


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(send=False)

    def do_GET(self) -> None:
        self._answer(send=True)

    def log_message(self, *arguments) -> None:
        pass

    def _answer(self, send: bool) -> None:
        self.server.asked.append(f'{self.command} {self.path}')
        found = _ROUTE.fullmatch(self.path)
        repo, revision, file = found.groups() if found else ('', '', '')
        files = self.server.repos.get(repo)
        if files is None:
            return self._refuse('RepoNotFound')
        if revision not in ('main', 'v1', COMMIT):
            return self._refuse('RevisionNotFound')
        if file not in files:
            return self._refuse('EntryNotFound')
        content = files[file]
        first = int(re.search(r'\d+', self.headers.get('Range', '0'))[0])
        self.send_response(206 if first else 200)
        self.send_header('ETag', f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header('X-Repo-Commit', COMMIT)
        self.send_header('Content-Length', str(len(content) - first))
        if first:
            self.send_header('Content-Range', f'bytes {first}-{len(content) - 1}/{len(content)}')
        self.end_headers()
        if send:
            half = len(content) // 2 if file in self.server.cut else len(content)
            self.wfile.write(content[first:half])
            self.close_connection = True

    def _refuse(self, code: str) -> None:
        self.send_response(404)
        self.send_header('X-Error-Code', code)
        self.send_header('X-Repo-Commit', COMMIT)
        self.send_header('Content-Length', '0')
        self.end_headers()


def serving() -> ContextManager[Hub]:
    """A hub, while it runs."""
    return running(Hub())
