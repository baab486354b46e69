"""Make lists of the motion benchmark with opposite motions merged into one class.

    python tools/evidence/motion_kinds.py data/motion

This writes ``train_kinds.txt``, ``test_kinds.txt`` and ``classes_kinds.txt`` beside ``train.txt``,
``test.txt`` and ``classes.txt``: seven kinds of motion instead of twelve. Features that distinguish
kinds but not classes represent how something moves, but not in which direction.
"""

import argparse
from pathlib import Path

from tev_mmaction.files import write_file
from tev_mmaction.texts import message_of

KINDS = {
    'travel-right': 'travel-horizontal',
    'travel-left': 'travel-horizontal',
    'travel-down': 'travel-vertical',
    'travel-up': 'travel-vertical',
    'hop-right': 'hop',
    'hop-left': 'hop',
    'spin-clockwise': 'spin',
    'spin-counterclockwise': 'spin',
    'orbit-clockwise': 'orbit',
    'orbit-counterclockwise': 'orbit',
    'swing-horizontal': 'swing-horizontal',
    'swing-vertical': 'swing-vertical',
}


def write_lists(folder: Path) -> None:
    """Write the lists of kinds beside those of classes.

    Args:
        folder (Path): The benchmark, or a cache of it.

    Raises:
        ValueError: If it lacks the lists or the classes of the benchmark.
    """
    names = ('classes.txt', 'train.txt', 'test.txt')
    absent = [name for name in names if not (folder / name).is_file()]
    if absent:
        raise ValueError(
            f'{folder} has no {", ".join(absent)}: make the benchmark there by '
            'tools/data/make_motion_clips.py --set benchmark'
        )
    classes = (folder / 'classes.txt').read_text().split()
    if set(classes) != set(KINDS):
        raise ValueError(f'{folder}/classes.txt lacks the classes of the benchmark: {classes}')
    kinds = sorted(set(KINDS.values()))
    write_file(folder / 'classes_kinds.txt', ''.join(f'{kind}\n' for kind in kinds))
    for name in ('train', 'test'):
        lines = []
        for line in (folder / f'{name}.txt').read_text().splitlines():
            path, label = line.rsplit(maxsplit=1)
            lines.append(f'{path} {kinds.index(KINDS[classes[int(label)]])}\n')
        write_file(folder / f'{name}_kinds.txt', ''.join(lines))


def main() -> None:
    """Write the lists."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder', type=Path, help='the benchmark, or a cache of it')
    args = parser.parse_args()
    try:
        write_lists(args.folder)
    except (OSError, ValueError) as error:
        parser.error(message_of(error))
    print(f'{args.folder}: lists of {len(set(KINDS.values()))} kinds of motion')


if __name__ == '__main__':
    main()
