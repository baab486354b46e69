"""The wheel carries configs and tools, and works from where it is installed."""

import configparser
import importlib
import os
import subprocess
import sys
import zipfile

import pytest

from helpers import ROOT


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp('wheel')
    # a copy of the tracked files: building leaves folders behind
    source = tmp_path_factory.mktemp('source')
    tracked = subprocess.run(['git', 'ls-files'], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip('not a git checkout')
    for name in tracked.stdout.splitlines():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [
            sys.executable,
            '-m',
            'pip',
            'wheel',
            '--quiet',
            '--no-deps',
            '--no-build-isolation',
            '-w',
            out,
            source,
        ],
        check=True,
    )
    return next(out.glob('*.whl'))


def test_the_wheel_carries_configs_and_tools_of_mim(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        'model-index.yml',
        'configs/studies/motion/metafile.yml',
        'configs/tev_r2plus1d_k400.py',
        'configs/_base_/default_runtime.py',
        'tools/train.py',
        'tools/dist_train.sh',
        'tools/data/index_videos.py',
    ):
        assert f'tev_mmaction/.mim/{name}' in names
    assert {'tev_mmaction/temporal/clip.py', 'tev_mmaction/py.typed'} <= names
    assert not [name for name in names if name.startswith(('tests/', 'tools/', 'configs/'))]


def test_the_wheel_installs_commands_that_exist(wheel):
    archive = zipfile.ZipFile(wheel)
    file = next(name for name in archive.namelist() if name.endswith('/entry_points.txt'))
    parser = configparser.ConfigParser()
    parser.read_string(archive.read(file).decode())
    commands = dict(parser['console_scripts'])
    assert set(commands) == {'tev-embed', 'tev-report', 'tev-search'}
    for target in commands.values():
        module, _, name = target.partition(':')
        assert callable(getattr(importlib.import_module(module), name))
        assert f'{module.replace(".", "/")}.py' in archive.namelist()


def test_training_from_the_installed_wheel(wheel, clips, tmp_path):
    """As `mim train tev_mmaction`, by a config that inherits by name; no checkout is in reach."""
    zipfile.ZipFile(wheel).extractall(tmp_path / 'site')
    (tmp_path / 'mine.py').write_text("_base_ = ['tev_mmaction::tev_r3d18_ucf101.py']\n")
    mim = tmp_path / 'site/tev_mmaction/.mim'
    done = subprocess.run(
        [
            sys.executable,
            mim / 'tools/train.py',
            'mine.py',
            '--work-dir',
            tmp_path / 'work',
            '--cfg-options',
            'train_cfg.max_epochs=1',
            f'train_dataloader.dataset.data_root={clips}',
            'train_dataloader.dataset.ann_file=train.txt',
            'model.backbone.base_channels=4',
            'model.feature_dim=32',
            'train_dataloader.batch_size=6',
            'train_dataloader.dataset.data_prefix.video=',
            'train_dataloader.num_workers=0',
            'train_dataloader.dataset.clip_sampler.clip_len=4',
            'train_dataloader.dataset.pipeline.0.size=16',
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, 'PYTHONPATH': str(tmp_path / 'site')},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / 'work/epoch_1.pth').exists()
