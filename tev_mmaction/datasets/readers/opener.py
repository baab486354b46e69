"""Choosing a decoder and opening a file with it, wherever mmengine's file backends find it."""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Optional

from mmengine.fileio import LocalBackend

from tev_mmaction.storage import backend_of, open_file

from .base import VideoError, VideoReader
from .memmap_reader import MAGIC, MemmapReader

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
    filename: str, decoder: str = 'auto', backend_args: Optional[dict] = None
) -> VideoReader:
    """Open a video.

    Args:
        filename (str): Path or URI, as mmengine's file backends understand it. Files of the local
            backend are read in place, those of a web server or an object store by ranges, others
            are fetched whole.
        decoder (str): See :func:`resolve_decoder`. Files of raw frames are known by their first
            bytes, and read by :class:`MemmapReader` whatever the decoder.
        backend_args (dict, optional): Arguments of ``mmengine.fileio.get_file_backend``.

    Returns:
        VideoReader: The open video.

    Raises:
        VideoError: If it is missing, empty, or not a video that the decoder can read.
    """
    _, module, name = DECODERS[resolve_decoder(decoder)]
    reader = getattr(import_module(module, __package__), name)
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
        reader = MemmapReader if _holds_raw_frames(filename) else reader
        # FFmpeg takes the part before a colon for a protocol, unless there is a slash before it
        return reader(os.path.join(os.curdir, filename) if ':' in filename else filename, filename)
    try:
        source = open_file(filename, backend)
        head = source.read(len(MAGIC))
    except Exception as error:  # each backend has errors of its own
        raise VideoError(filename, f'cannot be fetched: {error}') from error
    if not head:
        raise VideoError(filename, 'is empty (0 bytes)')
    source.seek(0)
    reader = MemmapReader if head == MAGIC else reader
    return reader(source, filename)


def _holds_raw_frames(filename: str) -> bool:
    try:
        with open(filename, 'rb', buffering=0) as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise VideoError(filename, f'cannot be opened: {error.strerror}') from error
