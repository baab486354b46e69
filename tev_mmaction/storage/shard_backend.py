"""Videos in tar files, read by ranges."""

import os
from contextlib import ExitStack
from functools import lru_cache
from posixpath import normpath
from typing import Any, BinaryIO, Callable, Dict, Iterator, NamedTuple, Optional, Tuple, Union, cast
from zlib import crc32

from mmengine.fileio import BaseStorageBackend, LocalBackend

from .file_part import FilePart
from .locations import SHARDS, backend_of, join, may_exist, state_of
from .reading_backend import FileState, ReadingBackend
from .remote_backend import PassingError, RemoteBackend, UnfitFileError
from .shard_index import (
    HEADER,
    INDEX,
    JOURNAL,
    Member,
    ShardError,
    ShardIndex,
    check_tars,
    unfit_tar,
)


class _Place(NamedTuple):
    """Where a path leads.

    Args:
        root (str): Folder of the shards.
        videos (ShardIndex): Their index.
        path (str): The path relative to the root.
        member (Member, optional): The video of the path; None: it is another file in the folder.
    """

    root: str
    videos: ShardIndex
    path: str
    member: Optional[Member]


# Of this process: state of the file, for local ones, and the index, by root and arguments.
_indices: Dict[Tuple[str, str], Tuple[Tuple[int, int], ShardIndex]] = {}


