"""Paths and URIs: which backend reads a file, and what can be asked of it.

mmengine's own functions take the part before ``://`` for the name of a backend, and expect
more of a backend than its HTTP can do: joining, asking whether a file exists.
"""

import os
import re
from io import BytesIO
from typing import BinaryIO, Optional, Tuple, Union
from urllib.parse import quote

from mmengine.fileio import (
    BaseStorageBackend,
    LocalBackend,
    PetrelBackend,
    get_file_backend,
)
from mmengine.fileio.backends.registry_utils import prefix_to_backends

from .reading_backend import ReadingBackend

# `cluster:s3://bucket/key`, too, as Petrel has it
_URI = re.compile(r'([^/:]+:)?([A-Za-z][A-Za-z0-9+.-]*)://')
_WEB = ('http://', 'https://')
# Backends whose arguments do not concern lists and videos of local disks.
_REMOTE = (None, 'http', 'fsspec')
SHARDS = 'shards'  # scheme of tar files on local disks; `shards+http` and so on for others


def is_uri(path: Union[str, os.PathLike]) -> bool:
    """Whether a path names a backend, as ``http://host/a.mp4`` does, unless it is a file here.

    ``a:b.mp4`` and ``/data/a://b.mp4`` are paths.

    Args:
        path: Path or URI.
    """
    found = _URI.match(os.fspath(path))
    return found is not None and (found[2] in prefix_to_backends or not os.path.exists(path))


def backend_of(
    path: Union[str, os.PathLike], backend_args: Optional[dict] = None
) -> BaseStorageBackend:
    """The file backend of a path or URI.

    Args:
        path (str | PathLike): Path or URI.
        backend_args (dict, optional): Arguments of ``mmengine.fileio.get_file_backend``.

    Raises:
        ValueError: If no backend is registered for the URI, or the arguments are not those of the
            backend.
    """
    path = os.fspath(path)
    match = _URI.match(path) if is_uri(path) else None
    scheme = match[2] if match else ''
    named = (backend_args or {}).get('backend')
    if match is None and named in _REMOTE:
        return LocalBackend()
    if scheme.partition('+')[0] == SHARDS:  # the arguments are those of the backend of the tars
        return prefix_to_backends[SHARDS](**backend_args or {})
    if match is not None and match[1] and named is None:
        return PetrelBackend(**backend_args or {})
    if scheme not in prefix_to_backends and named is None:
        known = ', '.join(f'{name}://' for name in sorted(filter(None, prefix_to_backends)))
        raise ValueError(
            f'{path!r} begins with {scheme}://, for which no file backend is registered. There are '
            f"{known}; whatever fsspec reads is read with backend_args=dict(backend='fsspec'); "
            'others are registered with mmengine.fileio.register_backend'
        )
    try:
        return get_file_backend(scheme and f'{scheme}://', backend_args=backend_args)
    except TypeError as error:
        raise ValueError(f'backend_args={backend_args} does not fit {path!r}: {error}') from None


def is_local(path: str, backend_args: Optional[dict] = None) -> bool:
    """Whether a file is read in place.

    Args:
        path: Path or URI.
        backend_args: See :func:`backend_of`.
    """
    if '://' not in os.fspath(path) and not backend_args:
        return True
    return isinstance(backend_of(path, backend_args), LocalBackend)


def join(prefix: str, path: str) -> str:
    """Join a folder, or the beginning of a URI, and a path, which may be absolute or a URI.

    Below a URL, a path is the name of a file, and its blanks, ``%``, ``#`` and so on are encoded. A
    whole URL is taken as it is.

    Args:
        prefix: Folder or URI; may be empty.
        path: Path or URI.
    """
    if not prefix or os.path.isabs(path) or is_uri(path):
        return path
    if prefix.startswith(_WEB):
        path = quote(os.fsencode(path))
    return f'{prefix.rstrip("/")}/{path}'


def may_exist(path: str, backend_args: Optional[dict] = None) -> Optional[bool]:
    """Whether a file exists; None where its backend (LMDB, some servers) does not tell.

    Args:
        path: Path or URI.
        backend_args: See :func:`backend_of`.
    """
    backend = backend_of(path, backend_args)
    return backend.exists(path) if hasattr(backend, 'exists') else None


def folder_exists(path: str) -> bool:
    """Whether a folder is there; False for URLs, because servers of HTTP do not tell.

    Args:
        path: Path or URI.
    """
    try:
        return backend_of(path).isdir(path)
    except (AttributeError, NotImplementedError):
        return False


def open_file(path: str, backend: BaseStorageBackend) -> BinaryIO:
    """A stream of a file that is not on this machine: of ranges, or of the whole file.

    Args:
        path (str): URI.
        backend (BaseStorageBackend): Its backend.
    """
    return backend.open(path) if isinstance(backend, ReadingBackend) else BytesIO(backend.get(path))


def state_of(path: str) -> Tuple[int, int]:
    """Size in bytes and time of the last change in ns; zeros if it is missing or not known.

    Args:
        path: Path or URI.
    """
    backend = backend_of(path)
    try:
        if isinstance(backend, LocalBackend):
            found = os.stat(path)
            return found.st_size, found.st_mtime_ns
        if isinstance(backend, ReadingBackend):
            size, modified, _ = backend.state(path)
            return size, modified
    except OSError:
        pass
    return 0, 0
