"""Converts one source video into a cache; runs in worker processes."""

import os
import os.path as osp
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

import av

from tev_mmaction.files import replacing

from ..copies import source_state
from ..readers import VideoError, open_video
from .manifest import CacheRecord, append_record
from .writers import WRITERS, scaled_frames


@dataclass(frozen=True)
class Conversion:
    """Settings of a conversion.

    Args:
        data_root (str): Folder of the sources.
        out_root (str): Folder of the cache.
        format (str): Key of :data:`WRITERS`.
        short_side (int): Pixels, even.
        decoder (str): ``'pyav'`` or ``'decord'``; reads the sources and checks the written files.
    """

    data_root: str
    out_root: str
    format: str
    short_side: int
    decoder: str

    def __call__(self, path: str) -> CacheRecord:
        """Cache a video, and add its record to those of the cache.

        Args:
            path (str): Path of the video, relative to both folders.

        Returns:
            CacheRecord: The result, or the reason why the video is rejected.

        Raises:
            OSError: If the cache cannot be written. No partial file is left.
        """
        source, target = osp.join(self.data_root, path), osp.join(self.out_root, path)
        size, mtime = source_state(source)
        record = CacheRecord(path, size, mtime, decoder=self.decoder)
        try:
            record = self._convert(source, target, record)
            if source_state(source) != (size, mtime):
                raise VideoError(source, 'was changed while it was read')
        except VideoError as error:
            if osp.exists(target):  # from an earlier, complete source
                os.remove(target)
            reason = ' '.join(error.reason.split())
            record = CacheRecord(path, size, mtime, decoder=self.decoder, reason=reason)
        append_record(self.out_root, record)
        return record

    def _convert(self, source: str, target: str, record: CacheRecord) -> CacheRecord:
        reader = open_video(source, self.decoder)
        frames = scaled_frames(reader, self.short_side)
        first = next(frames)
        height, width = first.shape[:2]
        os.makedirs(osp.dirname(target), exist_ok=True)
        with replacing(target) as part:
            try:
                with open(part, 'wb') as file:
                    writer = WRITERS[self.format](file, (width, height), reader.fps)
                    with closing(writer):
                        for frame in chain([first], frames):
                            writer.write(frame)
            except av.FFmpegError as error:
                raise VideoError(source, f'cannot be encoded: {error}') from error
            self._verify(part, len(reader), (width, height))
            num_bytes = osp.getsize(part)
        return record._replace(
            num_bytes=num_bytes,
            num_frames=len(reader),
            fps=reader.fps,
            width=width,
            height=height,
        )

    def _verify(self, part: str, num_frames: int, size: tuple) -> None:
        """Decode the written file: it must have the same number of frames and the same size."""
        written = open_video(part, self.decoder)
        found = (len(written), written.count_decodable(), written.size)
        if found != (num_frames, num_frames, size):
            raise VideoError(
                part,
                f'is not what was written: {found[1]} of {found[0]} frames of '
                f'{found[2]} decode instead of {num_frames} of {size}',
            )
