"""Fixtures of the tests of the command-line tools."""

import importlib
import sys

import pytest
import torch

from benchmarks import FOLDER


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


@pytest.fixture(scope='session')
def folder(tmp_path_factory):
    """Where the video sets of the benchmarks are kept."""
    return tmp_path_factory.mktemp('sets')
