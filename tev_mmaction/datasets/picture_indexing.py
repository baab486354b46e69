"""Makes the picture store of a video index, in parallel."""

import os.path as osp
from dataclasses import dataclass
from typing import Iterator, List, NamedTuple, Optional, Tuple

from tev_mmaction.files import check_output
from tev_mmaction.storage import is_uri, join, state_of

from .picture_store import StoredVideo, pictures_file, save_pictures
from .readers import VideoError, open_video
from .readers.planned_reader import PlannedReader
from .video_index import load_index
from .worker_pool import check_num_workers, progress, run


class PictureSummary(NamedTuple):
    """Result of :func:`index_pictures`.

    Args:
        file (str): The store.
        num_stored (int): Number of videos in it.
        num_videos (int): Number of usable videos of the index.
    """

    file: str
    num_stored: int
    num_videos: int


@dataclass(frozen=True)
class PictureSearch:
    """Finds the pictures of a video.

    Args:
        root (str): Folder of the paths.
    """

    root: str

    def __call__(self, path: str) -> Optional[Tuple[int, StoredVideo]]:
        """Number of frames and entry of a video; None if only its packets can tell, or nothing."""
        filename = join(self.root, path)
        state = state_of(filename)  # before it is read: a later change must not go unnoticed
        try:
            reader = open_video(filename, 'pyav')
            index = reader.picture_index() if isinstance(reader, PlannedReader) else None
        except VideoError:
            return None
        if index is None:
            return None
        return len(index), StoredVideo(path, *state, index.to_bytes())


def index_pictures(index_file: str, root: str = '', num_workers: int = 1) -> PictureSummary:
    """Scan the packets of all usable videos of an index, and store what they tell.

    Pre-training then opens these videos without reading their packets. Nothing is decoded here.
    Videos are left out if packets do not determine their frames, or not as many as the index says,
    and if the container does not hold the packets as they are.

    Args:
        index_file (str): Result of :func:`index_videos`, on a local disk, as its videos.
        root (str): Folder of the paths. Defaults to the folder of the index.
        num_workers (int): Number of processes; 0 for the current one. Defaults to 1.

    Raises:
        ValueError: If the arguments are wrong, or the index is damaged.
        OSError: If the index cannot be read, or the store cannot be written.
        WorkerDied: If a worker process dies.
    """
    check_num_workers(num_workers)
    root = root or osp.dirname(index_file)
    for place in (index_file, root):
        if is_uri(place):
            raise ValueError(f'{place!r} is on a server: pictures are found in local files only')
    if not osp.isfile(index_file):
        raise FileNotFoundError(
            f'{index_file!r} does not exist. Make it with `python tools/data/index_videos.py`.'
        )
    lengths = {
        path: record.num_frames for path, record in load_index(index_file).items() if record.usable
    }
    file = pictures_file(index_file)
    check_output(file)
    paths: List[str] = list(lengths)

    def stored() -> Iterator[StoredVideo]:
        found = run(PictureSearch(root), paths, num_workers)
        for video in progress(found, len(paths), len(paths), 'pictures'):
            if video is not None and video[0] == lengths[video[1].path]:
                yield video[1]

    return PictureSummary(file, save_pictures(file, stored()), len(paths))
