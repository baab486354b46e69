"""Where files are: paths of this machine, and URIs that mmengine's file backends fetch.

Three backends are registered here: ``'http'``, :class:`WebBackend`, instead of mmengine's;
``'fsspec'``, :class:`FsspecBackend`, for object stores; and ``'shards'``, :class:`ShardBackend`,
for videos within tar files, which the others or the local disks have.
"""

from importlib.util import find_spec

from mmengine.fileio import register_backend
from mmengine.fileio.backends.registry_utils import prefix_to_backends

from .fsspec_backend import EXTRAS, FsspecBackend
from .locations import (
    SHARDS,
    backend_of,
    folder_exists,
    is_local,
    is_uri,
    join,
    may_exist,
    open_file,
    state_of,
)
from .shard_backend import ShardBackend
from .shard_index import ShardError
from .web_backend import WebBackend

register_backend('http', WebBackend, force=True, prefixes=['http', 'https'])
register_backend('fsspec', FsspecBackend)
for _scheme in EXTRAS:
    if _scheme != 's3' or find_spec('petrel_client') is None:
        prefix_to_backends[_scheme] = FsspecBackend
register_backend(
    SHARDS,
    ShardBackend,
    prefixes=[SHARDS, *(f'{SHARDS}+{_scheme}' for _scheme in ('http', 'https', *EXTRAS))],
)

__all__ = [
    'ShardBackend',
    'ShardError',
    'backend_of',
    'folder_exists',
    'is_local',
    'is_uri',
    'join',
    'may_exist',
    'open_file',
    'state_of',
]
