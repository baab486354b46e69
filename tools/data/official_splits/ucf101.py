"""UCF101, https://www.crcv.ucf.edu/data/UCF101.php: three splits of 101 classes.

The numbers of videos are those of the lines of the official files.
"""

import os.path as osp
from typing import Dict

from .files import read_lines, wrong
from .splits import OfficialList, OfficialSplits, Split

_PUBLISHED = {1: (9537, 3783), 2: (9586, 3734), 3: (9624, 3696)}


def read_ucf101(annotations: str) -> OfficialSplits:
    """Read the three splits.

    Args:
        annotations (str): Folder of ``classInd.txt``, ``trainlist01.txt``, ``testlist01.txt``, ...
    """
    class_file = osp.join(annotations, 'classInd.txt')
    labels: Dict[str, int] = {}
    for place, match in read_lines(class_file, r'(\d+)\s+(\S.*)', 'NUMBER CLASS'):
        if int(match[1]) != len(labels) + 1 or match[2] in labels:
            raise wrong(f'{place}: expected a new class {len(labels) + 1}, found {match[0]!r}')
        labels[match[2]] = len(labels)
    lists = []
    for number, counts in _PUBLISHED.items():
        split = Split()
        for subset, part, count in zip(('train', 'val'), ('trainlist', 'testlist'), counts):
            file = osp.join(annotations, f'{part}{number:02d}.txt')
            pattern = r'(([^/]+)/[^/]+\.\w+)(?:\s+(\d+))?'
            for place, match in read_lines(file, pattern, 'CLASS/VIDEO.avi [NUMBER]'):
                path, name, class_number = match.groups()
                if name not in labels:
                    raise wrong(f'{place}: the class {name!r} is not in {class_file!r}')
                if class_number and int(class_number) != labels[name] + 1:
                    raise wrong(f'{place}: {name!r} has another number in {class_file!r}')
                split.add(subset, path, labels[name], place)
            name = f'ucf101_{subset}_split_{number}_videos'
            lists.append(OfficialList(name, [file], split.videos[subset], count))
    return OfficialSplits(list(labels), class_file, 101, lists)
