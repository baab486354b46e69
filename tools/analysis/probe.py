"""Train classifiers on frozen features in files: linear SVM, linear layer, attention pooling.

    tev-embed all.txt --root FOLDER --out maps --keep time
    python tools/analysis/probe.py maps --train train.txt --test test.txt --out probe
    python tools/analysis/probe.py maps --train train.txt --test test.txt --per-class 1 5 10 \
        --seeds 0 1 2 --out few
    python tools/analysis/probe.py maps --train all.txt --folds 5 --groups groups.csv --out folds

All learning rates and weight decays are trained at once, on the same batches. The choice among
them, and that of C, is made within the training videos; videos of one group (``--groups``, or names
of UCF101, HMDB51 and JHMDB) are on one side. OUT gets ``probe.json``, and with ``--per-class`` also
``few_labels.png``.
"""

import argparse
import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from tqdm import tqdm

from tev_mmaction.apis import read_features
from tev_mmaction.datasets.few_labels import draw_few
from tev_mmaction.datasets.labelled_list import read_labelled
from tev_mmaction.datasets.source_groups import groups_by_name, groups_of
from tev_mmaction.evaluation import FeatureSet
from tev_mmaction.evaluation.folds import folds_of
from tev_mmaction.evaluation.linear_probe_metric import gap_hint
from tev_mmaction.evaluation.linear_svm import COSTS
from tev_mmaction.evaluation.probing import KINDS, Prober, part_of
from tev_mmaction.files import check_output, make_folder, write_file
from tev_mmaction.texts import with_flags
from tev_mmaction.user_errors import errors_in_a_sentence
from tev_mmaction.visualization import draw_accuracies, save_picture

ALL = 'all'


class Task(NamedTuple):
    """What one column of the table is the mean of.

    Args:
        column (str): Its name: labels per class, or all.
        seed (int): Of the draw, the initial weights and the batches.
        train (FeatureSet): Training videos.
        test (FeatureSet): Test videos.
    """

    column: str
    seed: int
    train: FeatureSet
    test: FeatureSet


def parse_args(argv=None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('features', help='folder of tev-embed')
    parser.add_argument('--train', required=True, help='`path label` lines')
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument('--test', help='`path label` lines')
    asked.add_argument('--folds', type=int, help='test each fold of --train on the others')
    parser.add_argument('--groups', default='', help='CSV with the columns path and group')
    parser.add_argument('--probes', nargs='+', choices=KINDS, default=list(KINDS))
    parser.add_argument('--per-class', type=int, nargs='+', default=[], metavar='N')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0], metavar='SEED')
    parser.add_argument('--rates', type=float, nargs='+', default=[1e-4, 3e-4, 1e-3, 3e-3])
    parser.add_argument('--decays', type=float, nargs='+', default=[0.01, 0.1, 1.0])
    parser.add_argument('--costs', type=float, nargs='+', default=list(COSTS), help='C of the SVM')
    parser.add_argument('--steps', type=int, default=300, help='batches of 64; default: 300')
    parser.add_argument('--out', required=True, type=Path, help='folder to write')
    args = parser.parse_args(argv)
    if args.per_class and args.folds:
        parser.error('--per-class and --folds: give one of them')
    if args.folds and len(args.seeds) > 1:
        parser.error('--folds with several --seeds: give one, folds have a spread of their own')
    if args.folds is not None and args.folds < 2:
        parser.error(f'--folds {args.folds}: at least 2')
    if args.per_class and min(args.per_class) < 1:
        parser.error(f'--per-class {min(args.per_class)}: at least 1')
    return args


def read_videos(args: argparse.Namespace) -> Tuple[List[FeatureSet], tuple, Dict[str, Any]]:
    """The lists with flat features, the shape of a feature, and the settings of the features."""
    lists = [read_labelled(file, '') for file in (args.train, args.test) if file]
    names = [video['filename'] for videos in lists for video in videos]
    features, about = read_features(args.features, names)
    if 'attentive' in args.probes and features.shape[1:3] == (1, 1):
        raise ValueError(
            f'{args.features} has one vector per video, and attention pooling needs features over '
            'time: embed to another folder with --keep time, or give --probes svm linear'
        )
    parts, start = [], 0
    for videos in lists:
        paths = [video['filename'] for video in videos]
        groups = groups_of(paths, args.groups) if args.groups else groups_by_name(paths)
        end = start + len(videos)
        parts.append(
            FeatureSet(
                features[start:end].reshape(len(videos), -1),
                np.array([video['label'] for video in videos], np.int64),
                paths,
                None if groups is None else np.array(groups),
            )
        )
        start = end
    return parts, features.shape[1:], about


def make_tasks(args: argparse.Namespace, parts: Sequence[FeatureSet]) -> List[Task]:
    """All trainings, apart from their kind."""
    train = parts[0]
    if args.folds:
        folds = folds_of(train.labels, train.groups, args.folds)
        return [
            Task(ALL, args.seeds[0], part_of(train, fit), part_of(train, test))
            for fit, test in folds
        ]
    few = [
        Task(str(number), seed, part_of(train, draw_few(train.labels, number, seed)), parts[1])
        for number in sorted(args.per_class)
        for seed in args.seeds
    ]
    return few + [Task(ALL, seed, train, parts[1]) for seed in args.seeds]


