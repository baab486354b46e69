"""Opening the videos of a group, and others in the place of those that cannot be used."""

from itertools import chain
from typing import TYPE_CHECKING, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

import numpy as np

from .readers import VideoError, VideoReader, open_video
from .video_index import check_length

if TYPE_CHECKING:
    from .clip_pair_dataset import ClipPairDataset

_MAX_REPLACEMENTS = 100


class Video(NamedTuple):
    """A video on its way into a group.

    Args:
        info (dict): Its entry in the dataset.
        num_frames (int): Its length, from the index or else from the file.
        reader (VideoReader, optional): The open video, where its length was read from the file.
        skipped (list[tuple[str, str]]): (filename, reason) of the videos that it replaces.
    """

    info: dict
    num_frames: int
    reader: Optional[VideoReader]
    skipped: List[Tuple[str, str]]


class GroupVideos:
    """The videos of one group, each opened when it is asked for.

    Args:
        dataset (ClipPairDataset): Where the videos are from.
        indices (Sequence[int]): Positions of the group's videos.
        taken (set[int]): Positions of the batch's videos; replacements are added.
        rng (np.random.Generator): Draws replacements.
    """

    def __init__(
        self,
        dataset: 'ClipPairDataset',
        indices: Sequence[int],
        taken: Set[int],
        rng: np.random.Generator,
    ):
        self._dataset = dataset
        self._others = self._replacements(set(indices), taken, rng)

    def open(self, index: int) -> Video:
        """Open a video of the group, or another if it cannot be used.

        Raises:
            RuntimeError: If none of many others can be used.
            VideoError: With ``test_mode`` of the dataset, instead of opening another.
        """
        return self._first_usable(chain([int(index)], self._others), [], 0)

    def replace(self, video: Video, error: VideoError, num_frames: int) -> Video:
        """Open another video in the place of one that failed.

        Args:
            video (Video): The one that failed.
            error (VideoError): Why it did.
            num_frames (int): Length to look for. Where many others are all shorter, the first of
                those it is.

        Raises:
            RuntimeError: If none of many others can be used.
            VideoError: The one given, with ``test_mode`` of the dataset.
        """
        if self._dataset.test_mode:
            raise error
        skipped = [*video.skipped, (error.filename, error.reason)]
        return self._first_usable(self._others, skipped, num_frames)

    def _replacements(
        self, group: Set[int], taken: Set[int], rng: np.random.Generator
    ) -> Iterator[int]:
        """Random videos, none twice in a group, and at first none that is in the batch."""
        for attempt in range(_MAX_REPLACEMENTS):
            other = int(rng.integers(len(self._dataset)))
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
                video = self._open(self._dataset.get_data_info(index), skipped)
            except VideoError as error:
                if self._dataset.test_mode:
                    raise
                skipped.append((error.filename, error.reason))
                continue
            if video.num_frames >= num_frames:
                return video
            shorter = shorter or video
            if attempt >= _MAX_REPLACEMENTS // 4:
                break
        if shorter is None:
            where = self._dataset.ann_file or self._dataset.data_prefix['video']
            raise RuntimeError(
                f'no usable video among {_MAX_REPLACEMENTS} drawn from {where!r}, the last: '
                f'{skipped[-1][0]!r} {skipped[-1][1]}. Clips need '
                f'{self._dataset.clip_sampler.min_frames} frames; see which videos are broken or '
                'shorter with `python tools/data/index_videos.py --min-frames`.'
            )
        return shorter

    def _open(self, info: dict, skipped: List[Tuple[str, str]]) -> Video:
        """Learn the length, from the index or else from the file."""
        if 'num_frames' in info:
            return Video(info, info['num_frames'], None, skipped)
        reader = open_video(info['filename'], self._dataset.decoder, self._dataset.backend_args)
        check_length(info['filename'], len(reader), self._dataset.clip_sampler.min_frames)
        return Video(info, len(reader), reader, skipped)
