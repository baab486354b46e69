"""Opens the videos of a group, and replaces videos that cannot be used."""

from itertools import chain
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

import numpy as np

from .readers import VideoError, VideoReader

_MAX_REPLACEMENTS = 100


class Video(NamedTuple):
    """A video of a group.

    Args:
        info (dict): Its entry in the dataset.
        num_frames (int): Its length, from the index or otherwise from the file.
        reader (VideoReader, optional): The open video, if its length was read from the file.
        skipped (Sequence[tuple[str, str]]): (filename, reason) of the videos that it replaces.
            Defaults to ().
    """

    info: dict
    num_frames: int
    reader: Optional[VideoReader] = None
    skipped: Sequence[Tuple[str, str]] = ()


class VideoSource(NamedTuple):
    """The source of the videos of groups.

    Args:
        open (Callable[[int], Video]): Determines the length of the video at a position; raises
            VideoError if the video cannot be used.
        num_videos (int): Positions are 0 ... num_videos − 1.
        strict (bool): A video that cannot be used is an error and is not replaced.
        name (str): The list or folder, for messages.
        min_frames (int): Frames of the shortest video that can be used, for messages.
    """

    open: Callable[[int], Video]
    num_videos: int
    strict: bool
    name: str
    min_frames: int


class GroupVideos:
    """The videos of one group, each opened on request.

    Args:
        source (VideoSource): The source of the videos.
        indices (Sequence[int]): Positions of the group's videos.
        taken (set[int]): Positions of the batch's videos; replacements are added.
        rng (np.random.Generator): Source of randomness for replacements.
    """

    def __init__(
        self,
        source: VideoSource,
        indices: Sequence[int],
        taken: Set[int],
        rng: np.random.Generator,
    ):
        self._source = source
        self._others = self._replacements(set(indices), taken, rng)

    def open(self, index: int) -> Video:
        """Open a video of the group, or a replacement if it cannot be used.

        Raises:
            RuntimeError: If none of the tried replacements can be used.
            VideoError: If the source is strict and the video cannot be used.
        """
        return self._first_usable(chain([int(index)], self._others), [], 0)

    def replace(self, video: Video, error: VideoError, num_frames: int) -> Video:
        """Open a replacement for a video that failed.

        Args:
            video (Video): The failed video.
            error (VideoError): The reason.
            num_frames (int): Required length in frames. If all candidates are shorter, the first
                usable one is used.

        Raises:
            RuntimeError: If none of the tried replacements can be used.
            VideoError: ``error``, if the source is strict.
        """
        if self._source.strict:
            raise error
        skipped = [*video.skipped, (error.filename, error.reason)]
        return self._first_usable(self._others, skipped, num_frames)

    def _replacements(
        self, group: Set[int], taken: Set[int], rng: np.random.Generator
    ) -> Iterator[int]:
        """Random videos, none twice in a group, and at first none of the batch."""
        for attempt in range(_MAX_REPLACEMENTS):
            other = int(rng.integers(self._source.num_videos))
            if other not in (group if attempt >= _MAX_REPLACEMENTS // 2 else taken):
                group.add(other)
                taken.add(other)
                yield other

    def _first_usable(
        self, candidates: Iterator[int], skipped: List[Tuple[str, str]], num_frames: int
    ) -> Video:
        shorter = None
        for attempt, index in enumerate(candidates):
            try:
                video = self._source.open(index)._replace(skipped=skipped)
            except VideoError as error:
                if self._source.strict:
                    raise
                skipped.append((error.filename, error.reason))
                continue
            if video.num_frames >= num_frames:
                return video
            shorter = shorter or video
            if attempt >= _MAX_REPLACEMENTS // 4:
                break
        if shorter is None:
            raise RuntimeError(
                f'no usable video among {_MAX_REPLACEMENTS} drawn from {self._source.name!r}, the '
                f'last: {skipped[-1][0]!r} {skipped[-1][1]}. Clips need '
                f'{self._source.min_frames} frames; see which videos are broken or shorter with '
                '`python tools/data/index_videos.py --min-frames`.'
            )
        return shorter
