"""Lists of your own clips: classes are names, from folders or a table; groups are never split."""

import os.path as osp
from collections import defaultdict
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from tev_mmaction.datasets.folders import scan_folder
from tev_mmaction.listing import first_of
from tev_mmaction.texts import decode, named_rows, quote, read_bytes

PARTS = ('train', 'test')
_NEEDED = ('path', 'label')


class Clip(NamedTuple):
    """A labelled clip.

    Args:
        path (str): Below the folder of the videos.
        label (str): Its class, a word.
        group (str): What it shares with others: a recording, a person, a place. Of one group, all
            clips are in one part.
        split (str): ``'train'`` or ``'test'``, or empty where that is to be chosen.
    """

    path: str
    label: str
    group: str
    split: str = ''


class OwnLists(NamedTuple):
    """Two lists and their classes.

    Args:
        classes (list[str]): In alphabetical order, which is that of the labels.
        train (list[tuple[str, int]]): Paths and labels.
        test (list[tuple[str, int]]): Paths and labels.
        missing (list[str]): Paths of the table that are no files.
    """

    classes: List[str]
    train: List[Tuple[str, int]]
    test: List[Tuple[str, int]]
    missing: List[str]


def own_lists(videos: str, table: Optional[str], test_share: float) -> OwnLists:
    """Label the clips of a folder, and divide them.

    Args:
        videos (str): Folder of the videos. Without a table, its folders are the classes.
        table (str, optional): CSV with columns ``path`` and ``label``, and where there are any
            ``group`` and ``split``.
        test_share (float): Share of the groups of every class that are to test on.

    Raises:
        ValueError: If a class is lacking in a part, or something is wrong with folder or table.
        FileNotFoundError: If the folder is not there or has no video.
    """
    if not 0 < test_share < 1:
        raise ValueError(f'--test-share {test_share}: more than 0 and less than 1')
    clips = read_table(table) if table else read_folders(videos)
    missing = [clip.path for clip in clips if not osp.isfile(osp.join(videos, clip.path))]
    if len(missing) == len(clips):
        raise ValueError(
            f'None of the {len(clips)} files of {table} is below {videos!r}, for example '
            f'{missing[0]!r}. Name the folder that its paths start from with --videos'
        )
    lost = set(missing)
    clips = [clip for clip in clips if clip.path not in lost]
    parts = divide(clips, test_share)
    classes = sorted({clip.label for clip in clips})
    for part, listed in parts.items():
        lacking = sorted(set(classes) - {clip.label for clip in listed})
        if lacking:
            raise ValueError(
                f'no clip to {part} on of {first_of([quote(name) for name in lacking])}: a class '
                'needs clips of at least two groups, or a column split that has both parts'
            )
    numbers = {name: number for number, name in enumerate(classes)}
    lists = {
        part: [(clip.path, numbers[clip.label]) for clip in listed]
        for part, listed in parts.items()
    }
    return OwnLists(classes, lists['train'], lists['test'], missing)


def read_folders(videos: str) -> List[Clip]:
    """Clips whose class is the first folder of their path, each a group of its own."""
    paths = [path for path, _ in scan_folder(videos)]
    outside = [quote(path) for path in paths if '/' not in path]
    if outside:
        raise ValueError(
            f'{len(outside)} videos are in {videos!r} itself, in no folder of a class: '
            f'{first_of(outside)}. Move them, or name their classes in a table (--table)'
        )
    return [Clip(path, path.split('/')[0], path) for path in paths]


def read_table(table: str) -> List[Clip]:
    """Clips of a CSV file.

    Raises:
        ValueError: For columns that are missing, empty cells, a path twice, or another split.
    """
    clips: Dict[str, Clip] = {}
    for number, row in named_rows(decode(read_bytes(table), table), table, _NEEDED):
        path, label = row['path'], row['label']
        if not path or not label:
            raise ValueError(f'{table}, line {number}: no {"label" if path else "path"}')
        if path in clips:
            raise ValueError(f'{table}, line {number}: {path!r} a second time')
        split = row.get('split', '')
        if split not in (*PARTS, ''):
            raise ValueError(f'{table}, line {number}: split {split!r}, not {" or ".join(PARTS)}')
        clips[path] = Clip(path, label, row.get('group') or path, split)
    if not clips:
        raise ValueError(f'{table} names no clip')
    if len({bool(clip.split) for clip in clips.values()}) == 2:
        raise ValueError(
            f'{table}: some clips have a split and others none; give it to all or none'
        )
    return list(clips.values())


def divide(clips: Sequence[Clip], test_share: float) -> Dict[str, List[Clip]]:
    """Clips to train and to test on; of every class, every so many-th group is to test on."""
    if clips[0].split:
        return {part: [clip for clip in clips if clip.split == part] for part in PARTS}
    groups = defaultdict(set)
    for clip in clips:
        groups[clip.label].add(clip.group)
    every = max(2, round(1 / test_share))
    test = {group for of_class in groups.values() for group in sorted(of_class)[::every]}
    return {
        'train': [clip for clip in clips if clip.group not in test],
        'test': [clip for clip in clips if clip.group in test],
    }
