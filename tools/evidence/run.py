"""Run all rows and seeds of a study, and write its results to docs/evidence and the metafiles.

    python tools/evidence/run.py motion
    python tools/evidence/run.py motion real --jobs 4

A study is a file of ``tools/evidence/studies``. Finished work is not repeated: a stopped call
continues where it was, also within a training. Each run consists of a call of ``tools/train.py``
and some calls of ``tools/test.py``; ``run.json`` in its folder has their commands, commit and time.
A training that begins with the networks of others follows them.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator, List

from metafiles import write_metafiles
from record import processor
from study import ROOT, Run, Study, is_training
from summary import write

from tev_mmaction.engine.source_commit import source_commit
from tev_mmaction.files import write_file
from tev_mmaction.stopping import stoppable

EVIDENCE = 'docs/evidence'
STUDIES = Path(__file__).parent / 'studies'
CALLS: List[subprocess.Popen] = []  # that run
LOCK, STOPPED = threading.Lock(), threading.Event()  # of CALLS


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = sorted(path.stem for path in STUDIES.glob('*.py'))
    parser.add_argument('studies', nargs='+', help=f'{", ".join(known)}, or the path of a file')
    parser.add_argument(
        '--jobs',
        type=int,
        default=min(8, os.cpu_count() or 1),
        help='parallel runs, which share the cores; default: one per core, at most 8',
    )
    parser.add_argument('--rows', nargs='+', help='run only these rows; default: all')
    parser.add_argument('--seeds', nargs='+', type=int, help='run only these seeds; default: all')
    parser.add_argument('--work-dir', default='work_dirs/evidence', help='folder of the runs')
    parser.add_argument('--out', default=EVIDENCE, help='folder of the pages')
    parser.add_argument(
        '--summary-only', action='store_true', help='write the pages of existing runs; run nothing'
    )
    args = parser.parse_args()
    paths = [STUDIES / f'{name}.py' if name in known else Path(name) for name in args.studies]
    for path in paths:
        if not path.is_file():
            parser.error(f'there is no study {path}; known are {", ".join(known)}')
    if args.jobs < 1:
        parser.error(f'--jobs {args.jobs}: at least 1')
    try:
        args.studies = [Study(path, args.work_dir) for path in paths]
    except ValueError as error:
        parser.error(str(error))
    unknown = set(args.rows or ()) - {row for study in args.studies for row in study.rows}
    if unknown:
        parser.error(f'--rows {" ".join(sorted(unknown))}: no study has such rows')
    others = set(args.seeds or ()) - {seed for study in args.studies for seed in study.seeds}
    if others:
        parser.error(f'--seeds {" ".join(map(str, sorted(others)))}: no study has such seeds')
    if not any(chosen(study, args) for study in args.studies):
        parser.error('no row of --rows has a seed of --seeds; hand-made features have one seed')
    return args


def chosen(study: Study, args: argparse.Namespace) -> List[Run]:
    """The runs of a study that the command line asks for."""
    rows, seeds = args.rows or study.rows, args.seeds or study.seeds
    return [run for run in study.runs() if run.row in rows and run.seed in seeds]


def call(arguments: List[str], output: Path, threads: int) -> None:
    """Run a tool, with what it prints in a file.

    Raises:
        RuntimeError: If it fails, or all was stopped before.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, 'OMP_NUM_THREADS': str(threads)}
    with output.open('w') as stream, LOCK:
        if STOPPED.is_set():
            raise RuntimeError(f'python {" ".join(arguments)} was not begun')
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        CALLS.append(process)
    try:
        process.wait()
    except BaseException:  # of the main thread
        stop()
        process.wait()
        raise
    finally:
        CALLS.remove(process)
    if process.returncode:
        last = '\n'.join(output.read_text(errors='replace').splitlines()[-15:])
        raise RuntimeError(f'python {" ".join(arguments)} failed, see {output}:\n{last}')


def stop() -> None:
    """End the calls that run; from now on, none is begun."""
    with LOCK:
        STOPPED.set()
        for process in CALLS:
            process.terminate()


