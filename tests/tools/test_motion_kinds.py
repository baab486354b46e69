"""Lists of kinds of motion: every clip keeps its path, and opposite motions become one class."""

import csv
import runpy
import sys

import pytest
from mmengine.config import Config

from helpers import ROOT
from processes import run

TOOL = runpy.run_path(str(ROOT / 'tools/evidence/motion_kinds.py'))


@pytest.fixture(scope='module')
def benchmark(tmp_path_factory):
    """One subject in either part."""
    folder = tmp_path_factory.mktemp('benchmark')
    size = ['--num-frames', '12', '--size', '16', '--train-subjects', '1', '--test-subjects', '1']
    done = run('tools/data/make_motion_clips.py', folder, '--set', 'benchmark', *size)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_opposites_are_one_class(benchmark):
    TOOL['write_lists'](benchmark)
    data = Config.fromfile(
        ROOT / 'configs/studies/motion/evaluate-kinds_r3d10.py'
    ).test_dataloader.dataset
    for name in (data.gallery_ann_file, data.ann_file, data.class_file):
        assert (benchmark / name).is_file()
    kinds = (benchmark / 'classes_kinds.txt').read_text().split()
    assert len(kinds) == 7
    with (benchmark / 'manifest.csv').open(newline='') as stream:
        made = {row['path']: row['class_name'] for row in csv.DictReader(stream)}
    found = {}
    for part in ('train', 'test'):
        lines = (benchmark / f'{part}_kinds.txt').read_text().splitlines()
        paths = [line.rsplit(maxsplit=1)[0] for line in lines]
        original = (benchmark / f'{part}.txt').read_text().splitlines()
        assert paths == [line.rsplit(maxsplit=1)[0] for line in original]
        found.update(
            (path, kinds[int(line.rsplit(maxsplit=1)[1])]) for path, line in zip(paths, lines)
        )
    assert set(found) == set(made)
    groups = {}
    for path, motion in made.items():
        groups.setdefault(found[path], set()).add(motion)
    assert groups == {
        'travel-horizontal': {'travel-left', 'travel-right'},
        'travel-vertical': {'travel-up', 'travel-down'},
        'hop': {'hop-left', 'hop-right'},
        'spin': {'spin-clockwise', 'spin-counterclockwise'},
        'orbit': {'orbit-clockwise', 'orbit-counterclockwise'},
        'swing-horizontal': {'swing-horizontal'},
        'swing-vertical': {'swing-vertical'},
    }


def test_another_folder_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['tool', str(tmp_path)])
    with pytest.raises(SystemExit):
        TOOL['main']()
    assert 'has no classes.txt, train.txt, test.txt: make the benchmark' in capsys.readouterr().err
    (tmp_path / 'classes.txt').write_text('waving\n')
    for name in ('train', 'test'):
        (tmp_path / f'{name}.txt').write_text('a.mp4 0\n')
    with pytest.raises(ValueError, match='lacks the classes of the benchmark'):
        TOOL['write_lists'](tmp_path)
