"""The sound of one video file, and the times of its frames."""

from typing import List, Optional, Union

import av
import numpy as np

from .base import Source, VideoError

# Decoding begins so many seconds early: MP3 and AAC frames depend on earlier ones.
_RUN_UP = 0.5
# A frame that begins within so many seconds of the end of the one before continues it: Matroska and
# FLV have times in whole milliseconds, which would leave a gap or an overlap between most frames.
_JITTER = 0.01


class Soundtrack:
    """The sound of a video, and when its frames are shown.

    Times are seconds on the clock of the file, which sound and frames share. The file is read once,
    without decoding it; :meth:`read` decodes only what it needs.

    Args:
        source (str | BinaryIO): A local path, or the bytes of the file as a binary stream.
        filename (str): Name used in errors.

    Attributes:
        rate (int): Samples per second.

    Raises:
        VideoError: If the file cannot be read, or has no sound or no video.
    """

    def __init__(self, source: Source, filename: str):
        self.filename = filename
        times: List[float] = []
        self._packets: List[av.Packet] = []
        begins: List[float] = []  # of packets of sound
        try:
            with av.open(source, metadata_errors='replace') as container:
                sound, video = container.streams.best('audio'), container.streams.best('video')
                for stream, what in ((sound, 'sound'), (video, 'video stream')):
                    if stream is None or stream.codec_context is None:
                        raise VideoError(filename, f'has no {what} that PyAV can decode')
                for packet in container.demux(sound, video):
                    time = _seconds(packet)
                    if time is None:
                        continue
                    if packet.stream is sound:
                        self._packets.append(packet)
                        begins.append(time)
                    elif not packet.is_discard:
                        times.append(time)
                self._decoder = sound.codec_context
        except (av.FFmpegError, OSError, ValueError) as error:
            raise VideoError(filename, f'its sound cannot be read by PyAV: {error}') from error
        if not times or not self._packets:
            raise VideoError(filename, 'has no sound' if times else 'has no video frames')
        self.rate = int(self._decoder.sample_rate)
        self._times = np.sort(times)
        self._begins = np.maximum.accumulate(begins)  # increasing, also in a damaged file

    def frame_times(self, num_frames: int) -> np.ndarray:
        """When each frame is shown.

        Args:
            num_frames: Number of frames of the video. If the file has another number of packets
                with a time, the frames are spread evenly over the same interval.

        Returns:
            np.ndarray: Shape (num_frames,), float64, seconds, increasing.
        """
        if len(self._times) == num_frames:
            return self._times
        return np.linspace(self._times[0], self._times[-1], num_frames)

    def read(self, start: float, end: float) -> np.ndarray:
        """The mean of all channels; zero where the file has no sound.

        Args:
            start: First second.
            end: Last second.

        Returns:
            np.ndarray: Shape (n,), float32, ``rate`` samples per second from ``start`` on, within
                [-1, 1] if the channels are.

        Raises:
            VideoError: If the sound is damaged.
        """
        samples = np.zeros(max(int(round((end - start) * self.rate)), 1), np.float32)
        planar = av.AudioResampler(format='fltp', rate=self.rate)  # FFmpeg's mono is no mean
        after = None
        try:
            self._decoder.flush_buffers()
            for packet in self._packets_of(start - _RUN_UP, end):
                for decoded in self._decoder.decode(packet):
                    for frame in planar.resample(decoded):
                        after = self._place(frame, start, samples, after)
        except (av.FFmpegError, ValueError) as error:
            raise VideoError(self.filename, f'its sound cannot be decoded: {error}') from error
        return samples

    def _packets_of(self, start: float, end: float) -> List[av.Packet]:
        """Packets with sound between two times; one lasts until the next."""
        first = int(np.searchsorted(self._begins, start, 'right')) - 1
        last = int(np.searchsorted(self._begins, end, 'right'))
        return self._packets[max(first, 0) : last]

    def _place(
        self, frame: av.AudioFrame, start: float, samples: np.ndarray, after: Optional[int]
    ) -> Optional[int]:
        """Write what a frame has of the wanted samples.

        Args:
            frame: Of all channels.
            start: Second of the first sample.
            samples: What is filled.
            after: Place behind the frame before; None if there was none.

        Returns:
            int: Place behind this frame.
        """
        time = _seconds(frame)
        if time is None:
            return after
        values = frame.to_ndarray().mean(axis=0)
        first = int(round((time - start) * self.rate))
        if after is not None and abs(first - after) <= _JITTER * self.rate:
            first = after
        left, right = max(first, 0), min(first + len(values), len(samples))
        if left < right:
            samples[left:right] = values[left - first : right - first]
        return first + len(values)


def _seconds(timed: Union[av.Packet, av.AudioFrame]) -> Optional[float]:
    """The time of a packet or frame, None if the file does not say."""
    if timed.pts is None or timed.time_base is None:
        return None
    base = timed.time_base
    return timed.pts * base.numerator / base.denominator  # many times faster than a Fraction
