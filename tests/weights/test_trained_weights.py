"""Networks of the package come from the commands of their records, and reach their figures."""

import importlib
import json
import shlex
import sys

import pytest
from mmengine.dataset import DefaultSampler

import processes
from helpers import ROOT
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.evaluation import EvaluationRecord
from tev_mmaction.motion import MotionTracks, measure
from tev_mmaction.weights import get_weights, list_weights

pytestmark = pytest.mark.slow

CONFIG = """
_base_ = [{base!r}]
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=1)
train_dataloader = dict(num_workers=0, persistent_workers=False)
default_hooks = dict(logger=dict(interval=1), checkpoint=dict(by_epoch=False))
"""
BATCH = 48
FIGURES = (('RetrievalMetric', 'nn1'), ('LinearProbeMetric', 'top1'))
# On 36 clips, when the networks were added.
FOUND = {'r3d10-motion': (28 / 36, 28 / 36), 'r3d18-motion': (23 / 36, 28 / 36)}


@pytest.fixture
def tool(monkeypatch):
    """The tool that makes clips, as a module."""
    monkeypatch.syspath_prepend(str(ROOT / 'tools' / 'data'))
    return importlib.import_module('make_motion_clips')


def run(*arguments):
    done = processes.run(*arguments)
    assert done.returncode == 0, done.stderr[-3000:]


def first_clips(tool, monkeypatch, folder, command):
    """The whole list that a command makes, and of its clips those of the first batch."""
    _, *arguments = shlex.split(command)[1:]
    monkeypatch.setattr(sys, 'argv', ['make_motion_clips.py', str(folder), *arguments[1:]])
    args = tool.parse_args()
    common = dict(folder=folder, seed=args.seed, num_frames=args.num_frames, size=args.size)
    (folder / 'train').mkdir(parents=True)
    if args.set == 'varied':
        lines = [f'train/{number:05d}.mp4' for number in range(args.num_videos)]
    else:
        clips = [(n, label) for n in range(args.train_subjects) for label in range(12)]
        lines = [f'train/{n:03d}_{tool.CLASSES[label]}.mp4 {label}' for n, label in clips]
    (folder / 'train.txt').write_text(''.join(f'{line}\n' for line in lines))
    names = []
    first = list(DefaultSampler(lines, shuffle=True, seed=0))[:BATCH]
    for number in {*first, *range(8)}:  # a dataset looks whether any of its first eight exists
        if args.set == 'varied':
            names.append(tool.make_varied(number, **common))
        else:
            names.append(tool.make_clip(('train', number), **common)['path'])
        assert lines[number].split()[0] == names[-1]
    return names


@pytest.mark.parametrize('name', list_weights())
def test_the_first_step_of_the_first_training_is_the_recorded_one(
    name, tool, monkeypatch, tmp_path
):
    """All losses but that of motion, whose targets are normalised by all 4,800 clips."""
    training = get_weights(name).training
    data = tmp_path / 'data'
    clips, *_ = (step['command'] for step in training['steps'])
    names = first_clips(tool, monkeypatch, data, clips)
    readers = {path: open_video(str(data / path)) for path in names}
    tracks = {path: measure(each.frames(range(len(each)))) for path, each in readers.items()}
    MotionTracks(tracks).save(str(tmp_path / 'tracks.npz'))
    trainings = [shlex.split(step['command']) for step in training['steps']]
    words = next(words for words in trainings if words[1] == 'tools/train.py')
    (tmp_path / 'one_step.py').write_text(CONFIG.format(base=str(ROOT / words[2])))
    seed = ['--seed', words[words.index('--seed') + 1]]
    data_root = f'train_dataloader.dataset.data_root={data}'
    tracks = f'train_dataloader.dataset.pipeline.1.tracks={tmp_path / "tracks.npz"}'
    config = [tmp_path / 'one_step.py', '--work-dir', tmp_path / 'work']
    run('tools/train.py', *config, *seed, '--cfg-options', data_root, tracks)
    (scalars,) = (tmp_path / 'work').glob('*/vis_data/scalars.json')
    step = json.loads(scalars.read_text())
    found = {key: step[key] for key in training['first_step']}
    assert len(found) == 4 and found == pytest.approx(training['first_step'], rel=1e-3)


@pytest.fixture(scope='module')
def few_clips(tmp_path_factory):
    """Five subjects of the motion benchmark's training clips, and three of its test: 60, 36."""
    folder = tmp_path_factory.mktemp('benchmark')
    counts = ['--train-subjects', 5, '--test-subjects', 3]
    run('tools/data/make_motion_clips.py', folder, '--set', 'benchmark', *counts)
    return folder


@pytest.mark.parametrize('name', list_weights())
def test_it_reaches_its_figures_on_some_of_the_motion_benchmark(name, few_clips, tmp_path):
    record = get_weights(name)
    command = next(r['command'] for r in record.results if r['figure'].startswith('motion bench'))
    _, *arguments = shlex.split(command)
    options = [] if '--cfg-options' in arguments else ['--cfg-options']
    options.append(f'test_dataloader.dataset.data_root={few_clips}')
    run(*arguments[:3], '--work-dir', tmp_path, *arguments[3:], *options)
    (path,) = tmp_path.glob('*/evaluation_test.json')
    evaluation = EvaluationRecord.read(path)
    assert evaluation.fingerprint == record.fingerprint
    results = {each.metric: each.results for each in evaluation.evaluations}
    found = [results[metric][key] for metric, key in FIGURES]
    assert found == pytest.approx(FOUND[name], abs=1.5 / 36)  # a clip that is on the edge
