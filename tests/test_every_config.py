"""Invariant 8: every config builds in a clean process, runs, and declares nothing in vain."""

import json
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from helpers import ROOT, write_clip

# Those of backbones/ are run by test_backbone_configs.py, which knows how to make each small.
CONFIGS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / 'configs').rglob('*.py')
    if '_base_' not in path.parts and path.parent.name != 'backbones'
)
PROCESSES = 2


@pytest.fixture(scope='module')
def facts(tmp_path_factory):
    """What :mod:`config_runs` found of every config."""
    folder = tmp_path_factory.mktemp('data')
    lines = []
    for number in range(23):
        name = f'{number}.mp4'
        if number < 4:
            write_clip(folder / name, 40 + 10 * number)
        else:
            os.link(folder / f'{number % 4}.mp4', folder / name)
        lines.append(f'{name} {number % 3}\n')
    lists = dict(train=lines[:8], gallery=lines[:20], query=lines[20:], classes='abc')
    for name, rows in lists.items():
        (folder / f'{name}.txt').write_text(
            '\n'.join(rows) + '\n' if name == 'classes' else ''.join(rows)
        )

    def run(paths):
        return subprocess.run(
            [sys.executable, str(ROOT / 'tests' / 'config_runs.py'), str(folder), *paths],
            cwd=ROOT,
            capture_output=True,
            text=True,
            env={**os.environ, 'OMP_NUM_THREADS': '1'},
        )

    with ThreadPoolExecutor(PROCESSES) as pool:
        runs = list(pool.map(run, [CONFIGS[first::PROCESSES] for first in range(PROCESSES)]))
    assert all(done.returncode == 0 for done in runs), runs[0].stderr[-3000:]
    return dict(json.loads(line) for done in runs for line in done.stdout.splitlines())


@pytest.mark.parametrize('path', CONFIGS)
def test_config_runs_and_every_argument_reaches_its_object(facts, path):
    found = facts[path]
    assert 'error' not in found, found['error']
    assert found['missing'] == []
    assert found['built'] > 10
    figures = found['figures']
    idle = figures.pop('idle', [])
    assert all(math.isfinite(value) for value in figures.values())
    if path.startswith(('configs/retrieval', 'configs/linear')):
        assert any('R@1' in name or 'top1' in name for name in figures)
    elif path.startswith('configs/equivariance'):
        assert 'equivariance/shift_r2' in figures
    else:
        assert figures['loss'] > 0 and idle == []  # every weight was trained
