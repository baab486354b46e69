"""Run all benchmarks, each in a process of its own, and write their rows as Markdown.

    python tools/benchmarks/run_all.py [--only decode_pair loader]

The result is ``docs/benchmarks/<date>-<processor>.md``, or ``...-partial.md`` with ``--only``.
"""

import argparse
import datetime
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import torch
from measuring import Row, load_rows, skipped, table

from tev_mmaction.files import write_file

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BENCHMARKS = (
    'decode_pair',
    'file_to_pair',
    'loader',
    'colour_jitter',
    'losses',
    'model_step',
    'chunked_step',
    'opens',
    'data_list',
    'shards',
    'nearest_neighbours',
    'gpu_training',
)
# The benchmarks that read the generated videos, and so get the folder that these are kept in.
WITH_CLIPS = ('decode_pair', 'file_to_pair', 'loader', 'opens', 'shards', 'gpu_training')
# Benchmarks that print a report of their own.
REPORTS = ('chunked_step',)
# Smaller than their defaults, so that all run within a quarter of an hour.
SIZES = dict(
    data_list=['--repeats', '1', '--batches', '64', '512'],
    shards=['--videos', '64', '--repeats', '1', '--latencies', '20'],
    chunked_step=['--pairs', '8', '16', '--cost-pairs', '8'],
    nearest_neighbours=['--queries', '5000'],
)
PACKAGES = (
    'torch',
    'numpy',
    'av',
    'decord',
    'torchcodec',
    'opencv-python',
    'mmengine',
    'mmcv-lite',
    'mmaction2',
)
VERDICTS = ('reached', 'MISSED')
THREADS = dict(OMP_NUM_THREADS='1', MKL_NUM_THREADS='1', OPENBLAS_NUM_THREADS='1')


def processor() -> str:
    """Model of the processor."""
    found = re.search(r'^model name\s*:\s*(.+)$', Path('/proc/cpuinfo').read_text(), re.M)
    return found[1].strip() if found else platform.machine()


def commit() -> str:
    """Commit of the checkout, and whether it has changes that are not in it."""
    try:
        words = ['git', '-C', str(ROOT)]
        head = subprocess.run(
            [*words, 'rev-parse', '--short=12', 'HEAD'], capture_output=True, text=True, check=True
        )
        changes = subprocess.run(
            [*words, 'status', '--porcelain'], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return 'not a git checkout'
    return head.stdout.strip() + (', with uncommitted changes' if changes.stdout.strip() else '')


def machine() -> Dict[str, str]:
    """What the figures depend on."""
    pages, page = os.sysconf('SC_PHYS_PAGES'), os.sysconf('SC_PAGE_SIZE')
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f'{package} {version(package)}')
        except ImportError:
            versions.append(f'{package} not installed')
    gpus = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    return {
        'processor': f'{processor()}, {os.cpu_count()} cores',
        'GPU': ', '.join(gpus) or 'none',
        'memory': f'{pages * page / 2**30:.0f} GiB',
        'software': f'Python {platform.python_version()}, ' + ', '.join(versions),
        'commit': commit(),
        'threads': '1 a process (2 worker processes in the loader benchmark)',
    }


def run(name: str, clips: Optional[Path], options: List[str]) -> Tuple[List[Row], str]:
    """The rows of one benchmark, or its report; one row that says why, if there are none."""
    script = HERE / f'{name}.py'
    if not script.is_file():
        return [skipped(name, 'all', f'there is no {script.name}')], ''
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get('PYTHONPATH')]))
    environment = dict(os.environ, PYTHONPATH=path, **THREADS)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / 'rows.json'
        command = [sys.executable, str(script)]
        command += [] if name in REPORTS else ['--out', str(out)]
        command += [*SIZES.get(name, []), *options]
        if clips and name in WITH_CLIPS:
            command += ['--clips', str(clips)]
        pipe = subprocess.PIPE if name in REPORTS else None
        done = subprocess.run(command, env=environment, stdout=pipe, text=True)
        if done.returncode:
            return [skipped(name, 'all', f'FAILED, exit status {done.returncode}')], ''
        if name in REPORTS:
            print(done.stdout)
            return [], done.stdout.strip()
        return load_rows(out), ''


def markdown(
    rows: List[Row], reports: Dict[str, str], seconds: Dict[str, float], command: str, date: str
) -> str:
    """The whole document."""
    lines = [f'# Benchmarks, {date}', '', f'`{command}`', '']
    lines += [f'- {name}: {value}' for name, value in machine().items()]
    counts = {word: sum(word in row.verdict.split() for row in rows) for word in VERDICTS}
    lines += [
        '',
        'Medians, with the range of the repeats in brackets. Times are CPU times of all threads '
        'and worker processes (on a GPU, and of shards: wall-clock times); the sides of a row ran '
        'in turns. '
        'A ratio is that of the medians, its range that of the ratios of single turns. '
        'The module texts of `tools/benchmarks/` say what exactly is compared.',
        '',
        'Goals: ' + ', '.join(f'{count} {word}' for word, count in counts.items()) + '.',
        '',
        table(rows),
        '',
    ]
    for name, text in reports.items():
        lines += [f'## {name}', '', '```', text, '```', '']
    lines += [
        'Wall-clock time: ' + ', '.join(f'{k} {v:.0f} s' for k, v in seconds.items()) + '.',
        '',
    ]
    return '\n'.join(lines)


def main(argv=None) -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', nargs='+', default=BENCHMARKS, choices=BENCHMARKS)
    parser.add_argument('--clips', type=Path, help='folder of the generated videos')
    parser.add_argument('--repeats', type=int, help='default: that of each benchmark')
    parser.add_argument('--docs', type=Path, default=ROOT / 'docs/benchmarks')
    args = parser.parse_args(argv)
    options = [] if args.repeats is None else ['--repeats', str(args.repeats)]
    rows, reports, seconds = [], {}, {}
    for name in args.only:
        print(f'== {name}', flush=True)
        start = time.perf_counter()
        found, text = run(name, args.clips, options)
        rows += found
        if text:
            reports[name] = text
        seconds[name] = time.perf_counter() - start
    date = datetime.date.today().isoformat()
    slug = re.sub(r'[^a-z0-9]+', '-', processor().lower()).strip('-')
    args.docs.mkdir(parents=True, exist_ok=True)
    words, suffix = ['python tools/benchmarks/run_all.py', *options], ''
    if tuple(args.only) != BENCHMARKS:
        words, suffix = [*words, '--only', *args.only], '-partial'
    path = args.docs / f'{date}-{slug}{suffix}.md'
    write_file(path, markdown(rows, reports, seconds, ' '.join(words), date))
    print(f'written: {path}')


if __name__ == '__main__':
    main()
