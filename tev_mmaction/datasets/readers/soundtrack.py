"""The sound of one video file, and the times of its frames."""

from typing import List, Optional, Tuple, Union

import av
import numpy as np

from .base import Source, VideoError

# Decoding begins so many seconds early: MP3 and AAC frames depend on earlier ones.
_RUN_UP = 0.5


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
        self._packets: List[Tuple[float, av.Packet]] = []
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
                        self._packets.append((time, packet))
                    elif not packet.is_discard:
                        times.append(time)
                self._decoder = sound.codec_context
        except (av.FFmpegError, OSError, ValueError) as error:
            raise VideoError(filename, f'its sound cannot be read by PyAV: {error}') from error
        if not times or not self._packets:
            raise VideoError(filename, 'has no sound' if times else 'has no video frames')
        self.rate = int(self._decoder.sample_rate)
        self._times = np.sort(times)

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
            np.ndarray: Shape (n,), float32, ``rate`` samples per second from ``start`` on.

        Raises:
            VideoError: If the sound is damaged.
        """
        samples = np.zeros(max(int(round((end - start) * self.rate)), 1), np.float32)
        resampler = av.AudioResampler(format='fltp', layout='mono', rate=self.rate)
        try:
            self._decoder.flush_buffers()
            for time, packet in self._packets:
                if not start - _RUN_UP <= time <= end:
                    continue
                for decoded in self._decoder.decode(packet):
                    for frame in resampler.resample(decoded):
                        self._place(frame, start, samples)
        except (av.FFmpegError, ValueError) as error:
            raise VideoError(self.filename, f'its sound cannot be decoded: {error}') from error
        return samples

    def _place(self, frame: av.AudioFrame, start: float, samples: np.ndarray) -> None:
        """Write what a frame has of the wanted samples."""
        time = _seconds(frame)
        if time is None:
            return
        values = frame.to_ndarray()[0]
        first = int(round((time - start) * self.rate))
        left, right = max(first, 0), min(first + len(values), len(samples))
        if left < right:
            samples[left:right] = values[left - first : right - first]


def _seconds(timed: Union[av.Packet, av.AudioFrame]) -> Optional[float]:
    """The time of a packet or frame, None if the file does not say."""
    if timed.pts is None or timed.time_base is None:
        return None
    base = timed.time_base
    return timed.pts * base.numerator / base.denominator  # many times faster than a Fraction
