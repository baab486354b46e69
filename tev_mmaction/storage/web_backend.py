"""HTTP and HTTPS, by the standard library."""

import io
import os
import re
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import BinaryIO, Iterator, NamedTuple, Optional, cast
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from .reading_backend import FileState
from .remote_backend import PassingError, RemoteBackend, UnfitFileError

_NOT_IN_URLS = re.compile(r'[^!-~]')
_PATIENCE = 60.0  # seconds without a byte from a server
_GONE = (404, 410)
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_EMPTY = 416  # the file has no bytes in this range
_RANGE = re.compile(r'bytes (\d+)-\d+/(\d+)')


class _Answer(NamedTuple):
    status: int
    headers: Message
    content: bytes


class WebBackend(RemoteBackend):
    """HTTP and HTTPS with ranges, time limits and retries; servers without ranges send whole files.

    See :class:`RemoteBackend`. Folders cannot be listed: HTTP has no request for it.
    """

    def state(self, filepath: str) -> FileState:
        headers = self._ask('HEAD', filepath).headers
        try:
            size = int(headers['Content-Length'])
        except (TypeError, ValueError):
            raise OSError(f'the server of {filepath!r} does not tell the size') from None
        return _state(size, headers)

    def _is_there(self, filepath: str, folder: bool) -> Optional[bool]:
        try:
            self._ask('HEAD', filepath)  # it need not tell the size
        except FileNotFoundError:
            return False
        except OSError:
            return None
        return True

    def isdir(self, filepath: str) -> bool:
        """Not to be known.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(f'{filepath!r}: a server of HTTP does not list folders')

    def list_dir_or_file(self, dir_path: str, *args, **kwargs) -> Iterator[str]:
        """Not to be known.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(f'{dir_path!r}: a server of HTTP does not list folders')

    def join_path(self, filepath: str, *filepaths: str) -> str:
        """Join a URL and names of files, whose blanks, ``%``, ``#`` and so on are encoded."""
        names = [quote(os.fsencode(name)) for name in filepaths]
        return '/'.join([filepath.rstrip('/'), *names])

    def open(self, filepath: str) -> BinaryIO:
        if self.cache_dir is not None:
            try:
                return super().open(filepath)
            except FileNotFoundError:
                raise
            except OSError:  # it does not answer HEAD
                pass
        answer = self._patiently(lambda: self._ask('GET', filepath, (0, self.block_size)))
        found = _RANGE.fullmatch(answer.headers.get('Content-Range', ''))
        if answer.status != 206:
            return io.BytesIO(b'' if answer.status == _EMPTY else answer.content)
        if found is None:  # a part of an unknown whole
            return io.BytesIO(self.get(filepath))
        file = self._opened(filepath, _state(int(found[2]), answer.headers))
        if len(answer.content) == min(self.block_size, int(found[2])):
            file.hold(answer.content)
        return cast(BinaryIO, file)

    def _fetch(self, filepath: str) -> bytes:
        return self._ask('GET', filepath).content

    def _fetch_range(self, filepath: str, state: FileState, start: int, stop: int) -> bytes:
        answer = self._ask('GET', filepath, (start, stop))
        found = _RANGE.fullmatch(answer.headers.get('Content-Range', ''))
        if answer.status == 200 and len(answer.content) == state.size:
            return answer.content[start:stop]  # ranges are optional for a server
        if found is None or _state(int(found[2]), answer.headers) != state:
            raise OSError(f'{filepath!r} has changed while it was read')
        return answer.content

    def _fetch_part(self, filepath: str, size: int, start: int, stop: int) -> bytes:
        answer = self._ask('GET', filepath, (start, stop), only_part=True)
        if answer.status != 206:
            raise UnfitFileError(f'the server of {filepath!r} sends no ranges')
        found = _RANGE.fullmatch(answer.headers.get('Content-Range', ''))
        if found is not None and int(found[2]) != size:
            raise UnfitFileError(f'{filepath!r} has {found[2]} bytes, not {size}')
        return answer.content

    @staticmethod
    def _ask(method: str, url: str, part=None, only_part: bool = False) -> _Answer:
        # blanks and letters of other alphabets, that a whole URL in a list may have
        request = Request(_NOT_IN_URLS.sub(lambda c: quote(os.fsencode(c[0])), url), method=method)
        if part is not None:
            request.add_header('Range', f'bytes={part[0]}-{part[1] - 1}')
        try:
            with urlopen(request, timeout=_PATIENCE) as answer:
                unwanted = only_part and answer.status != 206  # the whole file, which may be long
                return _Answer(answer.status, answer.headers, b'' if unwanted else answer.read())
        except HTTPError as error:
            error.close()
            if error.code == _EMPTY and part is not None and part[0] == 0:
                return _Answer(error.code, error.headers, b'')
            kind = FileNotFoundError if error.code in _GONE else OSError
            kind = UnfitFileError if error.code == _EMPTY else kind
            kind = PassingError if error.code in _PASSING else kind
            raise kind(f'the server of {url!r} says {error.code} {error.reason}') from None
        except (HTTPException, OSError) as error:  # it broke off, or is no server of HTTP
            raise PassingError(f'{url!r} cannot be fetched: {error}') from error


def _state(size: int, headers: Message) -> FileState:
    said = headers.get('ETag') or headers.get('Last-Modified') or ''
    try:
        modified = int(parsedate_to_datetime(headers['Last-Modified']).timestamp()) * 10**9
    except (TypeError, ValueError):  # it is not there, or not understood
        modified = 0
    return FileState(size, modified, said and f'{size} {said}')