def run(prober: Prober, kinds: Sequence[str], tasks: Sequence[Task]) -> List[dict]:
    """Figures of all probes and tasks."""
    rows = []
    for kind in kinds:
        # the SVM has no seed: one fit for the same videos
        once = {id(task.train): task for task in reversed(tasks)}.values()
        for task in tqdm(list(once)[::-1] if kind == 'svm' else tasks, desc=kind, disable=None):
            result = prober.probe(kind, task.train, task.test, task.seed)
            rows.append(
                dict(
                    probe=kind,
                    labels=task.column,
                    seed=task.seed,
                    train=len(task.train),
                    test=len(task.test),
                    chance=float(np.bincount(task.test.labels).max() / len(task.test)),
                    **vars(result),
                )
            )
    return rows


def summarise(rows: Sequence[dict]) -> Dict[str, Dict[str, List[float]]]:
    """Accuracies in percent, by probe and labels."""
    values: Dict[str, Dict[str, List[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        values[row['probe']][row['labels']].append(100 * row['top1'])
    return values


def spread(values: Sequence[float]) -> float:
    """Standard deviation; 0 of a single value."""
    return statistics.stdev(values) if len(values) > 1 else 0.0


def table(rows: Sequence[dict], summary: Dict[str, Dict[str, List[float]]]) -> List[str]:
    """Lines of a Markdown table, with the largest class of the test videos below."""
    columns = list(next(iter(summary.values())))
    lines = [f'| labels a class | {" | ".join(columns)} |', '|---' * (len(columns) + 1) + '|']
    for kind, found in summary.items():
        cells = [
            f'{statistics.mean(values):.1f}' + (f' ± {spread(values):.1f}' if values[1:] else '')
            for values in found.values()
        ]
        lines.append(f'| {kind} | {" | ".join(cells)} |')
    chance = 100 * statistics.mean(row['chance'] for row in rows if row['labels'] == ALL)
    return [*lines, f'largest class of the test videos: {chance:.1f} %']


def notes(rows: Sequence[dict], by_groups: bool) -> List[str]:
    """The settings chosen with all labels, in the first training, and hints."""
    lines = []
    for kind in dict.fromkeys(row['probe'] for row in rows):
        row, *others = (row for row in rows if row['probe'] == kind and row['labels'] == ALL)
        chosen = ', '.join(f'{name} {value:g}' for name, value in row['settings'].items())
        held_out = row['validation']
        said = '' if held_out is None else f', {held_out:.1%} on held-out training videos'
        first = f' (the first of {1 + len(others)})' if others else ''
        lines.append(f'{kind}{first}: {chosen}{said}')
        if held_out is not None:
            hint = gap_hint(
                held_out, row['top1'], row['test'], by_groups, 'name their sources with --groups'
            )
            lines += [f'{kind}: {hint}'] if hint else []
    return lines


def write(args: argparse.Namespace, rows: List[dict], summary: dict, record: dict) -> List[str]:
    """Write the record and the figure; returns their names."""
    files = [args.out / 'probe.json']
    if args.per_class:
        counts = {str(number): number for number in sorted(args.per_class)}
        series = {
            kind: {
                counts[name]: (statistics.mean(values), spread(values))
                for name, values in found.items()
                if name in counts
            }
            for kind, found in summary.items()
        }
        figure = draw_accuracies(
            series, 'Frozen features, few labels', 'labels per class', list(counts.values())
        )
        files.append(args.out / 'few_labels.png')
        save_picture(figure, str(files[-1]), dpi=90)
    write_file(files[0], json.dumps(record, indent=1) + '\n')
    return [str(file) for file in files]


def main(argv=None) -> int:
    """Probe, print the table and write the record."""
    args = parse_args(argv)
    check_output(args.out / 'probe.json')
    parts, shape, about = read_videos(args)
    classes = 1 + max(int(part.labels.max()) for part in parts)
    try:
        prober = Prober(shape, classes, args.rates, args.decays, args.steps, args.costs)
    except ValueError as error:
        raise ValueError(with_flags(error, ('rates', 'decays', 'steps', 'costs'))) from None
    tasks = make_tasks(args, parts)
    by_groups = parts[0].groups is not None
    counts = [f'{len(part)} videos' for part in parts]
    groups = f'{len(set(parts[0].groups))} groups' if by_groups else 'groups unknown'
    print(f'{" and ".join(counts)}, {groups}; features {shape} of {about["checkpoint"]}')
    rows = run(prober, args.probes, tasks)
    summary = summarise(rows)
    print('\n'.join([*table(rows, summary), *notes(rows, by_groups)]))
    make_folder(args.out)
    record = dict(
        features=about,
        lists=dict(train=args.train, test=args.test, groups=args.groups or None),
        folds=args.folds,
        by_groups=by_groups,
        settings=prober.settings,
        results=rows,
    )
    print(', '.join(write(args, rows, summary, record)))
    return 0


if __name__ == '__main__':
    with errors_in_a_sentence():
        sys.exit(main())
