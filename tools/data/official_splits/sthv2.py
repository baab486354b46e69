"""Something-Something V2, Goyal et al., ICCV 2017: one split of 174 classes.

- The format is that of ``parse_sthv2_splits`` in MMAction2's ``tools/data/parse_file_list.py``. An
  entry of a split is ``{"id": "74225", "template": "Spinning [something] that ...", ...}``. The
  template without brackets is a key of the file of labels, whose values are numbers as text.
- https://www.qualcomm.com/developer/software/something-something-v-2-dataset states the numbers:
  168,913 videos for training, 24,777 for validation, 174 labels. The labels of the test videos are
  not part of the split.
"""

import os.path as osp
import re
from typing import Dict

from .files import read_entries, read_json, wrong
from .splits import OfficialList, OfficialSplits, Split

_PREFIX = 'something-something-v2-'


def read_sthv2(annotations: str) -> OfficialSplits:
    """Read the split. Videos are ``<id>.webm``.

    Args:
        annotations (str): Folder of ``something-something-v2-labels.json``, ``...-train.json`` and
            ``...-validation.json``, or of the same files without this prefix, as later downloads
            have them.
    """
    later = osp.isfile(osp.join(annotations, 'labels.json'))
    prefix = '' if later else _PREFIX
    class_file = osp.join(annotations, f'{prefix}labels.json')
    labels: Dict[str, int] = {}
    for name, number in read_json(class_file, dict).items():
        if not re.fullmatch(r'\d+', str(number)):
            raise wrong(f'{class_file!r}: expected a number for {name!r}, found {number!r}')
        labels[name] = int(number)
    classes = sorted(labels, key=labels.__getitem__)
    if [labels[name] for name in classes] != list(range(len(classes))):
        raise wrong(f'{class_file!r}: the labels are not 0 to {len(classes) - 1}, each once')
    split, lists = Split(), []
    for subset, part, count in (('train', 'train', 168913), ('val', 'validation', 24777)):
        file = osp.join(annotations, f'{prefix}{part}.json')
        for place, entry in read_entries(file):
            values = entry if isinstance(entry, dict) else {}
            video, template = values.get('id'), values.get('template')
            if not re.fullmatch(r'\d+', str(video or '')) or not isinstance(template, str):
                raise wrong(f'{place}: expected an id and a template, found {entry!r}')
            name = template.replace('[', '').replace(']', '')
            if name not in labels:
                raise wrong(f'{place}: the class {name!r} is not in {class_file!r}')
            split.add(subset, f'{video}.webm', labels[name], place)
        name = f'sthv2_{subset}_list_videos'
        lists.append(OfficialList(name, [file], split.videos[subset], count))
    return OfficialSplits(classes, class_file, 174, lists)
