"""Invariant 8: every config builds in a clean process, runs, and declares nothing in vain."""

import json
import math
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from mmengine.config import Config

import config_table
import tiny_backbones
from helpers import ROOT, write_clip
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.motion import MotionTracks, measure
from tev_mmaction.narration import Vocabulary

CONFIGS = [
    path.relative_to(ROOT).as_posix()
    for path in config_table.CONFIGS
    if tiny_backbones.is_installed(path.stem)
]
PROCESSES = 2
STUDIES = ('motion', 'real')
FEATURES = (
    *('configs/retrieval', 'configs/linear'),
    *('configs/studies/demo/evaluate', 'configs/studies/motion/evaluate'),
    *(f'configs/studies/{study}/{kind}' for study in STUDIES for kind in ('flow', 'appearance')),
    *(f'configs/studies/real/{name}' for name in ('gestures', 'jhmdb', 'weizmann')),
    *('configs/own/evaluate', 'configs/own/flow'),
)
EQUIVARIANCE = (
    *('configs/studies/demo/equivariance', 'configs/studies/motion/equivariance'),
    'configs/studies/motion/relative-vectors',
)


def moving_to(number):
    """Pictures of a texture that moves, to another side in every video."""
    texture = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    texture = texture.repeat(4, axis=0).repeat(4, axis=1)
    down, right = ((0, 1), (1, 0), (0, -1), (-1, 0))[number]

    def picture(index):
        moved = texture.copy()
        moved[8:40, 8:56] = np.roll(texture, (index * down, index * right), (0, 1))[8:40, 8:56]
        return moved

    return picture


def write_narrations(folder, paths):
    """A list of sentences, one of them per video, and their words."""
    spoken = [
        dict(path=path, start=0.5, end=1, text=f'it moves to {n % 4}')
        for n, path in enumerate(paths)
    ]
    (folder / 'sentences.jsonl').write_text(''.join(f'{json.dumps(each)}\n' for each in spoken))
    (folder / 'words.txt').write_text(Vocabulary.of_texts([s['text'] for s in spoken]).text())


def write_people(folder, paths):
    """A scene of every video, and boxes of one person in those of even number."""
    scenes = ''.join(f'{path} {n % 3}\n' for n, path in enumerate(paths))
    (folder / 'scenes.csv').write_text(scenes)
    boxes = [f'{path},{i},0.1,0.1,0.5,0.9,0.8\n' for path in paths[::2] for i in range(80)]
    (folder / 'boxes.csv').write_text('path,frame,x1,y1,x2,y2,score\n' + ''.join(boxes))


@pytest.fixture(scope='module')
def facts(tmp_path_factory):
    """What :mod:`config_runs` found of every config."""
    folder = tmp_path_factory.mktemp('data')
    lines = []
    for number in range(23):
        name = f'{number}.mp4'
        if number < 4:
            noise = np.random.default_rng(number).uniform(-0.5, 0.5, 16000 * (number + 4) // 10 * 4)
            write_clip(folder / name, 40 + 10 * number, color=moving_to(number), sound=noise)
        else:
            shutil.copyfile(folder / f'{number % 4}.mp4', folder / name)
        lines.append(f'{name} {number % 3}\n')
    for number in range(2):  # for clips of 16 frames at speed 8
        write_clip(folder / f'long_{number}.mp4', 130, color=moving_to(number))
        shutil.copyfile(folder / f'long_{number}.mp4', folder / f'long_{number + 2}.mp4')
    long = [f'long_{number}.mp4 0\n' for number in range(4)]
    lists = dict(long=long, train=lines[:8], gallery=lines[:20], query=lines[20:], classes='abc')
    for name, rows in lists.items():
        (folder / f'{name}.txt').write_text(
            '\n'.join(rows) + '\n' if name == 'classes' else ''.join(rows)
        )

    paths = [line.split()[0] for line in lists['train']]
    readers = [open_video(str(folder / path)) for path in paths]
    tracks = {p: measure(r.frames(range(len(r)))) for p, r in zip(paths, readers)}
    MotionTracks(tracks).save(str(folder / 'tracks.npz'))
    write_narrations(folder, paths)
    write_people(folder, paths)

    runs = [Run(folder, number) for number in range(PROCESSES)]
    yield lambda path: runs[CONFIGS.index(path) % PROCESSES].facts_of(path)
    for run in runs:
        run.process.kill()
        run.process.wait()


class Run:
    """A process that goes through its share of the configs while tests read what it found."""

    def __init__(self, folder, number):
        self.errors = folder / f'errors_{number}.txt'
        with self.errors.open('w') as errors:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, str(ROOT / 'tests' / 'config_runs.py'), str(folder)),
                    *CONFIGS[number::PROCESSES],
                ],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, 'OMP_NUM_THREADS': '1'},
            )
        self.found = {}

    def facts_of(self, path):
        while path not in self.found:
            line = self.process.stdout.readline()
            assert line, self.errors.read_text()[-3000:]
            self.found.update([json.loads(line)])
        return self.found[path]


@pytest.mark.parametrize('path', CONFIGS)
def test_config_runs_and_every_argument_reaches_its_object(facts, path):
    found = facts(path)
    assert 'error' not in found, found['error']
    assert found['missing'] == []
    assert found['built'] > 10
    figures = found['figures']
    idle = figures.pop('idle', [])
    assert all(math.isfinite(value) for value in figures.values())
    if path.startswith(FEATURES):
        assert any('R@1' in name or 'top1' in name for name in figures)
    elif path.startswith(EQUIVARIANCE):
        assert 'equivariance/shift_r2' in figures
    elif path.startswith('configs/studies/motion/tasks'):
        assert 0 <= figures['tasks/acc_equivariance'] <= 1
    elif path.startswith('configs/baselines/xdc'):  # its first epoch collects features
        assert figures['loss'] == 0
    elif path.startswith('configs/studies/motion/retrieve-text'):
        assert 0 <= figures['text_to_video/R@1'] <= 1
    else:
        assert figures['loss'] > 0
        if '/backbones/' not in path:  # blocks that start as identities take more than a step
            declared = Config.fromfile(ROOT / path).get('find_unused_parameters', False)
            assert bool(idle) == declared
            assert all(name.startswith('backbone.layer4.') for name in idle)