class ShardBackend(ReadingBackend):
    """Reads the videos of shards, which ``tools/data/make_shards.py`` packs, without unpacking.

    ``shards://FOLDER/PATH`` is the video of that path in the tar files of a local folder;
    ``shards+http://``, ``shards+s3://`` and so on are those of other backends. A path that the
    index does not have is a file beside the tar files: a list, names of classes, an index.

    The index is read once in a process, and the sizes of local tar files are compared with it then.
    With each video, the header of its member is read and compared.

    Args:
        **backend_args: Arguments of the backend that has the tar files, and ``backend``, its name.
    """

    def __init__(self, **backend_args: Any):
        self._args = backend_args or None
        self._key = repr(self._args)

    def get(self, filepath: str) -> bytes:
        """A video, or a file beside the tar files.

        Raises:
            FileNotFoundError: If there is none.
            OSError: If it cannot be fetched.
            ShardError: If the shards cannot be used.
        """
        place = self._place(filepath)
        if place.member is None:
            return self._tars(place.root).get(join(place.root, place.path))
        with self.open(filepath) as video:
            return video.read()

    def open(self, filepath: str) -> BinaryIO:
        place = self._place(filepath)
        if place.member is None:
            raise FileNotFoundError(
                f'{filepath!r} is not among the {len(place.videos)} videos of {place.root!r}'
            )
        shard, offset, length, checksum = place.member
        with ExitStack() as failing:  # closes the tar file, unless its part is returned
            try:
                tar, begin = self._opened(place, offset - HEADER, offset + length)
                failing.callback(tar.close)
                tar.seek(begin)
                header = tar.read(HEADER)
            except FileNotFoundError:
                raise unfit_tar(place.root, place.videos, shard, 'does not exist') from None
            except UnfitFileError as error:
                what = f'cannot be used: {error}'
                raise unfit_tar(place.root, place.videos, shard, what) from None
            if crc32(header) != checksum:
                what = f'has changed: {place.path!r} is not where the index says'
                if kept := (self._args or {}).get('cache_dir'):
                    what += f'. It may have been so before: remove the blocks that {kept!r} keeps'
                raise unfit_tar(place.root, place.videos, shard, what)
            failing.pop_all()
        return cast(BinaryIO, FilePart(tar, begin + HEADER, length))

    def state(self, filepath: str) -> FileState:
        place = self._place(filepath)
        if place.member is None:
            raise FileNotFoundError(f'{filepath!r} is not a video of shards')
        return FileState(place.member.length, 0, f'{place.member}')

    def finder(self) -> Callable[[str], Optional[Tuple[str, int, int]]]:
        """A function of a URI that says where its video is, for many videos in a row.

        It looks once whether an index has changed, not for each video.

        Returns:
            Callable: To root, number of the tar file and first byte; to None if there is no video.
        """
        index_of = lru_cache(maxsize=None)(self._index)

        def find(filepath: str) -> Optional[Tuple[str, int, int]]:
            root, index, path = self._split(filepath, index_of)
            member = index.find(path)
            return member and (root, member.shard, member.offset)

        return find

    def exists(self, filepath: str) -> Optional[bool]:
        """Whether there is a video or a file; None if the backend of the tar files cannot tell.

        Args:
            filepath: URI.
        """
        return self.isdir(filepath) or self.isfile(filepath)

    def isfile(self, filepath: str) -> Optional[bool]:
        """Whether there is a video or a file; None if the backend of the tar files cannot tell.

        Args:
            filepath: URI.
        """
        place = self._place(filepath)
        return bool(place.member) or may_exist(join(place.root, place.path), self._args)

    def isdir(self, filepath: str) -> bool:
        """Whether there are videos below a path.

        Args:
            filepath: URI.
        """
        place = self._place(filepath)
        return next(place.videos.below(place.path), None) is not None

    def join_path(self, filepath: str, *filepaths: str) -> str:
        """Join a URI and the names of files.

        Args:
            filepath: URI.
            *filepaths: Names.
        """
        return '/'.join([filepath.rstrip('/'), *filepaths])

    def list_dir_or_file(
        self,
        dir_path: str,
        list_dir: bool = True,
        list_file: bool = True,
        suffix: Union[str, Tuple[str, ...], None] = None,
        recursive: bool = False,
    ) -> Iterator[str]:
        """Paths of the videos below a folder, relative to it, in order; no files beside tar files.

        Args:
            dir_path (str): The folder.
            list_dir (bool): Yield folders. Defaults to True.
            list_file (bool): Yield videos. Defaults to True.
            suffix (str | tuple[str], optional): Of the videos to yield. Defaults to None, all.
            recursive (bool): Yield what is in folders of the folder, too. Defaults to False.
        """
        place = self._place(dir_path)
        start = len(place.path) + 1 if place.path else 0
        seen = set()
        for path in place.videos.below(place.path):
            *folders, _ = path[start:].split('/')
            for depth in range(1, len(folders) + 1 if recursive else min(len(folders), 1) + 1):
                folder = '/'.join(folders[:depth])
                if list_dir and folder not in seen:
                    seen.add(folder)
                    yield folder
            fits = (recursive or not folders) and path.endswith('' if suffix is None else suffix)
            if list_file and fits:
                yield path[start:]

    def _tars(self, root: str) -> BaseStorageBackend:
        return backend_of(root, self._args)

    def _place(self, filepath: str) -> _Place:
        root, index, path = self._split(filepath, self._index)
        return _Place(root, index, path, index.find(path))

    def _split(
        self, filepath: str, index_of: Callable[[str], Optional[ShardIndex]]
    ) -> Tuple[str, ShardIndex, str]:
        """The nearest folder above a path with an index, the index, and the rest of the path."""
        scheme, _, path = filepath.partition('://')
        path = path.rstrip('/')
        inner = scheme.partition('+')[2]
        path = f'{inner}://{path}' if inner else path
        folders = list(_and_above(path))
        known = [folder for folder in folders if (folder, self._key) in _indices]
        refused = []
        for folder in known or folders:
            try:
                index = index_of(folder)
            except PassingError:
                raise
            except OSError as error:  # servers may say 403, too, of what they do not have
                refused.append(error)
                continue
            if index is not None:
                inside = normpath(path[len(folder) :].lstrip('/') or '.')
                return folder, index, '' if inside == '.' else inside
        raise self._no_index(path, folders, refused) from (refused[0] if refused else None)

    def _index(self, root: str) -> Optional[ShardIndex]:
        file, key = join(root, INDEX), (root, self._key)
        tars = self._tars(root)
        is_local = isinstance(tars, LocalBackend)
        state = state_of(file) if is_local else (0, 0)
        if key in _indices and _indices[key][0] == state:
            return _indices[key][1]
        try:
            content = tars.get(file)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            index = ShardIndex.read(content)
        except (KeyError, TypeError, ValueError) as error:
            raise ShardError(
                f'{file!r} is not an index of shards ({error}). Copy it there again, or pack the '
                'videos anew with `python tools/data/make_shards.py`'
            ) from error
        if is_local:
            check_tars(root, index)
        _indices[key] = state, index
        return index

    def _no_index(self, path: str, folders: list, refused: list) -> ShardError:
        for folder in folders:
            if os.path.exists(os.path.join(folder, JOURNAL)):
                return ShardError(
                    f'The shards in {folder!r} are incomplete: they are being packed, or that was '
                    'stopped. Run the same command of `python tools/data/make_shards.py` again'
                )
        what = f'no folder above it has a file {INDEX}'
        if refused:
            what += f', or it cannot be read ({refused[0]})'
        return ShardError(
            f'{path!r} is not in shards: {what}. {SHARDS}:// takes a folder '
            'that `python tools/data/make_shards.py` has written'
        )

    def _opened(self, place: _Place, start: int, stop: int) -> Tuple[BinaryIO, int]:
        """A stream with a part of a tar file, and where in the stream the part begins."""
        assert place.member is not None
        shard = place.member.shard
        tar, size = join(place.root, place.videos.names[shard]), place.videos.sizes[shard]
        backend = self._tars(place.root)
        if isinstance(backend, LocalBackend):
            file = open(tar, 'rb', buffering=0)  # noqa: SIM115 (closed with the part)
            if (found := os.fstat(file.fileno()).st_size) != size:
                file.close()
                raise UnfitFileError(f'it has {found} bytes, not {size}')
            return cast(BinaryIO, file), start
        if not isinstance(backend, RemoteBackend):
            raise ShardError(
                f'{tar!r}: {type(backend).__name__} does not read parts of files. Shards are read '
                'from local disks, by HTTP and by fsspec'
            )
        version = f'{size} {place.videos.digests[shard]}'
        return backend.open_part(tar, size, start, stop, version), 0


def _and_above(path: str) -> Iterator[str]:
    """A path and the folders above it, without the root of a disk and the scheme of a URI."""
    head, separator, rest = path.rpartition('://')
    parts = rest.split('/')
    for count in range(len(parts), 0, -1):
        folder = '/'.join(parts[:count])
        if folder:
            yield f'{head}{separator}{folder}'
