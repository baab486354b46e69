"""HMDB51, Kuehne et al., ICCV 2011: three splits of 51 classes.

Each split has 70 videos of every class for training and 30 for testing.
"""

import os
import os.path as osp
import re

from .files import read_lines
from .splits import OfficialList, OfficialSplits, Split

_PUBLISHED = dict(train=70, val=30)


def read_hmdb51(annotations: str) -> OfficialSplits:
    """Read the three splits. The classes are those that have files, by name.

    Args:
        annotations (str): Folder of the files ``<class>_test_splitN.txt``, lines `VIDEO FLAG` with
            1 for training, 2 for testing, 0 for a video that the split leaves out.
    """
    found = os.listdir(annotations) if osp.isdir(annotations) else []
    matches = [re.fullmatch(r'(.+)_test_split[123]\.txt', file) for file in found]
    # sorted as classes: among files, climb_stairs_test_split1.txt precedes climb_test_split1.txt
    classes = sorted({match[1] for match in matches if match})
    if not classes:
        raise FileNotFoundError(
            f'The folder {annotations!r} has no annotation file `<class>_test_split1.txt`. Unpack '
            'test_train_splits.rar of HMDB51, and name the folder of its files with --annotations.'
        )
    lists = []
    for number in (1, 2, 3):
        split = Split()
        files = [osp.join(annotations, f'{name}_test_split{number}.txt') for name in classes]
        for label, (name, file) in enumerate(zip(classes, files)):
            for place, match in read_lines(file, r'([^/]+\.\w+)\s+([012])', 'VIDEO.avi 0|1|2'):
                if match[2] != '0':
                    subset = 'train' if match[2] == '1' else 'val'
                    split.add(subset, f'{name}/{match[1]}', label, place)
        for subset, videos in split.videos.items():
            name = f'hmdb51_{subset}_split_{number}_videos'
            lists.append(OfficialList(name, files, videos, _PUBLISHED[subset]))
    return OfficialSplits(classes, annotations, 51, lists)
