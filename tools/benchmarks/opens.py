"""Memory over 2000 opens of videos, a few frames read of each: it must not grow.

python tools/benchmarks/opens.py
"""

import gc
from itertools import cycle, islice
from typing import List, Sequence

import measuring
import numpy as np
import video_sets
from measuring import Goal, Row, Spread, resident

from tev_mmaction.datasets.readers import open_video

NAME = 'opens'
_MEGABYTE = 1e6


def growth(paths: Sequence[str], opens: int, warm_up: int) -> List[float]:
    """Memory above that after the warm-up, in MB, a hundred readings at most.

    Args:
        paths (Sequence[str]): Videos, opened in turn.
        opens (int): Counted opens.
        warm_up (int): Opens before them.
    """
    every = max(1, opens // 100)
    readings, start = [], 0
    for count, path in enumerate(islice(cycle(paths), warm_up + opens), start=1 - warm_up):
        reader = open_video(path)
        reader.read(np.array([0, min(4, len(reader) - 1)]))
        del reader
        if count == 0:
            gc.collect()
            start = resident()
        elif count > 0 and count % every == 0:
            readings.append((resident() - start) / _MEGABYTE)
    return readings


def main(argv=None) -> List[Row]:
    """Measure and print."""
    parser = measuring.parser(__doc__, repeats=1)
    video_sets.add_options(parser, ('K250', 'U-avi', video_sets.REAL))
    parser.add_argument('--opens', type=int, default=2000)
    parser.add_argument('--warm-up', type=int, default=200, help='opens before, not counted')
    args = parser.parse_args(argv)
    measuring.prepare()
    goal = Goal('<', 20)
    rows = []
    for videos in video_sets.sets_of(args).values():
        readings = growth(videos.paths, args.opens, args.warm_up)
        rows.append(
            Row(
                NAME,
                f'{videos.name}, {args.opens} opens after {args.warm_up}',
                'MB more at the end',
                Spread.of([readings[-1]]),
                figure=Spread.of([max(readings)]),
                figure_of='at most, MB',
                goal=str(goal),
                verdict=goal.verdict(max(readings)),
                repeats=1,
            )
        )
    measuring.report(rows, args.out)
    return rows


if __name__ == '__main__':
    main()
