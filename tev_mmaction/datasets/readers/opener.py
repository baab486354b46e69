"""Choosing a decoder and opening a file with it, wherever mmengine's file backends find it."""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Optional

from mmengine.fileio import LocalBackend

from tev_mmaction.storage import ShardError, backend_of, open_file

from .base import Source, VideoError, VideoReader
from .memmap_reader import MAGIC, MemmapReader

if TYPE_CHECKING:
    from .packets import PictureIndex
    from .soundtrack import Soundtrack

# In order of preference: PyAV decodes a clip pair in less CPU time than decord, opens more codecs
# and has wheels for more platforms. The first column is the module that must be installed.
DECODERS = {
    'pyav': ('av', '.planned_reader', 'PlannedReader'),
    'decord': ('decord', '.decord_reader', 'DecordReader'),
    'pyav-plain': ('av', '.pyav_reader', 'PyAVReader'),
}


def resolve_decoder(decoder: str = 'auto') -> str:
    """Name of the decoder to use.

    Args:
        decoder (str): ``'pyav'``, ``'decord'``, or ``'auto'`` for the first that is installed; or
            ``'pyav-plain'``, which gives the frames of ``'pyav'`` and decodes every video from its
            first packet on.

    Returns:
        str: One of :data:`DECODERS`.

    Raises:
        ValueError: If the name is unknown.
        ImportError: If the decoder, or with ``'auto'`` any decoder, is not installed.
    """
    if decoder != 'auto' and decoder not in DECODERS:
        raise ValueError(f'decoder={decoder!r} is unknown: use one of {["auto", *DECODERS]}')
    candidates = DECODERS if decoder == 'auto' else (decoder,)
    for name in candidates:
        if find_spec(DECODERS[name][0]) is not None:
            return name
    raise ImportError(
        f'decoder={decoder!r}: not installed; run `pip install av` or `pip install decord`'
    )


def open_video(
    filename: str,
    decoder: str = 'auto',
    backend_args: Optional[dict] = None,
    pictures: Optional['PictureIndex'] = None,
) -> VideoReader:
    """Open a video.

    Args:
        filename (str): Path or URI, as mmengine's file backends understand it. Files of the local
            backend are read in place, those of a web server, an object store or of shards by
            ranges, others are fetched whole.
        decoder (str): See :func:`resolve_decoder`. Files of raw frames are known by their first
            bytes, and read by :class:`MemmapReader` whatever the decoder.
        backend_args (dict, optional): Arguments of ``mmengine.fileio.get_file_backend``.
        pictures (PictureIndex, optional): Where the pictures of a local file lie, from an earlier
            read; only for ``'pyav'``. Defaults to None.

    Returns:
        VideoReader: The open video.

    Raises:
        VideoError: If it is missing, empty, or not a video that the decoder can read.
        ShardError: If it is in shards that cannot be used: no other video would do, either.
    """
    _, module, name = DECODERS[resolve_decoder(decoder)]
    reader = getattr(import_module(module, __package__), name)
    source = _open_source(filename, backend_args)
    if _holds_raw_frames(source, filename):
        return MemmapReader(source, filename)
    return reader(source, filename) if pictures is None else reader(source, filename, pictures)


def open_soundtrack(filename: str, backend_args: Optional[dict] = None) -> 'Soundtrack':
    """Open the sound of a video, with PyAV.

    Args:
        filename (str): See :func:`open_video`.
        backend_args (dict, optional): See :func:`open_video`.

    Raises:
        VideoError: If it is missing, empty, or has no sound or no video that PyAV can decode.
    """
    from .soundtrack import Soundtrack  # needs PyAV

    return Soundtrack(_open_source(filename, backend_args), filename)


def _open_source(filename: str, backend_args: Optional[dict]) -> Source:
    """A path that FFmpeg takes for one, or a stream at its beginning."""
    try:
        backend = backend_of(filename, backend_args)
    except (ImportError, ValueError) as error:  # ImportError: of Petrel
        raise VideoError(filename, f'cannot be fetched: {error}') from error
    if isinstance(backend, LocalBackend):
        if not os.path.isfile(filename):
            is_folder = os.path.isdir(filename)
            raise VideoError(filename, 'is a folder' if is_folder else 'does not exist')
        if os.path.getsize(filename) == 0:
            raise VideoError(filename, 'is empty (0 bytes)')
        # FFmpeg takes the part before a colon for a protocol, unless there is a slash before it
        return os.path.join(os.curdir, filename) if ':' in filename else filename
    try:
        source = open_file(filename, backend)
        is_empty = not source.read(len(MAGIC))
        source.seek(0)
    except ShardError:
        raise
    except Exception as error:  # each backend has errors of its own
        raise VideoError(filename, f'cannot be fetched: {error}') from error
    if is_empty:
        raise VideoError(filename, 'is empty (0 bytes)')
    return source


def _holds_raw_frames(source: Source, filename: str) -> bool:
    try:
        if isinstance(source, str):
            with open(source, 'rb', buffering=0) as file:
                return file.read(len(MAGIC)) == MAGIC
        is_raw = source.read(len(MAGIC)) == MAGIC
        source.seek(0)
        return is_raw
    except OSError as error:
        raise VideoError(filename, f'cannot be opened: {error.strerror}') from error
