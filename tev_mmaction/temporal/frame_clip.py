"""A clip that shows any frames, in any order."""

from dataclasses import dataclass
from typing import Tuple

import numpy as np


@dataclass(frozen=True)
class FrameClip:
    """A clip that shows any frames, in any order.

    Args:
        frames (tuple[int, ...]): Source frames in playback order.
        name (str): For captions.
    """

    frames: Tuple[int, ...]
    name: str

    @classmethod
    def still(cls, frame: int, length: int) -> 'FrameClip':
        """A clip that shows one frame all the time.

        Args:
            frame: Source frame.
            length: Number of times T that it is shown.
        """
        return cls((frame,) * length, f'frame {frame}')

    def frame_indices(self) -> np.ndarray:
        """Shape (T,), int64, in the order of playback."""
        return np.array(self.frames, dtype=np.int64)
