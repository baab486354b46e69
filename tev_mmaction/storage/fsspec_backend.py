"""Object stores and whatever else ``fsspec`` reads: ``s3://``, ``gs://``, ``az://``, ``hf://`` …"""

from typing import Any, Dict, Iterator, Optional, Tuple, Union

from .reading_backend import FileState
from .remote_backend import PassingError, RemoteBackend, UnfitFileError

# Of URIs that this backend is registered for: the extra of this package that installs their client.
EXTRAS = {
    's3': 's3',
    's3a': 's3',
    'gs': 'gs',
    'gcs': 'gs',
    'az': 'az',
    'abfs': 'az',
    'abfss': 'az',
    'hf': 'hub',
    'memory': 'remote',
}
# What clients call the time of the last change, and what is different for another content.
_TIMES = ('mtime', 'LastModified', 'last_modified', 'created')
_VERSIONS = ('ETag', 'etag', 'md5Hash', 'generation', 'blob_id')
_FINAL = (FileNotFoundError, PermissionError, IsADirectoryError, NotImplementedError, ValueError)


class FsspecBackend(RemoteBackend):
    """Files of any store that ``fsspec`` has a client for, which may try again by itself, too.

    Args:
        block_size (int): See :class:`RemoteBackend`.
        cache_dir (str, optional): See :class:`RemoteBackend`.
        retries (int): See :class:`RemoteBackend`.
        cache_size (int, optional): See :class:`RemoteBackend`.
        **storage_options: Arguments of the client, as ``endpoint_url`` and ``anon`` for ``s3://``.
            Most clients read accounts and keys from the environment or from files, too.
    """

    def __init__(
        self,
        block_size: int = 4 * 2**20,
        cache_dir: Optional[str] = None,
        retries: int = 3,
        cache_size: Optional[int] = None,
        **storage_options: Any,
    ):
        super().__init__(block_size, cache_dir, retries, cache_size)
        # without it, a client does not see what has been written since it listed a folder
        self.storage_options: Dict[str, Any] = {'use_listings_cache': False, **storage_options}

    def state(self, filepath: str) -> FileState:
        info = self._call(filepath, 'info')
        if info['type'] == 'directory':
            raise IsADirectoryError(f'{filepath!r} is a folder')
        if info['size'] is None:
            raise OSError(f'the server of {filepath!r} does not tell the size')
        times = [info[key] for key in _TIMES if hasattr(info.get(key), 'timestamp')]
        modified = int(times[0].timestamp() * 10**6) * 1000 if times else 0
        said = [f'{key} {info[key]}' for key in (*_VERSIONS, *_TIMES) if info.get(key)]
        return FileState(info['size'], modified, ', '.join(said))

    def isdir(self, filepath: str) -> bool:
        """Whether there is anything below a prefix."""
        return self._patiently(lambda: self._call(filepath, 'isdir'))

    def join_path(self, filepath: str, *filepaths: str) -> str:
        """Join a URI and the names of files."""
        return '/'.join([filepath.rstrip('/'), *filepaths])

    def list_dir_or_file(
        self,
        dir_path: str,
        list_dir: bool = True,
        list_file: bool = True,
        suffix: Union[str, Tuple[str, ...], None] = None,
        recursive: bool = False,
    ) -> Iterator[str]:
        """Paths below a folder, relative to it, in order; none that begin with a dot.

        Args:
            dir_path (str): The folder.
            list_dir (bool): Yield folders. Defaults to True.
            list_file (bool): Yield files. Defaults to True.
            suffix (str | tuple[str], optional): Of the files to yield. Defaults to None, all.
            recursive (bool): Yield what is in folders of the folder, too. Defaults to False.
        """
        depth = None if recursive else 1
        found = self._patiently(
            lambda: self._call(dir_path, 'find', maxdepth=depth, withdirs=True, detail=True)
        )
        root = self._client(dir_path)[1].rstrip('/') + '/'
        for path in sorted(found):
            name = path[len(root) :] if path.startswith(root) else ''
            if not name or any(part.startswith('.') for part in name.split('/')):
                continue
            if found[path]['type'] == 'directory':
                if list_dir:
                    yield name
            elif list_file and name.endswith('' if suffix is None else suffix):
                yield name

    def _fetch(self, filepath: str) -> bytes:
        return self._call(filepath, 'cat_file')

    def _fetch_range(self, filepath: str, state: FileState, start: int, stop: int) -> bytes:
        if stop - start == state.size:  # all of one version, and too long if it is another one
            return self._call(filepath, 'cat_file')
        part = self._call(filepath, 'cat_file', start=start, end=stop)
        if self.state(filepath) != state:
            raise OSError(f'{filepath!r} has changed while it was read')
        return part

    def _fetch_part(self, filepath: str, size: int, start: int, stop: int) -> bytes:
        part, failure = b'', None
        try:
            part = self._call(filepath, 'cat_file', start=start, end=stop)
        except PassingError as error:  # clients do not tell a range behind the end from others
            failure = error
        if len(part) != stop - start and (found := self.state(filepath).size) != size:
            raise UnfitFileError(f'{filepath!r} has {found} bytes, not {size}')
        if failure is not None:
            raise failure
        return part

    def _call(self, filepath: str, method: str, **kwargs: Any) -> Any:
        client, path = self._client(filepath)
        try:
            return getattr(client, method)(path, **kwargs)
        except _FINAL:
            raise
        except Exception as error:  # each client has errors of its own
            raise PassingError(f'{filepath!r} cannot be fetched: {error}') from error

    def _client(self, filepath: str) -> Tuple[Any, str]:
        """The client, one of this process also after a fork, and the path for it.

        Raises:
            ValueError: If the package of the client is not installed, or there is none.
        """
        scheme = filepath.partition('://')[0]
        try:
            from fsspec.core import url_to_fs

            return url_to_fs(filepath, **self.storage_options)
        except ImportError as error:
            extra = EXTRAS.get(scheme, 'remote')
            raise ValueError(
                f'{filepath!r} needs a package that is not installed ({error}); run `pip install '
                f'"tev_mmaction[{extra}]"`'
            ) from error
