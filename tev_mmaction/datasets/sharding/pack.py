"""Writes a tar file of videos."""

import os
import os.path as osp
import tarfile
from io import BytesIO
from typing import BinaryIO, Generator, List
from zlib import crc32

from tev_mmaction.files import replacing
from tev_mmaction.storage.shard_index import HEADER, Shard

from ..readers import VideoError
from .plan import PackedVideo, PlannedShard


def pack(shard: PlannedShard, data_root: str, out_root: str) -> Generator[str, None, Shard]:
    """Write a tar file, whole or not at all.

    A video is three members in a row, ``000000012.json``, ``000000012.cls`` if it has a label, and
    ``000000012.mp4``, as WebDataset reads them. The number is that of the video among all.

    Args:
        shard (PlannedShard): The file and its videos.
        data_root (str): Folder of the sources.
        out_root (str): Folder of the shards.

    Yields:
        str: The path of a video when it is written.

    Returns:
        Shard: The line of the index.

    Raises:
        VideoError: If a source cannot be read, or was changed since it was planned.
        OSError: If the file cannot be written. No partial file is left.
    """
    target = osp.join(out_root, shard.name)
    offsets: List[int] = []
    checksums: List[int] = []
    with replacing(target) as part:
        with tarfile.open(part, 'w', format=tarfile.GNU_FORMAT) as tar:
            for number, video in enumerate(shard.videos, shard.first):
                for extension, content in video.texts():
                    info = _info(f'{number:09d}.{extension}', len(content), video)
                    tar.addfile(info, BytesIO(content))
                info = _info(f'{number:09d}.{video.extension}', video.size, video)
                offsets.append(tar.offset + HEADER)
                checksums.append(crc32(info.tobuf(tarfile.GNU_FORMAT)))
                with _Source(osp.join(data_root, video.path), video) as source:
                    tar.addfile(info, source)  # type: ignore[arg-type]
                yield video.path
        size = osp.getsize(part)
    return Shard(
        shard.name,
        size,
        shard.digest,
        [video.path for video in shard.videos],
        offsets,
        [video.size for video in shard.videos],
        [video.num_frames for video in shard.videos],
        checksums,
    )


def _info(name: str, size: int, video: PackedVideo) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mtime = size, video.mtime_ns // 10**9
    return info


class _Source:
    """A video that is read once, from begin to end, and has to be as it was planned."""

    def __init__(self, filename: str, video: PackedVideo):
        self._filename, self._video = filename, video
        self._file: BinaryIO

    def __enter__(self) -> '_Source':
        try:
            self._file = open(self._filename, 'rb')
        except OSError as error:
            raise VideoError(self._filename, f'cannot be opened: {error.strerror}') from error
        return self

    def __exit__(self, kind, *_) -> None:
        with self._file:
            state = os.fstat(self._file.fileno())
        if kind is None and (state.st_size, state.st_mtime_ns) != self._video[1:3]:
            raise VideoError(self._filename, 'was changed while it was packed')

    def read(self, size: int) -> bytes:
        try:
            content = self._file.read(size)
        except OSError as error:
            raise VideoError(self._filename, f'cannot be read: {error.strerror}') from error
        if len(content) < size:
            raise VideoError(self._filename, 'was changed while it was packed')
        return content
