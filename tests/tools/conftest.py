"""Fixtures of the tests of the command-line tools."""

import importlib
import runpy
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmarks import FOLDER
from helpers import ROOT, write_clip
from processes import Calls

TOOL = str(ROOT / 'tools/data/cache_videos.py')


@pytest.fixture
def bench(monkeypatch):
    """Imports a benchmark by name, as a script finds its neighbours."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delenv('TEV_REAL_CLIPS', raising=False)
    threads = torch.get_num_threads()
    yield importlib.import_module
    torch.set_num_threads(threads)
    for path in FOLDER.glob('*.py'):
        sys.modules.pop(path.stem, None)


@pytest.fixture(scope='module')
def motion_benchmark():
    """The module of this name, which ``make_motion_clips.py`` finds beside itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / 'tools' / 'data'))
        yield importlib.import_module('motion_benchmark')
        sys.modules.pop('motion_benchmark')


@pytest.fixture(scope='session')
def folder(tmp_path_factory):
    """Where the video sets of the benchmarks are kept."""
    return tmp_path_factory.mktemp('sets')


@pytest.fixture
def tool(capsys):
    """The tool within this process: its exit status, what it prints, and its errors."""
    main = runpy.run_path(TOOL)['main']

    def run(*arguments):
        status = main(['--num-workers', '0', '--short-side', '32', *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


@pytest.fixture(scope='module')
def noise(tmp_path_factory):
    """16 videos of 64x48 whose cached files take some room and time, with a list."""
    root, rng = tmp_path_factory.mktemp('noise'), np.random.default_rng(0)
    colors = rng.integers(0, 256, (90, 48, 64, 3))
    names = [f'class {number % 2}/{number:02d}.mp4' for number in range(16)]
    for number, name in enumerate(names):
        write_clip(root / 'videos' / name, 60 + number, color=lambda index: colors[index])
    (root / 'train.txt').write_text(''.join(f'{name} 0\n' for name in names))
    return root


@pytest.fixture(scope='module')
def study_module():
    """The module of studies, as a script finds its neighbour."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / 'tools' / 'evidence'))
        yield importlib.import_module('study')
        for name in ('study', 'summary', 'record', 'metafiles'):
            sys.modules.pop(name, None)


@pytest.fixture(scope='module')
def evidence():
    """Calls ``tools/evidence/run.py`` with arguments, in this process; what it returns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / 'tools' / 'evidence'))
        tool = importlib.import_module('run')
        calls = Calls()

        def done(*words, **options):
            code = calls(*words, **options).returncode
            return SimpleNamespace(wait=lambda: code, returncode=code)

        patch.setattr(tool, 'subprocess', SimpleNamespace(Popen=done, STDOUT=subprocess.STDOUT))

        def call(*words):
            patch.setattr(sys, 'argv', ['run.py', *map(str, words)])
            return tool.main()

        yield call
        for name in ('run', 'study', 'summary', 'record', 'bars', 'metafiles'):
            sys.modules.pop(name, None)
