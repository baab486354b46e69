"""Configs of the package by name, from any folder."""

import subprocess
import sys

import pytest
from mmengine.config import Config

import tev_mmaction
from helpers import ROOT
from tev_mmaction.engine.launch import read_config
from tev_mmaction.packaged import config_file, find_config, folder

NAME = 'finetune/frozen_r3d18_ucf101-split1.py'


def written(tmp_path, base):
    path = tmp_path / 'mine.py'
    path.write_text(f'_base_ = [{base}]\nwork_dir = _base_.default_scope\n')
    return path


def test_a_config_inherits_by_name_as_it_would_by_path(tmp_path):
    named = Config.fromfile(written(tmp_path, f"'tev_mmaction::{NAME}'")).to_dict()
    by_path = Config.fromfile(written(tmp_path, repr(str(ROOT / 'configs' / NAME)))).to_dict()
    assert named == by_path and named['work_dir'] == 'mmaction'
    assert '_scope_' not in str(named)


def test_several_bases_stock_ones_among_them(tmp_path):
    base = "'mmaction::_base_/default_runtime.py', 'tev_mmaction::_base_/linear_probe.py'"
    path = tmp_path / 'mine.py'
    path.write_text(f'_base_ = [{base}]\n')
    cfg = Config.fromfile(path)
    assert cfg.linear_probe_optim_wrapper.optimizer.lr == 0.01 and 'visualizer' in cfg


def test_the_line_that_works_with_tools_that_know_nothing_of_the_package(tmp_path):
    path = written(tmp_path, f"__import__('tev_mmaction').config_file({NAME!r})")
    code = f'from mmengine.config import Config; print(Config.fromfile({str(path)!r}).load_from)'
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == 'work_dirs/tev_r3d18_k400/epoch_200.pth'


@pytest.mark.parametrize(
    'wrong, hint',
    [
        ('finetune/frozen_r3d18_ucf101.py', f'Did you mean tev_mmaction::{NAME}'),
        ('frozen_r3d18_ucf101-split1.py', f'Did you mean tev_mmaction::{NAME}?'),
        ('x', 'All of them are in '),
    ],
)
def test_a_name_that_is_none_is_answered_with_those_that_are(tmp_path, wrong, hint):
    path = written(tmp_path, f"'tev_mmaction::{wrong}'")
    for attempt in (
        lambda: config_file(wrong),
        lambda: read_config(f'tev_mmaction::{wrong}'),
        lambda: read_config(str(path)),
    ):
        with pytest.raises(ValueError, match=f'tev_mmaction::{wrong} is no config') as error:
            attempt()
        assert hint in str(error.value)


def test_where_a_config_is_asked_for_a_name_does(tmp_path):
    assert find_config('my/config.py') == 'my/config.py'
    assert find_config(f'tev_mmaction::{NAME}') == tev_mmaction.config_file(NAME)
    cfg = read_config(f'tev_mmaction::{NAME}')
    assert cfg.filename == config_file(NAME) and cfg.model.backbone.frozen_stages == 4


def test_folders():
    assert (folder('tools') / 'train.py').samefile(ROOT / 'tools' / 'train.py')
    with pytest.raises(ValueError, match='one of configs, tools'):
        folder('docs')
