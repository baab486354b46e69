"""Lengths of the videos of a dataset, without opening all of them."""

from dataclasses import dataclass

import numpy as np

from .clip_pair_dataset import ClipPairDataset
from .readers import VideoError, open_video


@dataclass(frozen=True)
class VideoLengths:
    """Lengths of the videos that can be read.

    Args:
        frames (np.ndarray): Shape (K,), int64, ascending.
        asked (int): Number of videos whose length was requested, ≥ K.
        total (int): Number of videos of the dataset, ≥ ``asked``, including those left out as too
            short.
    """

    frames: np.ndarray
    asked: int
    total: int

    @property
    def complete(self) -> bool:
        """bool: Whether the lengths of all videos were requested."""
        return self.asked == self.total

    def share(self, num_frames: int) -> float:
        """Share of the readable videos that have at least this many frames."""
        return float((self.frames >= num_frames).mean()) if len(self.frames) else 0.0

    def __str__(self) -> str:
        if not len(self.frames):
            return f'none of {self.asked} videos can be read'
        span = f'{self.frames[0]} to {self.frames[-1]} frames'
        if self.complete:
            return f'{len(self.frames)} videos of {span}'
        return f'{len(self.frames)} of {self.total} videos, drawn at random, of {span}'


def video_lengths(dataset: ClipPairDataset, most_opened: int) -> VideoLengths:
    """Lengths from the index, or of a random sample of the videos without an index.

    Args:
        dataset (ClipPairDataset): The videos.
        most_opened (int): Maximum number of videos to open if the index lacks some. The sample
            is always the same, and a larger sample contains a smaller one.
    """
    known = [dataset.get_data_info(i).get('num_frames') for i in range(len(dataset))]
    known += dataset.short_lengths
    if None not in known:
        return VideoLengths(np.sort(np.array(known, np.int64)), len(known), len(known))
    drawn = np.random.default_rng(0).permutation(len(known))[:most_opened]
    frames = []
    for position in drawn.tolist():
        if known[position] is not None:
            frames.append(known[position])
            continue
        filename = dataset.get_data_info(position)['filename']
        try:
            frames.append(len(open_video(filename, dataset.decoder, dataset.backend_args)))
        except VideoError:  # training skips it, too, with a message
            continue
    return VideoLengths(np.sort(np.array(frames, np.int64)), len(drawn), len(known))
