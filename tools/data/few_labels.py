"""Draw a few videos of every class from a list, for training with few labels.

    python tools/data/few_labels.py data/motion/train.txt --per-class 5 --seeds 0 1 2

The tool writes ``LIST_5_seed0.txt`` and so on beside the list, in the order of the list. With the
same seed, the 5 videos of a class are among its 20, so that curves over the number of labels use
growing sets.
"""

import argparse
import sys
from pathlib import Path
from typing import List, Sequence, Tuple

from tev_mmaction.datasets.few_labels import draw_few
from tev_mmaction.datasets.video_list import list_text, read_list
from tev_mmaction.files import write_file
from tev_mmaction.user_errors import errors_in_a_sentence


def draw(videos: Sequence[Tuple[str, int]], per_class: int, seed: int) -> List[Tuple[str, int]]:
    """Videos of every class, in the order of the list.

    Args:
        videos (Sequence[tuple[str, int]]): Paths and labels.
        per_class (int): Videos of each class.
        seed (int): Of the draw.

    Raises:
        ValueError: If a video has no label, or a class has fewer videos.
    """
    unlabelled = [path for path, label in videos if label < 0]
    if unlabelled:
        raise ValueError(f'{unlabelled[0]!r} has no label: lines should read `path label`')
    labels = [label for _, label in videos]
    return [videos[position] for position in draw_few(labels, per_class, seed)]


def main() -> int:
    """Write the lists."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('list', type=Path, help='`path label` lines')
    parser.add_argument('--per-class', type=int, nargs='+', default=[5], metavar='N')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0], metavar='SEED')
    args = parser.parse_args()
    if min(args.per_class) < 1:
        parser.error(f'--per-class {min(args.per_class)}: at least 1')
    videos = read_list(str(args.list))
    lists = {
        args.list.with_name(f'{args.list.stem}_{number}_seed{seed}.txt'): draw(videos, number, seed)
        for number in args.per_class
        for seed in args.seeds
    }
    for path, drawn in lists.items():
        write_file(path, list_text(drawn))
        print(f'{path}: {len(drawn)} videos')
    return 0


if __name__ == '__main__':
    with errors_in_a_sentence():
        sys.exit(main())
