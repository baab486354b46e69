"""Jester, Materzynska et al., ICCV Workshops 2019: one split of 27 classes of gestures.

- The format is that of ``parse_jester_splits`` in MMAction2's ``tools/data/parse_file_list.py``: a
  file with one class a line, in the order of the labels, and lines ``ID;CLASS``.
- 118,562 videos for training and 14,787 for validation are the lines of the files of version 1.
"""

import os.path as osp
from typing import Dict

from .files import read_lines, wrong
from .splits import OfficialList, OfficialSplits, Split


def read_jester(annotations: str) -> OfficialSplits:
    """Read the split. Videos are ``<id>.mp4``, as MMAction2's ``encode_videos.sh`` writes them.

    Args:
        annotations (str): Folder of ``jester-v1-labels.csv``, ``jester-v1-train.csv`` and
            ``jester-v1-validation.csv``.
    """
    class_file = osp.join(annotations, 'jester-v1-labels.csv')
    labels: Dict[str, int] = {}
    for place, match in read_lines(class_file, r'[^;]+', 'CLASS'):
        if match[0] in labels:
            raise wrong(f'{place}: the class {match[0]!r} a second time')
        labels[match[0]] = len(labels)
    split, lists = Split(), []
    for subset, part, count in (('train', 'train', 118562), ('val', 'validation', 14787)):
        file = osp.join(annotations, f'jester-v1-{part}.csv')
        for place, match in read_lines(file, r'(\d+);([^;]+)', 'ID;CLASS'):
            video, name = match.groups()
            if name not in labels:
                raise wrong(f'{place}: the class {name!r} is not in {class_file!r}')
            split.add(subset, f'{video}.mp4', labels[name], place)
        name = f'jester_{subset}_list_videos'
        lists.append(OfficialList(name, [file], split.videos[subset], count))
    return OfficialSplits(list(labels), class_file, 27, lists)
