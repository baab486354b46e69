"""Views of whole videos and of their windows, decoded by the workers of a data loader."""

from collections import defaultdict, deque
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Sequence, Tuple, Union

import numpy as np
import torch
from mmengine.dataset import Compose
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from ..datasets.readers import VideoError
from ..datasets.transforms.video_reading import REMEDY
from ..datasets.worker_pool import WorkerDied
from .window_grid import PlacedWindows, WindowFeatures, WindowGrid


class WholeVideos(Dataset):
    """Views of videos: (inputs uint8, metainfo), or the error of a broken one.

    Args:
        paths (list[str]): The videos.
        pipeline (Compose): The transforms of :func:`pipeline_of`.
    """

    def __init__(self, paths: List[str], pipeline: Compose):
        self.paths = paths
        self.pipeline = pipeline

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int):
        try:
            sample = self.pipeline(_info(self.paths[index]))
        except VideoError as error:
            return _without_remedy(error)
        return sample['inputs'], sample['data_samples'].metainfo


class WindowViews(NamedTuple):
    """Views of some successive windows of a video.

    Args:
        video (int): Position of the video.
        inputs (Tensor): Shape (K, V, C, T, H, W), uint8, of K windows; or (K, V * T, C, H, W).
        metainfo (dict): As of a video that consists of the frames of one window.
        windows (PlacedWindows): All windows of the video.
        done (int): Number of its windows that were yielded by now, with these.
    """

    video: int
    inputs: Tensor
    metainfo: Dict[str, Any]
    windows: PlacedWindows
    done: int


class WindowStream(IterableDataset):
    """Views of the windows of videos, one after the other, in one pass through each video.

    Every window gets the views that a video of its frames would get. Only the frames of one window
    are in memory, in the size of the views. Each worker of a data loader reads videos of its own.

    Args:
        paths (Sequence[str]): The videos.
        pipeline (Compose): The transforms of :func:`pipeline_of`.
        grid (WindowGrid): The windows.
        frames_of_a_clip (int): Minimum number of frames of a window.
        at_once (int): Number of windows per item, K.
    """

    def __init__(
        self,
        paths: Sequence[str],
        pipeline: Compose,
        grid: WindowGrid,
        frames_of_a_clip: int,
        at_once: int,
    ):
        self.paths = paths
        self.grid = grid
        self.frames_of_a_clip = frames_of_a_clip
        self.at_once = at_once
        self._open, self._sample, _, self._resize, *self._finish = pipeline.transforms

    def __iter__(self) -> Iterator:
        """Yield :class:`WindowViews`, and for broken videos their position and VideoError."""
        worker = get_worker_info()
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        for video in range(first, len(self.paths), step):
            try:
                yield from self._windows_of(video)
            except VideoError as error:
                yield video, _without_remedy(error)

    def _windows_of(self, video: int) -> Iterator[WindowViews]:
        opened = self._open.transform(_info(self.paths[video]))
        reader = opened.pop('video_reader')
        windows = self.grid.place(self.paths[video], opened['total_frames'], reader.fps)
        if self.grid.window is not None and windows.window_frames < self.frames_of_a_clip:
            raise VideoError(
                self.paths[video],
                f'has {windows.window_frames} frames in a window, but a clip spans '
                f'{self.frames_of_a_clip}: give a longer window, or a shorter clip (clip_len, '
                'frame_interval)',
            )
        sampled = self._sample.transform(dict(opened, total_frames=windows.window_frames))
        offsets = np.ravel(sampled['frame_inds'])
        views: List[Tensor] = []
        for done, frames in enumerate(self._frames(reader, windows, offsets), 1):
            sample = dict(sampled, imgs=frames, img_shape=frames[0].shape[:2])
            for transform in self._finish:
                sample = transform(sample)
            views.append(sample['inputs'])
            if len(views) == self.at_once or done == len(windows):
                metainfo = sample['data_samples'].metainfo
                yield WindowViews(video, torch.stack(views), metainfo, windows, done)
                views = []

    def _frames(
        self, reader, windows: PlacedWindows, offsets: np.ndarray
    ) -> Iterator[List[np.ndarray]]:
        """The resized frames of each window."""
        wanted = np.zeros(windows.num_frames, bool)
        for start in windows.start_frames:
            wanted[start + offsets] = True
        numbers = np.flatnonzero(wanted)
        decoded = zip(numbers.tolist(), reader.frames(numbers))
        held: Dict[int, np.ndarray] = {}
        for start in windows.start_frames.tolist():
            for number in [number for number in held if number < start]:
                del held[number]
            needed = (start + offsets).tolist()
            last = max(needed)
            while last not in held:
                number, frame = next(decoded)
                resized = self._resize.transform(dict(imgs=[frame], img_shape=frame.shape[:2]))
                held[number] = resized['imgs'][0]
            yield [held[number] for number in needed]


def gather_windows(
    stream: WindowStream, num_workers: int, embed: Callable[[WindowViews], np.ndarray]
) -> Iterator[Tuple[int, Union[WindowFeatures, VideoError]]]:
    """Collect the features of windows, video by video.

    Args:
        stream (WindowStream): The windows.
        num_workers (int): Decoding processes; 0 for the current process.
        embed (Callable): Features (K, ...) of K windows.

    Yields:
        tuple[int, WindowFeatures | VideoError]: Position of a video and its features or its error,
        in the order in which videos are finished.

    Raises:
        WorkerDied: If a decoding process dies.
    """
    workers = min(num_workers, len(stream.paths))
    loader = iter(DataLoader(stream, batch_size=None, num_workers=workers, collate_fn=as_it_is))
    unread = [deque(stream.paths[first :: max(1, workers)]) for first in range(max(1, workers))]
    features: Dict[int, List[np.ndarray]] = defaultdict(list)
    while True:
        with named_deaths(' or '.join(repr(videos[0]) for videos in unread if videos)):
            item = next(loader, None)
        if item is None:
            return
        video = item[0]
        if isinstance(item, WindowViews):
            features[video].append(embed(item))
            if item.done < len(item.windows):
                continue
            outcome: Union[WindowFeatures, VideoError] = WindowFeatures(
                np.concatenate(features.pop(video)), item.windows
            )
        else:
            outcome = item[1]
            features.pop(video, None)
        unread[video % len(unread)].popleft()
        yield video, outcome


def as_it_is(sample):
    """Collate nothing."""
    return sample


@contextmanager
def named_deaths(videos: str) -> Iterator[None]:
    """Name the videos that workers were probably reading when one died.

    Args:
        videos: For the message, after 'while it read'.
    """
    try:
        yield
    except RuntimeError as error:
        if 'DataLoader worker' not in str(error):
            raise
        raise WorkerDied(
            f'a worker process died while it read {videos}, most likely because of too little '
            f'memory or in the decoder ({error})'
        ) from error


def _info(path: str) -> Dict[str, Any]:
    return dict(filename=path, start_index=0, modality='RGB')


def _without_remedy(error: VideoError) -> VideoError:
    """The error without its remedy, which applies to lists only."""
    return VideoError(error.filename, error.reason.removesuffix(f'. {REMEDY}'))
