"""Reads videos with PyAV, the binding of FFmpeg's libraries."""

from itertools import chain
from typing import Iterator, Optional, Tuple

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from .base import Source, VideoError, VideoReader, in_three_channels
from .coded_video import CodedVideo
from .shown_packets import ShownPackets


class PyAVReader(VideoReader):
    """Decodes a video from its first packet up to the last requested frame.

    The frames of a video are those that a new decoder shows when it gets the packets from the first
    to the last; the length is their number. This is correct for every container, even without time
    stamps. Packets before the first decodable picture, empty packets, and a last packet without a
    frame show nothing, and are not damage. The file is open only while it is read.

    Frames that the decoder could only guess, and the frames after them up to the next key frame,
    are refused. B-frames shown before a damaged reference cannot be distinguished from valid ones.
    """

    def _open(self, source: Source) -> None:
        self._video = self._coded_video(source)
        self._size: Optional[Tuple[int, int]] = None
        self._num_frames: Optional[int] = None
        self._note = ''
        if self._video.held == []:
            next(self._video.packets(), None)
            raise VideoError(self.filename, 'has no frames')

    def _coded_video(self, source: Source) -> CodedVideo:
        return CodedVideo(source, self.filename)

    def __len__(self) -> int:
        if self._num_frames is None:
            return self.count_decodable()
        return self._num_frames

    def may_have(self, num_frames: int) -> bool:
        return self._num_frames in (None, num_frames)

    def begins_off_keyframe(self) -> bool:
        """Whether there are packets before the first decodable one."""
        _, first = next(self._video.packets(), (0, None))
        if first is None or first.is_keyframe or first.is_discard:
            return False
        shown = ShownPackets(self._video.packets())
        decoder = self._video.new_decoder()
        decoder.copy_opaque = True
        frame, _ = next(self._decode(decoder, shown.marked()), (None, False))
        return frame is None or bool(frame.opaque)

    @property
    def fps(self) -> float:
        return self._video.fps

    @property
    def size(self) -> Tuple[int, int]:
        if self._size is None:
            # No stream parameter has the rotation; the first frame has it.
            frame = next(self._shown(np.zeros(1, dtype=np.int64)), None)
            if frame is None:
                raise VideoError(self.filename, 'cannot be decoded by PyAV: no frame comes out')
            self._size = _upright_size(frame)
        return self._size

    @property
    def note(self) -> str:
        return self._note

    def count_decodable(self) -> int:
        shown = ShownPackets(self._video.packets())
        decoder = self._video.new_decoder()
        decoder.copy_opaque = True
        count = 0
        for frame, is_damaged in self._decode(decoder, shown.marked()):
            self._sound(frame, is_damaged)
            self._size = self._size or _upright_size(frame)
            shown.add(frame.opaque)
            count += 1
        if not count:
            raise VideoError(self.filename, 'has no frames: the decoder shows none')
        self._check_count(count)
        self._num_frames, self._note = count, shown.note(self._video.claimed)
        return count

    def _check_count(self, count: int) -> None:
        """Refuse a number of frames that contradicts other information."""

    def _frames(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        return self._upright(indices, 'rgb24')

    def _grey_frames(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        return map(in_three_channels, self._upright(indices, 'gray'))

    def _upright(self, indices: np.ndarray, pixel_format: str) -> Iterator[np.ndarray]:
        # One reformatter for all frames: `frame.to_ndarray(format=...)` would make one per frame.
        # One thread: with more, swscale spends most of its time starting threads.
        reformatter = VideoReformatter()
        for frame in self._shown(indices):
            with self._video.errors('cannot be decoded'):
                pixels = reformatter.reformat(frame, format=pixel_format, threads=1).to_ndarray()
            # the display rotation of the file, counter-clockwise, as players apply it
            yield np.rot90(pixels, frame.rotation // 90) if frame.rotation else pixels

    def _shown(self, indices: np.ndarray) -> Iterator[av.VideoFrame]:
        """Decoded frames of the indices, as far as they exist."""
        wanted, last = set(indices.tolist()), indices[-1]
        packets = (packet for _, packet in self._video.packets() if packet.size)
        decoded = self._decode(self._video.new_decoder(), packets)
        for position, (frame, is_damaged) in enumerate(decoded):
            if position in wanted:
                yield self._sound(frame, is_damaged)
                if position == last:
                    return

    def _sound(self, frame: av.VideoFrame, is_damaged: bool) -> av.VideoFrame:
        if is_damaged:
            raise VideoError(self.filename, 'is damaged: PyAV could only guess parts of a frame')
        return frame

    def _decode(
        self, decoder: av.VideoCodecContext, packets: Iterator[av.Packet]
    ) -> Iterator[Tuple[av.VideoFrame, bool]]:
        """Decode packets with a new decoder, to the end.

        Errors before the first key frame are ignored, as in players.

        Yields:
            tuple[av.VideoFrame, bool]: A frame, and whether it, or one since the last keyframe,
            is damaged.
        """
        has_begun = is_damaged = False
        failure = None
        with self._video.errors('cannot be decoded'):
            for packet in chain(packets, [None]):
                has_begun = has_begun or (packet is not None and packet.is_keyframe)
                try:
                    frames = decoder.decode(packet)
                except av.FFmpegError as error:
                    if has_begun:
                        raise
                    failure = error
                    continue
                has_begun = has_begun or bool(frames)
                for frame in frames:
                    is_damaged = frame.is_corrupt or (is_damaged and not frame.key_frame)
                    yield frame, is_damaged
            if failure is not None and not has_begun:
                raise failure


def _upright_size(frame: av.VideoFrame) -> Tuple[int, int]:
    turned = frame.rotation // 90 % 2
    return (frame.height, frame.width) if turned else (frame.width, frame.height)
