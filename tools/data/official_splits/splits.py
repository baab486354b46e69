"""What readers return, and the check of its numbers."""

import os.path as osp
from collections import Counter
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from .files import wrong


@dataclass(frozen=True)
class OfficialList:
    """One list of an official split.

    Args:
        name (str): MMAction2's name of the list, without ``.txt``.
        files (list[str]): What it was read from: one file, or one for every class.
        videos (list[tuple[str, int]]): Official paths below the folder of videos, and labels.
        published (int, optional): Number of videos that each file is to give, where it can be
            known. Defaults to None.
    """

    name: str
    files: List[str]
    videos: List[Tuple[str, int]]
    published: Optional[int] = None


@dataclass(frozen=True)
class OfficialSplits:
    """The lists of a data set, and its classes.

    Args:
        classes (list[str]): Names of the classes in the order of the labels.
        class_source (str): File or folder that the classes were read from.
        published_classes (int): The number of classes that there are to be.
        lists (list[OfficialList]): The lists.
    """

    classes: List[str]
    class_source: str
    published_classes: int
    lists: List[OfficialList]


class Split:
    """The videos of a split, for training or testing, none of them twice."""

    def __init__(self) -> None:
        self.videos: Dict[str, List[Tuple[str, int]]] = dict(train=[], val=[])
        self._places: Dict[str, str] = {}

    def add(self, subset: str, path: str, label: int, place: str) -> None:
        """Add a video to ``'train'`` or ``'val'``; raises if it was added before."""
        # without extension, as this is how the files of the videos are found
        first = self._places.setdefault(osp.splitext(path)[0], place)
        if first != place:
            raise wrong(
                f'{place}: {path!r} is listed already in {first}; a video belongs to a split once, '
                'for training or for testing'
            )
        self.videos[subset].append((path, label))


def check_counts(splits: OfficialSplits) -> None:
    """Compare the numbers of classes and videos with the published ones.

    Raises:
        ValueError: If they differ; names the file, and both numbers.
    """
    checks = [(splits.class_source, 'classes', len(splits.classes), splits.published_classes)]
    for videos in splits.lists:
        total = len(videos.videos)
        counts = Counter(label for _, label in videos.videos)
        for label, file in enumerate(videos.files if videos.published else ()):
            found = counts[label] if len(videos.files) > 1 else total
            checks.append((file, f'videos for {videos.name}', found, videos.published))
    for file, what, found, published in checks:
        if found != published:
            raise wrong(
                f'{file!r} has {found} {what}, but {published} are published: it is incomplete or '
                'not the official one'
            )
