"""Files that are whole or absent: how every tool of this package writes."""

import errno
import os
import os.path as osp
import shutil
import socket
import zlib
from contextlib import contextmanager
from itertools import count
from typing import BinaryIO, Iterator, Union

PART = '.part'  # ends the name of a file that is being written

_numbers = count()


@contextmanager
def replacing(file: Union[str, os.PathLike]) -> Iterator[str]:
    """Write a file whole or not at all.

    Whoever reads the file meanwhile finds the old one. A link stays a link, and what it leads to is
    replaced; an old file's permissions stay. What is no file, as ``/dev/stdout``, is written to.

    Args:
        file (str | PathLike): What is to be written; its folder has to exist.

    Yields:
        str: The name to write to. It lies in the same folder and becomes ``file`` where the block
        ends without an error.

    Raises:
        OSError: If the file cannot be written; it names ``file``.
    """
    file = osp.realpath(file)
    if osp.exists(file) and not osp.isfile(file) and not osp.isdir(file):
        yield file
        return
    part = _part_of(file)
    try:
        yield part
        with open(part, 'rb+') as written:
            os.fsync(written.fileno())
        if osp.isfile(file):
            os.chmod(part, os.stat(file).st_mode & 0o7777)
        os.replace(part, file)
    except BaseException as error:
        if osp.lexists(part):
            os.remove(part)
        if isinstance(error, OSError) and error.filename == part:
            error.filename = file  # the user knows that name
            del error.filename2  # None would be printed
        raise


def check_vacant(folder: Union[str, os.PathLike]) -> None:
    """Refuse a folder that is to be made where something is; an empty folder may be there.

    Args:
        folder: What is to be made.

    Raises:
        FileExistsError: With the name.
    """
    if osp.lexists(folder) and not (osp.isdir(folder) and not os.listdir(folder)):
        raise FileExistsError(
            errno.EEXIST, 'there is something already, give another name', os.fspath(folder)
        )


@contextmanager
def making_folder(folder: Union[str, os.PathLike]) -> Iterator[str]:
    """Make a folder with all its files, or not at all.

    Args:
        folder (str | PathLike): What is to be made, with the folders that it is in. Nothing may be
            there but an empty folder.

    Yields:
        str: The folder to write to. It lies beside and becomes ``folder`` where the block ends
        without an error.

    Raises:
        OSError: If something is there, or it cannot be written; it names ``folder``.
    """
    folder = osp.realpath(folder)
    check_vacant(folder)
    make_folder(osp.dirname(folder))
    _remove_orphans(osp.dirname(folder))
    part = _part_of(folder)
    try:
        os.mkdir(part)
        yield part
        for name in os.listdir(part):
            with open(osp.join(part, name), 'rb+') as written:
                os.fsync(written.fileno())
        os.rename(part, folder)
    except BaseException as error:
        shutil.rmtree(part, ignore_errors=True)
        if isinstance(error, OSError) and str(error.filename).startswith(part):
            error.filename = folder + str(error.filename)[len(part) :]
            del error.filename2  # None would be printed
        raise


def write_file(file: Union[str, os.PathLike], content: Union[bytes, str]) -> None:
    """Write a file whole or not at all, and the folders that it needs.

    Args:
        file (str | PathLike): What is to be written.
        content (bytes | str): Text is written in UTF-8, with its line ends as they are.
    """
    make_folder(osp.dirname(osp.realpath(file)))
    with replacing(file) as part, open(part, 'wb') as stream:
        stream.write(content.encode('utf-8') if isinstance(content, str) else content)


def make_folder(folder: Union[str, os.PathLike]) -> None:
    """Make a folder, and those that it is in; it may be there.

    Raises:
        OSError: If it cannot be made; a file in the place of a folder is named.
    """
    try:
        os.makedirs(folder, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        blocking = osp.abspath(folder)
        while not osp.lexists(blocking):
            blocking = osp.dirname(blocking)
        what = 'a file' if osp.exists(blocking) else 'a link that leads nowhere'
        raise NotADirectoryError(
            errno.ENOTDIR, f'there is {what} where a folder is needed', blocking
        ) from None


def check_output(*files: Union[str, os.PathLike]) -> None:
    """Try to write, before the work of hours begins; what killed processes left half is removed.

    Args:
        *files (str | PathLike): What will be written. Folders are made, the files are not touched.

    Raises:
        OSError: If one cannot be written; it says which, and why.
    """
    for folder in dict.fromkeys(osp.dirname(osp.realpath(file)) for file in files):
        _remove_orphans(folder)
    for file in map(osp.realpath, files):
        if osp.isdir(file):
            raise IsADirectoryError(errno.EISDIR, 'there is a folder of that name', file)
        if osp.exists(file) and not osp.isfile(file):
            continue
        make_folder(osp.dirname(file))
        part = _part_of(file)
        try:
            with open(part, 'wb') as stream:
                stream.write(b'\0')
        except OSError as error:
            error.filename = file
            raise
        finally:
            if osp.lexists(part):
                os.remove(part)


def append_line(file: str, line: bytes) -> None:
    """Add a line to a file, whole or not at all; several processes may do so at once.

    Raises:
        OSError: If the disk is full; the file is as it was.
    """
    import fcntl  # on systems that have it; reading does not need it

    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        write_line(descriptor, line)
    finally:
        os.close(descriptor)


def write_line(descriptor: int, line: bytes) -> None:
    """Add a line to an open file that no other process writes to, whole or not at all.

    Raises:
        OSError: If the disk is full; the file is as it was.
    """
    size = os.fstat(descriptor).st_size
    try:
        written = os.write(descriptor, line)
        if written < len(line):  # the disk is full: the second try says so
            os.write(descriptor, line[written:])
    except OSError:
        os.ftruncate(descriptor, size)
        raise


@contextmanager
def locked(file: str, what: str) -> Iterator[BinaryIO]:
    """Keep a second call of a tool from the same output; the lock goes with the process.

    Args:
        file (str): The file of the lock, which is made; it stays.
        what (str): What is being written, for the message.

    Yields:
        BinaryIO: The file, open for reading and appending.

    Raises:
        ValueError: If another process holds the lock.
    """
    import fcntl

    with open(file, 'a+b', buffering=0) as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f'{what!r} is being written by another call of this tool') from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP):
                raise  # file systems without locks do without
        yield stream


def _part_of(file: str) -> str:
    """A name of its own for each try; it tells the machine and the process that write."""
    folder, name = osp.split(file)
    digest = zlib.crc32(os.fsencode(name))
    return osp.join(folder, f'.{digest:08x}-{_machine()}-{os.getpid()}-{next(_numbers)}{PART}')


def _machine() -> str:
    return f'{zlib.crc32(socket.gethostname().encode()):08x}'


def _remove_orphans(folder: str) -> None:
    """Remove what processes of this machine, killed by now, were writing."""
    for name in os.listdir(folder) if osp.isdir(folder) else ():
        words = name[: -len(PART)].split('-') if name.endswith(PART) else ()
        if len(words) == 4 and words[1] == _machine() and not _is_alive(words[2]):
            path = osp.join(folder, name)
            shutil.rmtree(path) if osp.isdir(path) else os.remove(path)


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError, OverflowError):
        pass
    return True
