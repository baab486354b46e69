"""Windows of videos: where they are, and what was computed from them."""

import math
from dataclasses import dataclass
from typing import Any, Dict, Optional

import numpy as np

from ..datasets.readers import VideoError
from ..evaluation.protocol import EvaluationProtocol
from .views import frames_of_a_clip

UNITS = ('seconds', 'frames')
KEPT = ('vector', 'time')


@dataclass(frozen=True)
class WindowGrid:
    """Windows of one length that begin at regular distances; the first one at the first frame.

    All windows lie within the video. Frames at its end that are too few for a further stride are
    in no window.

    Args:
        window (float, optional): Length of a window. None: one window, the whole video. Defaults
            to None.
        stride (float, optional): Distance from one window to the next. None: the length of a
            window, so that windows touch. Defaults to None.
        unit (str): Of both, ``'seconds'`` or ``'frames'``. Seconds become frames by the average
            frame rate of the file. Defaults to ``'seconds'``.

    Raises:
        ValueError: If a value is impossible.
    """

    window: Optional[float] = None
    stride: Optional[float] = None
    unit: str = 'seconds'

    def __post_init__(self):
        if self.unit not in UNITS:
            raise ValueError(f'unit={self.unit!r}: use one of {UNITS}')
        if self.window is None and self.stride is not None:
            raise ValueError(f'stride={self.stride} without a window: give window as well')
        for name, value in (('window', self.window), ('stride', self.stride)):
            if value is None:
                continue
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f'{name}={value}: more than 0 {self.unit} are needed')
            if self.unit == 'frames' and value != int(value):
                raise ValueError(f"{name}={value}: a whole number, with unit='frames'")

    def place(self, filename: str, num_frames: int, fps: float) -> 'PlacedWindows':
        """The windows of a video.

        Args:
            filename (str): The video, for errors.
            num_frames (int): Its length.
            fps (float): Frames per second; 0 if unknown.

        Raises:
            VideoError: If it is shorter than a window, if windows are shorter than a frame, or if
                its frame rate is needed and unknown.
        """
        if self.window is None:
            return PlacedWindows(np.zeros(1, np.int64), num_frames, num_frames, fps)
        stride = self.window if self.stride is None else self.stride
        rate = 1.0
        if self.unit == 'seconds':
            rate = fps
            if not fps > 0:
                raise VideoError(
                    filename, 'does not tell its frame rate: give window and stride in frames'
                )
        length = round(self.window * rate)
        for name, value in (('window', length), ('stride', stride * rate)):
            if value < 1:
                raise VideoError(
                    filename,
                    f'has {fps:.4g} frames a second, and the {name} is shorter than one: give a '
                    f'longer {name}',
                )
        if length > num_frames:
            raise VideoError(
                filename,
                f'has {_length(num_frames, fps)}, fewer than a window of {_length(length, fps)}: '
                'give a shorter window',
            )
        count = int((num_frames - length) / (stride * rate)) + 2  # rounding may let one more in
        starts = np.round(np.arange(count) * stride * rate).astype(np.int64)
        return PlacedWindows(starts[starts + length <= num_frames], length, num_frames, fps)


@dataclass(frozen=True)
class PlacedWindows:
    """The windows of one video.

    Args:
        start_frames (np.ndarray): Shape (N,), int64, ascending: the first frame of each.
        window_frames (int): Frames of a window.
        num_frames (int): Frames of the video.
        fps (float): Average frames per second of the video; 0 if unknown.
    """

    start_frames: np.ndarray
    window_frames: int
    num_frames: int
    fps: float

    def __len__(self) -> int:
        return len(self.start_frames)

    @property
    def starts(self) -> np.ndarray:
        """np.ndarray: Where windows begin, (N,), float64, in seconds; NaN if fps is unknown."""
        return self._seconds(self.start_frames)

    @property
    def ends(self) -> np.ndarray:
        """np.ndarray: Where they end, (N,), float64, in seconds; NaN if fps is unknown."""
        return self._seconds(self.start_frames + self.window_frames)

    def _seconds(self, frames: np.ndarray) -> np.ndarray:
        return frames / self.fps if self.fps > 0 else np.full(len(frames), np.nan)

    def to_dict(self) -> Dict[str, Any]:
        """All there is to say, as valid JSON; times in seconds, None if fps is unknown."""
        known = self.fps > 0
        return dict(
            num_frames=self.num_frames,
            fps=self.fps,
            window_frames=self.window_frames,
            start_frames=self.start_frames.tolist(),
            starts=self.starts.round(6).tolist() if known else None,
            ends=self.ends.round(6).tolist() if known else None,
        )


@dataclass(frozen=True)
class WindowFeatures:
    """What :meth:`VideoEmbedder.embed_windows` returns.

    Args:
        features (np.ndarray): Shape (N, D) float32; with ``keep='time'`` (N, clips, T', D).
        windows (PlacedWindows): The N windows, with their time stamps.
    """

    features: np.ndarray
    windows: PlacedWindows


def check_windows(grid: WindowGrid, keep: str, protocol: EvaluationProtocol) -> None:
    """Refuse windows that suit no video, before any is read.

    Args:
        grid (WindowGrid): The windows.
        keep (str): See :meth:`VideoEmbedder.embed_windows`.
        protocol (EvaluationProtocol): How a window becomes a feature.

    Raises:
        ValueError: If they are shorter than a clip, or ``keep`` is impossible.
    """
    needed = frames_of_a_clip(protocol)
    if grid.unit == 'frames' and grid.window is not None and grid.window < needed:
        raise ValueError(
            f'window={grid.window:g} frames, but a clip spans {needed}: give a longer window, or a '
            'shorter clip (clip_len, frame_interval)'
        )
    if keep not in KEPT:
        raise ValueError(f'keep={keep!r}: use one of {KEPT}')
    if keep == 'time' and protocol.view_pooling != 'mean':
        raise ValueError(
            f"view_pooling={protocol.view_pooling!r} is for one vector per video: use 'mean' with "
            "keep='time'"
        )


def _length(frames: int, fps: float) -> str:
    seconds = f' ({frames / fps:.2f} s)' if fps > 0 else ''
    return f'{frames} frame{"" if frames == 1 else "s"}{seconds}'
