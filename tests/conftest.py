"""Fixtures: generated clips, real clips where there are any, and small configs."""

import importlib.util
import os
import shutil
import tempfile
from multiprocessing.util import Finalize
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings
from mmengine.registry import init_default_scope

import tev_mmaction  # noqa: F401  (registers the components)
from browser import Browser
from helpers import ROOT, write_clip
from official_files import (
    make_diving48,
    make_hmdb51,
    make_kinetics400,
    make_motion_sets,
    make_ucf101,
)

REAL_CLIPS = Path(os.environ.get('TEV_REAL_CLIPS', ROOT / '..' / 'shared' / 'data'))


# The networks of the tests are tiny: threads that wait for one another cost more than they bring.
torch.set_num_threads(1)
# A test that forks would wait for ever for threads that OpenCV had started: it starts none.
cv2.setNumThreads(1)

# The same examples on every machine, however slow it is.
settings.register_profile(
    'suite', deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile('suite')


# Rooms of `make test-fast`, and their files that take more than some seconds of CPU time. All else
# is marked `slow`: runs of tools, videos that are encoded, every config.
FAST_ROOMS = ('evaluation', 'models', 'motion', 'narration', 'temporal')
FAST_FILES = (
    'datasets/test_clip_samplers.py',
    'datasets/test_color_operations.py',
    'datasets/test_decode_plan.py',
    'datasets/test_list_lines.py',
    'datasets/test_spatial_ids.py',
    'test_docs.py',
    'test_docstrings.py',
    'test_doctests.py',
    'test_notebooks.py',
    'test_pipelines.py',
    'test_texts.py',
)
SLOW_FILES = (
    'evaluation/test_equivariance_metric.py',
    'evaluation/test_feature_metric.py',
    'models/test_distributed.py',
    'models/test_s3dg.py',
    'models/test_s3dg_training.py',
)


# They run first, lest one process has to wait for the other at the end.
LONG_FILES = (
    'tools/test_evidence.py',
    'test_every_config.py',
    'e2e/test_train.py',
    'e2e/test_stopped.py',
    'tools/test_benchmark_scripts.py',
    'weights/test_trained_weights.py',
)


MEMORY, ROOM = '/dev/shm', 4 << 30


def pytest_configure():
    """Let tests write to memory: to flush a file or remove a folder takes a disk milliseconds.

    Where there is no room, or where TMPDIR is set, they write to the usual place.
    """
    if 'TMPDIR' in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if os.statvfs(MEMORY).f_flag & os.ST_NOEXEC or shutil.disk_usage(MEMORY).free < ROOM:
        return
    folder = tempfile.mkdtemp(prefix='pytest-memory-', dir=MEMORY)
    os.environ['TMPDIR'] = tempfile.tempdir = folder  # processes of xdist inherit it
    # After that of the temporary folder of multiprocessing, which is in it.
    Finalize(None, shutil.rmtree, (folder, True), exitpriority=-200)


def file_of(item):
    return item.path.relative_to(Path(__file__).parent).as_posix()


def pytest_collection_modifyitems(items):
    """Mark the slow tests, see `FAST_ROOMS`, and put those of `LONG_FILES` first."""
    for item in items:
        file = file_of(item)
        fast = file.startswith(tuple(f'{room}/' for room in FAST_ROOMS)) or file in FAST_FILES
        if not fast or file in SLOW_FILES:
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: file_of(item) not in LONG_FILES)


@pytest.fixture
def cuda() -> str:
    """A GPU; tests that need one are skipped elsewhere."""
    if not torch.cuda.is_available():
        pytest.skip('no GPU')
    return 'cuda'


@pytest.fixture
def gpu(request) -> str:
    """As `cuda`; with TEV_GPU=cpu, the CPU, to rehearse a test where there is no GPU."""
    return 'cpu' if os.environ.get('TEV_GPU') == 'cpu' else request.getfixturevalue('cuda')


@pytest.fixture(autouse=True)
def _default_scope():
    init_default_scope('mmaction')


@pytest.fixture(scope='session')
def real_clips() -> Path:
    """Folder of real clips; tests that need it are skipped where it is absent."""
    if not REAL_CLIPS.is_dir():
        pytest.skip(f'no real clips at {REAL_CLIPS}: set TEV_REAL_CLIPS to their folder')
    return REAL_CLIPS


@pytest.fixture(scope='session')
def clips(tmp_path_factory) -> Path:
    """Folder of 12 generated h264 clips of 40 to 95 frames, 64x48, with a list ``train.txt``.

    The colour of a picture tells which frame it is, see :func:`helpers.frame_of`.
    """
    folder = tmp_path_factory.mktemp('clips')
    lines = []
    for number in range(12):
        name = f'sub {number % 2}/clip_{number:02d}.mp4'
        write_clip(folder / name, num_frames=40 + 5 * number)
        lines.append(f'{name} {number % 3}\n')
    (folder / 'train.txt').write_text(''.join(lines))
    return folder


@pytest.fixture(scope='session')
def official_data(tmp_path_factory) -> Path:
    """A folder whose `data` has four data sets: full annotations, and empty files as videos.

    The annotations of three more are short.
    """
    root = tmp_path_factory.mktemp('official')
    for make in (make_ucf101, make_hmdb51, make_diving48, make_kinetics400):
        make(root / 'data' / make.__name__[len('make_') :])
    make_motion_sets(root / 'data')
    return root


@pytest.fixture(scope='session')
def export_tool():
    """The script as a module."""
    path = ROOT / 'tools/convert/export_backbone.py'
    spec = importlib.util.spec_from_file_location('export_backbone', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def browser(tmp_path_factory):
    """One for all tests of a module; skips them where there is none."""
    opened = Browser(tmp_path_factory.mktemp('profile'))
    yield opened
    opened.close()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
