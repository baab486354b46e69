"""FineGym, Shao et al., CVPR 2020, https://sdolivia.github.io/FineGym/: Gym99 and Gym288.

- The site describes the names of the clips, ``{VIDEO}_E_{start}_{end}_A_{start}_{end}``: the action
  (event) in the video, and the element (sub-action) in the action, in whole seconds. A line of a
  split is such a name and a label from 0. MMAction2's ``tools/data/gym`` cuts clips of these names,
  and has lists of Gym99.
- A line of a list of categories is ``Clabel: N; set: N; Glabel: N; (EVENT) NAME``. ``Clabel`` is
  the label. Elements of different sets may have the same name.
- The README of https://github.com/SDOlivia/FineGym states the numbers of clips of v1.0. Those of
  the training lists of v1.1 are the lines of its files; its validation lists are those of v1.0.
"""

import os.path as osp
from collections import Counter

from .files import read_lines, wrong
from .splits import OfficialList, OfficialSplits, Split

_CATEGORY = r'Clabel:\s*(\d+);\s*set:\s*(\d+);\s*Glabel:\s*\d+;\s*(\([A-Z]{2}\) \S.*)'
_CLIP = r'([\w-]{11}_E_\d{6}_\d{6}_A_\d{4}_\d{4})\s+(\d+)'
# version, number of classes: numbers of clips
_PUBLISHED = {
    ('v1.0', 99): (20484, 8521),
    ('v1.1', 99): (26320, 8521),
    ('v1.0', 288): (22671, 9646),
    ('v1.1', 288): (29334, 9646),
}


def read_gym99(annotations: str, version: str = 'v1.0') -> OfficialSplits:
    """Read the split of Gym99.

    Args:
        annotations (str): Folder of ``gym99_categories.txt``, ``gym99_train_element_v1.0.txt`` (or
            ``v1.1``) and ``gym99_val_element.txt``. MMAction2's ``download_annotations.sh`` names
            the splits ``gym99_train_org.txt`` and ``gym99_val_org.txt``, of v1.0.
        version (str): 'v1.0' or 'v1.1'. MMAction2 has v1.0 alone, under names without a version.
    """
    return _read(annotations, version, 99)


def read_gym288(annotations: str, version: str = 'v1.0') -> OfficialSplits:
    """Read the split of Gym288. See :func:`read_gym99`."""
    return _read(annotations, version, 288)


def _read(annotations: str, version: str, size: int) -> OfficialSplits:
    class_file = osp.join(annotations, f'gym{size}_categories.txt')
    names, sets = [], []
    form = 'Clabel: N; set: N; Glabel: N; (EVENT) NAME'
    for place, match in read_lines(class_file, _CATEGORY, form):
        if int(match[1]) != len(names):
            raise wrong(f'{place}: expected the class {len(names)}, found {match[0]!r}')
        sets.append(match[2])
        names.append(match[3])
    counts = Counter(names)
    classes = [f'{n} [set {s}]' if counts[n] > 1 else n for n, s in zip(names, sets)]
    if len(set(classes)) < len(classes):
        twice = next(name for name, count in Counter(classes).items() if count > 1)
        raise wrong(f'{class_file!r}: the class {twice!r} a second time')
    split, lists = Split(), []
    prefix = f'gym{size}' if version == 'v1.0' else f'gym{size}_{version}'
    parts = dict(train=f'train_element_{version}', val='val_element')
    for (subset, part), count in zip(parts.items(), _PUBLISHED[version, size]):
        file = osp.join(annotations, f'gym{size}_{part}.txt')
        renamed = osp.join(annotations, f'gym{size}_{subset}_org.txt')
        if version == 'v1.0' and not osp.isfile(file) and osp.isfile(renamed):
            file = renamed
        for place, match in read_lines(file, _CLIP, 'VIDEO_E_START_END_A_START_END LABEL'):
            clip, label = match[1], int(match[2])
            if label >= len(classes):
                raise wrong(f'{place}: {class_file!r} has no class {label}, counted from 0')
            split.add(subset, f'{clip}.mp4', label, place)
        lists.append(OfficialList(f'{prefix}_{subset}', [file], split.videos[subset], count))
    return OfficialSplits(classes, class_file, size, lists)
