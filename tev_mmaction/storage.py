"""Where files are: paths of this machine, and URIs that mmengine's file backends fetch.

mmengine's own functions take the part before ``://`` for the name of a backend, and expect
more of a backend than HTTP can do: joining, asking whether a file exists, listing.
"""

import os
import re
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPMessage
from typing import Optional, Tuple, Union
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from mmengine.fileio import BaseStorageBackend, HTTPBackend, LocalBackend, get_file_backend
from mmengine.fileio.backends.registry_utils import prefix_to_backends

# `cluster:s3://bucket/key`, too, as Petrel has it
_URI = re.compile(r'(?:[^/:]+:)?([A-Za-z][A-Za-z0-9+.-]*)://')
_WEB = ('http://', 'https://')
_NOT_IN_URLS = re.compile(r'[^!-~]')
_PATIENCE = 60.0  # seconds without a byte from a server
_GONE = (404, 410)


class WebBackend(HTTPBackend):
    """mmengine's HTTP and HTTPS, with a time limit; can also check whether a file exists."""

    def get(self, filepath: str) -> bytes:
        """Fetch a file whole.

        Raises:
            FileNotFoundError: If the server does not have it.
            OSError: If it cannot be fetched.
        """
        return self._ask('GET', filepath)[1]

    def exists(self, filepath: str) -> Optional[bool]:
        """Whether the server has a file; None if it does not tell."""
        try:
            self.head(filepath)
        except FileNotFoundError:
            return False
        except OSError:
            return None
        return True

    def head(self, filepath: str) -> HTTPMessage:
        """What the server says of a file, without the file.

        Raises:
            FileNotFoundError: If the server does not have it.
            OSError: If it does not answer, or refuses to.
        """
        return self._ask('HEAD', filepath)[0]

    @staticmethod
    def _ask(method: str, url: str) -> Tuple[HTTPMessage, bytes]:
        # blanks and letters of other alphabets, that a whole URL in a list may have
        request = Request(_NOT_IN_URLS.sub(lambda c: quote(os.fsencode(c[0])), url), method=method)
        try:
            with urlopen(request, timeout=_PATIENCE) as answer:
                return answer.headers, answer.read()
        except HTTPError as error:
            error.close()
            kind = FileNotFoundError if error.code in _GONE else OSError
            raise kind(f'the server of {url!r} says {error.code} {error.reason}') from None
        except HTTPException as error:  # it broke off, or is no server of HTTP
            raise OSError(f'{url!r} cannot be fetched: {error!r}') from error


def is_uri(path: Union[str, os.PathLike]) -> bool:
    """Whether a path names a backend, as ``http://host/a.mp4`` does, unless it is a file here.

    ``a:b.mp4`` and ``/data/a://b.mp4`` are paths.
    """
    found = _URI.match(os.fspath(path))
    return found is not None and (found[1] in prefix_to_backends or not os.path.exists(path))


def backend_of(
    path: Union[str, os.PathLike], backend_args: Optional[dict] = None
) -> BaseStorageBackend:
    """The file backend of a path or URI.

    Args:
        path (str | PathLike): Path or URI.
        backend_args (dict, optional): Arguments of ``mmengine.fileio.get_file_backend``.

    Raises:
        ValueError: If no backend is registered for the URI.
    """
    path = os.fspath(path)
    match = _URI.match(path) if is_uri(path) else None
    scheme = match[1] if match else ''
    if scheme not in prefix_to_backends and 'backend' not in (backend_args or {}):
        known = ', '.join(f'{name}://' for name in sorted(filter(None, prefix_to_backends)))
        raise ValueError(
            f'{path!r} begins with {scheme}://, for which mmengine has no file backend. It has '
            f'{known}; others are registered with mmengine.fileio.register_backend'
        )
    backend = get_file_backend(scheme and f'{scheme}://', backend_args=backend_args)
    return WebBackend() if type(backend) is HTTPBackend else backend


def is_local(path: str, backend_args: Optional[dict] = None) -> bool:
    """Whether a file is read in place."""
    if '://' not in os.fspath(path) and not backend_args:
        return True
    return isinstance(backend_of(path, backend_args), LocalBackend)


def join(prefix: str, path: str) -> str:
    """Join a folder, or the beginning of a URI, and a path, which may be absolute or a URI.

    Below a URL, a path is the name of a file, and its blanks, ``%``, ``#`` and so on are encoded. A
    whole URL is taken as it is.
    """
    if not prefix or os.path.isabs(path) or is_uri(path):
        return path
    if prefix.startswith(_WEB):
        path = quote(os.fsencode(path))
    return f'{prefix.rstrip("/")}/{path}'


def may_exist(path: str, backend_args: Optional[dict] = None) -> Optional[bool]:
    """Whether a file exists; None where its backend (LMDB, some servers) does not tell."""
    backend = backend_of(path, backend_args)
    return backend.exists(path) if hasattr(backend, 'exists') else None


def state_of(path: str) -> Tuple[int, int]:
    """Size in bytes and time of the last change in ns; zeros if it is missing or not known."""
    backend = backend_of(path)
    try:
        if isinstance(backend, LocalBackend):
            found = os.stat(path)
            return found.st_size, found.st_mtime_ns
        if isinstance(backend, WebBackend):
            said = backend.head(path)
            changed = parsedate_to_datetime(said['Last-Modified'])
            return int(said['Content-Length']), int(changed.timestamp()) * 10**9
    except (OSError, TypeError, ValueError):  # of headers that are not there or not understood
        pass
    return 0, 0
