"""Lay out a folder of labelled clips for the study of real video.

    python tools/evidence/real_clips.py data/real

The clips are those of the folder ``TEV_REAL_CLIPS`` (default ``../shared/data``), whose
``manifest.csv`` says of every clip its ``path``, ``label`` and ``split`` (``train`` or ``test``);
the first part of a path is its data set. They stay where they are: links are made, one a data set,
and lists: ``train.txt``, all training clips, and, for gestures and Weizmann, ``<set>_train.txt``,
``<set>_test.txt`` and ``<set>_classes.txt``.
"""

import argparse
import csv
import os
from pathlib import Path

TRAINED = ('gestures', 'ucf101', 'weizmann')
TESTED = ('gestures', 'weizmann')


def lay_out(source: Path, out: Path) -> None:
    """Link and list.

    Args:
        source (Path): Folder with ``manifest.csv``.
        out (Path): Folder, made if it is missing.

    Raises:
        ValueError: If the manifest is missing, or lacks clips of a data set or split.
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
        for name in TRAINED
        for split in ('train', 'test')
    }
    for name, split in [(name, 'train') for name in TRAINED] + [(n, 'test') for n in TESTED]:
        if not parts[name, split]:
            raise ValueError(f'{manifest} has no clip of {name}, {split}')
    out.mkdir(parents=True, exist_ok=True)
    for name in TRAINED:
        link = out / name
        if not link.exists():
            link.symlink_to((source / name).resolve(), target_is_directory=True)
    paths = [row['path'] for name in TRAINED for row in parts[name, 'train']]
    (out / 'train.txt').write_text(''.join(f'{path}\n' for path in paths))
    for name in TESTED:
        classes = sorted({row['label'] for row in parts[name, 'train']})
        (out / f'{name}_classes.txt').write_text(''.join(f'{label}\n' for label in classes))
        for split in ('train', 'test'):
            lines = [f'{r["path"]} {classes.index(r["label"])}\n' for r in parts[name, split]]
            (out / f'{name}_{split}.txt').write_text(''.join(lines))


def main() -> None:
    """Lay out the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out', type=Path, help='folder to make')
    args = parser.parse_args()
    try:
        lay_out(Path(os.environ.get('TEV_REAL_CLIPS', '../shared/data')), args.out)
    except ValueError as error:
        parser.error(str(error))
    print(f'{args.out}: links to {", ".join(TRAINED)}, and lists')


if __name__ == '__main__':
    main()