@contextmanager
def noted(run: Run, arguments: List[str]) -> Iterator[None]:
    """Note a command in ``run.json``, with commit and processor; its seconds when it has ended.

    A command that was stopped stays there without seconds, until it is repeated as it was.
    """
    record = run.record()
    this = dict(command=f'python {" ".join(arguments)}', seconds=None)
    record['commands'] = [each for each in record['commands'] if each != this] + [this]
    record['commits'] = sorted({*record['commits'], source_commit() or 'no checkout'})
    record['machines'] = sorted({*record.get('machines', []), processor()})
    path = ROOT / run.folder / 'run.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, json.dumps(record, indent=1))
    start = time.perf_counter()
    yield
    this['seconds'] = time.perf_counter() - start
    write_file(path, json.dumps(record, indent=1))


def complete(run: Run) -> None:
    """Give a training its seconds that was stopped after its last checkpoint."""
    record, path = run.record(), ROOT / run.folder / 'run.json'
    last = record['commands'][-1:]
    if last and is_training(last[0]) and last[0]['seconds'] is None:
        ended, begun = (each.stat().st_mtime for each in (ROOT / run.checkpoint, path))
        last[0]['seconds'] = max(ended - begun, 0.0)  # its note was written as it began
        write_file(path, json.dumps(record, indent=1))


def train(run: Run, threads: int) -> None:
    """Train, or go on with it, if it is not done yet."""
    if 'train' not in run.settings:
        return
    if (ROOT / run.checkpoint).exists():
        complete(run)
        return
    arguments = run.training()
    folder = ROOT / run.folder
    if (folder / 'last_checkpoint').exists():
        arguments.append('--resume')
    start = time.perf_counter()
    with noted(run, arguments):
        call(arguments, folder / 'train.out', threads)
    print(f'{run}: trained in {(time.perf_counter() - start) / 60:.1f} minutes', flush=True)


def test(run: Run, threads: int) -> None:
    """Do the tests that are not done yet."""
    for name in run.tests():
        if not run.evaluations(name):
            arguments = run.testing(name)
            with noted(run, arguments):
                call(arguments, ROOT / run.folder / f'{name}.out', threads)
            print(f'{run}: tested, {name}', flush=True)


def do(step: Callable[[Run, int], None], runs: List[Run], jobs: int, threads: int) -> bool:
    """Do a step for all runs side by side; whether none failed.

    Raises:
        KeyboardInterrupt: If it is stopped; then its calls are ended.
    """
    with ThreadPoolExecutor(jobs) as pool:
        tasks = [pool.submit(step, run, threads) for run in runs]
        try:
            wait(tasks)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            stop()
            raise
    errors = [error for task in tasks if (error := task.exception())]
    for error in errors:
        print(error, file=sys.stderr)
    return not errors


def do_all(runs: List[Run], jobs: int, threads: int) -> bool:
    """Train, sources before what begins with them, and test; whether nothing failed."""
    good, left = True, runs
    while left:
        ready = [run for run in left if not set(run.sources()) & set(left)]
        ready = ready or left  # a circle, of which each says what it lacks
        good &= do(train, ready, jobs, threads)
        left = [run for run in left if run not in ready]
    return do(test, runs, jobs, threads) and good


def main() -> int:
    """Run and write; 1 if something failed, 130 if it was stopped."""
    args = parse_args()
    STOPPED.clear()
    try:
        with stoppable():
            return run_and_write(args)
    except KeyboardInterrupt:
        print('stopped: the same command goes on', file=sys.stderr)
        return 130


def run_and_write(args: argparse.Namespace) -> int:
    """See :func:`main`."""
    threads = max(1, (os.cpu_count() or 1) // args.jobs)
    failed = False
    for study in args.studies:
        if not args.summary_only:
            for made in study.prepare:
                if not (ROOT / made['makes']).exists():
                    print(f'python {made["command"]}', flush=True)
                    call(made['command'].split(), ROOT / study.folder / 'prepare.out', 1)
            failed |= not do_all(chosen(study, args), args.jobs, threads)
    for study in args.studies:  # after all runs, which say whether files of the checkout changed
        write(study, ROOT / args.out)
        print(f'{args.out}/{study.name}.md')
    if args.out == EVIDENCE:
        write_metafiles()
    return int(failed)


if __name__ == '__main__':
    sys.exit(main())
