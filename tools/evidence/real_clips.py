"""Lay out a folder of labelled clips for the study of real video.

    python tools/evidence/real_clips.py data/real

The clips are those of the folder ``TEV_REAL_CLIPS`` (default ``../shared/data``), whose
``manifest.csv`` has ``path``, ``label``, ``group`` (a scene, person or source)
and ``split`` (``train`` or ``test``) of every clip; the first part of a path is the dataset. The
clips are not copied: the tool makes lists, and one link per dataset.

- ``train.txt``: training clips of gestures, UCF101 and Weizmann; ``train_all.txt``: the same and
  JHMDB.
- ``<set>_train.txt``, ``<set>_test.txt``, ``<set>_classes.txt`` of gestures, Weizmann and JHMDB.
- ``<set>_dev_train.txt``, ``<set>_dev_test.txt`` of gestures and JHMDB: the development split,
  a part of the training clips. Every third of their groups, in alphabetical order and starting with
  the first, is its test. ``train_dev.txt`` is ``train_all.txt`` without these.
- ``groups.csv``: ``path`` and ``group`` of all clips, for ``group_file`` of an evaluation.
"""

import argparse
import csv
import os
from pathlib import Path
from typing import Dict, List, Sequence

from tev_mmaction.files import make_folder, write_file
from tev_mmaction.texts import message_of, table

SETS = ('gestures', 'ucf101', 'weizmann', 'jhmdb')
FIRST = SETS[:3]  # what train.txt has been since before JHMDB
TESTED = ('gestures', 'weizmann', 'jhmdb')
DEVELOPED = ('gestures', 'jhmdb')
_EVERY = 3


def lay_out(source: Path, out: Path) -> None:
    """Link and list.

    Args:
        source (Path): Folder with ``manifest.csv``.
        out (Path): Folder, made if it is missing.

    Raises:
        ValueError: If the manifest is missing, or lacks clips of a data set or split, or a class of
            them in a part of the development split.
    """
    manifest = source / 'manifest.csv'
    if not manifest.is_file():
        raise ValueError(
            f'{manifest} does not exist: set TEV_REAL_CLIPS to a folder of labelled clips with one'
        )
    with manifest.open(newline='') as stream:
        rows = list(csv.DictReader(stream))
    parts = {
        (name, split): [
            row for row in rows if row['path'].split('/')[0] == name and row['split'] == split
        ]
        for name in SETS
        for split in ('train', 'test')
    }
    for name, split in [(name, 'train') for name in SETS] + [(n, 'test') for n in TESTED]:
        if not parts[name, split]:
            raise ValueError(f'{manifest} has no clip of {name}, {split}')
    developed = {name: development(parts[name, 'train'], name) for name in DEVELOPED}
    make_folder(out)
    for name in SETS:
        link = out / name
        if not link.exists():
            link.symlink_to((source / name).resolve(), target_is_directory=True)
    held_out = {row['path'] for split in developed.values() for row in split['test']}
    trained = {
        'train': [row for name in FIRST for row in parts[name, 'train']],
        'train_all': [row for name in SETS for row in parts[name, 'train']],
    }
    trained['train_dev'] = [row for row in trained['train_all'] if row['path'] not in held_out]
    for name, listed in trained.items():
        write_file(out / f'{name}.txt', ''.join(f'{row["path"]}\n' for row in listed))
    used = [(row['path'], row['group']) for listed in parts.values() for row in listed]
    write_file(out / 'groups.csv', table(('path', 'group'), used))
    for name in TESTED:
        classes = classes_of(parts[name, 'train'])
        write_file(out / f'{name}_classes.txt', ''.join(f'{label}\n' for label in classes))
        lists = {split: parts[name, split] for split in ('train', 'test')}
        for split, listed in developed.get(name, {}).items():
            lists[f'dev_{split}'] = listed
        for split, listed in lists.items():
            lines = [f'{row["path"]} {classes.index(row["label"])}\n' for row in listed]
            write_file(out / f'{name}_{split}.txt', ''.join(lines))


def classes_of(rows: Sequence[dict]) -> List[str]:
    """Labels, in alphabetical order."""
    return sorted({row['label'] for row in rows})


def development(rows: List[dict], name: str) -> Dict[str, List[dict]]:
    """Training clips ``train`` and ``test`` of a data set, by whole groups.

    Raises:
        ValueError: If a part lacks a class.
    """
    asked = set(sorted({row['group'] for row in rows})[::_EVERY])
    split = dict(
        train=[row for row in rows if row['group'] not in asked],
        test=[row for row in rows if row['group'] in asked],
    )
    for part, listed in split.items():
        lacking = set(classes_of(rows)) - set(classes_of(listed))
        if lacking:
            raise ValueError(
                f'the development split of {name} has no clip of {", ".join(sorted(lacking))} in '
                f'its part {part}: more groups are needed in the manifest'
            )
    return split


def main() -> None:
    """Lay out the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out', type=Path, help='folder to make')
    args = parser.parse_args()
    try:
        lay_out(Path(os.environ.get('TEV_REAL_CLIPS', '../shared/data')), args.out)
    except (OSError, ValueError) as error:
        parser.error(message_of(error))
    print(f'{args.out}: links to {", ".join(SETS)}, and lists')


if __name__ == '__main__':
    main()
