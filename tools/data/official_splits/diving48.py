"""Diving48, Li et al., ECCV 2018: one split of 48 classes, with two versions of the labels.

http://www.svcl.ucsd.edu/projects/resound/dataset.html has V1, and V2 (2020) with corrected labels.
The numbers of videos are the entries of the official files.
"""

import os.path as osp
import re

from .files import read_entries, wrong
from .splits import OfficialList, OfficialSplits, Split

# version: infix of the files, beginning of the lists' names, numbers of videos
_VERSIONS = dict(v1=('', 'diving48_v1', (15943, 2096)), v2=('V2_', 'diving48', (15027, 1970)))


def read_diving48(annotations: str, version: str = 'v2') -> OfficialSplits:
    """Read the split.

    Args:
        annotations (str): Folder of ``Diving48_vocab.json`` and, for V2, ``Diving48_V2_train.json``
            and ``Diving48_V2_test.json``; for V1 ``Diving48_train.json``, ``Diving48_test.json``.
        version (str): 'v1' or 'v2'. MMAction2 has V2 alone, under names without a version.
    """
    class_file = osp.join(annotations, 'Diving48_vocab.json')
    classes, split, lists = [], Split(), []
    for place, words in read_entries(class_file):
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise wrong(f'{place}: expected words, found {words!r}')
        classes.append('-'.join(words))
    infix, prefix, counts = _VERSIONS[version]
    for subset, part, count in zip(('train', 'val'), ('train', 'test'), counts):
        file = osp.join(annotations, f'Diving48_{infix}{part}.json')
        for place, entry in read_entries(file):
            values = entry if isinstance(entry, dict) else {}
            video, label = values.get('vid_name'), values.get('label')
            if not re.fullmatch(r'[^/\n]+', str(video or '')) or type(label) is not int:
                raise wrong(f'{place}: expected a vid_name and a label, found {entry!r}')
            if not 0 <= label < len(classes):
                raise wrong(f'{place}: {class_file!r} has no class {label}, counted from 0')
            split.add(subset, f'{video}.mp4', label, place)
        name = f'{prefix}_{subset}_list_videos'
        lists.append(OfficialList(name, [file], split.videos[subset], count))
    return OfficialSplits(classes, class_file, 48, lists)
