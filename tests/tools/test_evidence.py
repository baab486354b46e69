"""Studies: a small slice of that of motion really runs."""

import importlib
import json
import os
import re
import signal
import time

import numpy as np
import pytest
from evidence_slice import CONFIG, STUDY, away, reports, running, slice_of
from PIL import Image

from helpers import ROOT
from processes import Started, run
from tev_mmaction.visualization.curves import TaskCurve


@pytest.fixture(scope='module')
def ran(evidence, tmp_path_factory):
    """The slice: 48 clips to train on, 12 to test on, 12 iterations; its folder."""
    folder = tmp_path_factory.mktemp('slice')
    size = ['--num-frames', 64, '--size', 32, '--train-subjects', 4, '--test-subjects', 1]
    tool = 'tools/data/make_motion_clips.py'
    assert run(tool, folder / 'data', '--set', 'benchmark', *size).returncode == 0
    base = str(ROOT / 'configs/studies/motion/tev_r3d10.py')
    (folder / 'small.py').write_text(CONFIG.format(base=base))
    text = STUDY.format(data=str(folder / 'data'), config=str(folder / 'small.py'))
    (folder / 'slice.py').write_text(text)
    assert evidence(*slice_of(folder), '--rows', 'random', '--seeds', 1) == 0
    assert [path.name for path in (folder / 'work/slice').glob('*/seed*')] == ['seed1']
    assert evidence(*slice_of(folder)) == 0
    return folder


@pytest.fixture
def summary(evidence):
    return importlib.import_module('summary')


@pytest.fixture
def study(ran, study_module):
    return study_module.Study(ran / 'slice.py', ran / 'work')


def test_figures_are_those_of_the_tests(ran):
    facts = json.loads((ran / 'out/slice.json').read_text())
    assert {row: set(found) for row, found in facts['rows'].items()} == dict(
        flow={'nn1', 'svm', 'way'}, all={'nn1', 'svm', 'way', 'shift'}, random={'nn1', 'svm', 'way'}
    )
    assert facts['chance']['nn1'] == pytest.approx(100 / 12, abs=0.01)
    for row in ('all', 'random'):
        values = []
        for seed in (0, 1):
            (path,) = (ran / f'work/slice/{row}/seed{seed}/features').glob('*/evaluation_test.json')
            report = json.loads(path.read_text())
            values.append(100 * report['evaluations'][0]['results']['nn1'])
            assert (report['loaded_from'] is None) == (row == 'random')
        found = facts['rows'][row]['nn1']
        assert found['values'] == pytest.approx(values, abs=1e-3)
        assert found['mean'] == pytest.approx(np.mean(values), abs=1e-3)
        assert found['std'] == pytest.approx(np.std(values, ddof=1), abs=1e-3)


def test_seeds_give_other_weights(ran):
    prints = set()
    for path in reports(ran):
        if path.parts[-3] == 'features' and path.parts[-5] != 'flow':
            prints.add(json.loads(path.read_text())['fingerprint'])
    assert len(prints) == 4


def test_page(ran):
    page = (ran / 'out/slice.md').read_text()
    assert '| `all` | ' in page and '| chance | 8.3 | 8.3 | 50.0 | 0.0 |' in page
    record = json.loads((ran / 'work/slice/all/seed1/run.json').read_text())
    assert len(record['commands']) == 3
    assert all(command['command'] in page for command in record['commands'])
    assert record['commits'][0].split()[0] in page
    pictures = re.findall(r'!\[.*?\]\((.+?)\)', page)
    kinds = ('bars', 'lines', 'curves', 'matrix_all')
    assert pictures == [f'slice_{kind}.png' for kind in kinds]
    commands = [command['command'] for command in record['commands']]
    assert sum(command.endswith('randomness.seed=1') for command in commands) == 1
    for name in pictures:
        with Image.open(ran / 'out' / name) as picture:
            picture.load()
            assert min(picture.size) > 200


def test_bars_are_the_means_of_the_rows_that_have_a_figure(ran, study):
    bars = importlib.import_module('bars')
    facts = json.loads((ran / 'out/slice.json').read_text())
    (axes,) = bars.draw_bars(study, facts, study.bars[0]).axes
    drawn = {bar.get_label(): [each.get_height() for each in bar] for bar in axes.containers[1::2]}
    assert drawn == {
        row: [found[name]['mean'] for name in ('nn1', 'shift') if name in found]
        for row, found in facts['rows'].items()
    }
    assert [label.get_text() for label in axes.get_xticklabels()] == ['1-NN', 'R2']


def test_lines_go_through_the_means_of_what_was_run(ran, study):
    bars = importlib.import_module('bars')
    rows = json.loads((ran / 'out/slice.json').read_text())['rows']
    (axes,) = bars.draw_lines(dict(rows=rows), study.lines[0]).axes
    (line, *_) = axes.containers[0]
    assert line.get_xdata().tolist() == [1, 20]  # random weights have no shift
    assert line.get_ydata().tolist() == [rows['all']['nn1']['mean'], rows['random']['svm']['mean']]
    assert axes.get_xscale() == 'log'


def test_features_without_weights_are_measured_once(ran):
    facts = json.loads((ran / 'out/slice.json').read_text())
    (path,) = [path for path in reports(ran) if path.parts[-5] == 'flow']
    report = json.loads(path.read_text())
    assert (report['backbone'], report['loaded_from']) == ('HandMadeFlow', None)
    evaluation = report['evaluations'][0]
    assert evaluation['protocol']['name'] == 'hand-made flow'
    assert facts['rows']['flow']['nn1']['values'] == [
        pytest.approx(100 * evaluation['results']['nn1'], abs=1e-3)
    ]
    page = (ran / 'out/slice.md').read_text()
    (line,) = [line for line in page.splitlines() if line.startswith('| `flow` |')]
    assert '±' not in line and line.endswith('| – |')


def test_rows_whose_runs_are_gone_stay_with_their_commits(ran, study, tmp_path, summary):
    """The folder of the runs of one row is away: its figures, commands and curves are not."""
    out = tmp_path / 'out'
    summary.write(study, out)
    before = json.loads((out / 'slice.json').read_text())
    for figure in before['rows']['all'].values():
        figure['commits'] = ['0123abc']
    (out / 'slice.json').write_text(json.dumps(before))
    with away(ran / 'work/slice/all'):
        summary.write(study, out)
        after = json.loads((out / 'slice.json').read_text())
        assert after['rows'] == before['rows'] and after['commands'] == before['commands']
        assert after['protocols'] == before['protocols'] and after['chance'] == before['chance']
        assert '0123abc' in after['commits']
        assert after['curves'] == {'slice_curves.png': ['all']}
        page = (out / 'slice.md').read_text()
        assert '- `all`: `0123abc`' in page and '![curves](slice_curves.png)' in page
        assert 'slice_matrix_all.png' in page
        summary.write(study, tmp_path / 'new')  # nothing was recorded there
        assert json.loads((tmp_path / 'new/slice.json').read_text())['rows']['all'] == {}


def test_seeds_whose_runs_are_gone_stay_beside_new_ones(ran, study, tmp_path, summary):
    """The first seed was run and deleted before the second: the page has both."""
    summary.write(study, tmp_path)
    whole = json.loads((tmp_path / 'slice.json').read_text())
    path = tmp_path / 'out/slice.json'
    with away(ran / 'work/slice/all/seed1'):
        summary.write(study, path.parent)
    before = json.loads(path.read_text())
    for figure in before['rows']['all'].values():
        assert figure['seeds'] == [0]
        figure['commits'] = ['0123abc']
    path.write_text(json.dumps(before))
    with away(ran / 'work/slice/all/seed0'):
        summary.write(study, path.parent)
    after = json.loads(path.read_text())
    for name, figure in whole['rows']['all'].items():
        found = after['rows']['all'][name]
        assert found == {**figure, 'commits': sorted({'0123abc', *figure['commits']})}
    assert after['commands'] == whole['commands']
    assert after['rows']['random'] == whole['rows']['random']


def test_a_row_that_some_seeds_are_missing_of_says_so(ran, study, tmp_path, summary):
    """It has the figures of those that are there; more seeds do not lose what was recorded."""
    summary.write(study, tmp_path)
    before = json.loads((tmp_path / 'slice.json').read_text())
    study.seeds = [0, 1, 2]
    with away(ran / 'work/slice/all'):
        summary.write(study, tmp_path)
    after = json.loads((tmp_path / 'slice.json').read_text())
    assert after['rows'] == before['rows'] and after['seeds'] == [0, 1, 2]
    lines = (tmp_path / 'slice.md').read_text().splitlines()
    starts = [line.split(' | ')[0] for line in lines if line.startswith('| `')]
    assert starts == ['| `flow`', '| `all` (2 of 3 seeds)', '| `random` (2 of 3 seeds)']


def test_fewer_seeds_are_those_that_are_shown(ran, study, tmp_path, summary):
    summary.write(study, tmp_path)
    recorded = json.loads((tmp_path / 'slice.json').read_text())
    recorded['machine'] = 'another processor'
    (tmp_path / 'slice.json').write_text(json.dumps(recorded))
    study.seeds = [0]
    with away(ran / 'work/slice/all'):
        summary.write(study, tmp_path)
    after = json.loads((tmp_path / 'slice.json').read_text())
    assert 'another processor' in after['machine'].split('; ')
    for name, figure in recorded['rows']['all'].items():
        found = after['rows']['all'][name]
        assert (found['seeds'], found['values']) == ([0], figure['values'][:1])


def test_curves_have_the_chance_of_every_task(ran, study, study_module, summary):
    chance = summary.guessing(study_module.Run(study, 'all', 0))
    assert chance.keys() == {'speed', 'direction', 'order'}
    assert chance['direction'] == pytest.approx(1 / 2, abs=0.02)
    assert 1 / 3 < chance['speed'] < 1 / 2  # 64 frames have little room for a speed of 4
    drawn = {axes.get_title(): axes for axes in summary.draw_training(study).axes}
    assert set(drawn) == {'equivariance', 'instance', *chance}
    for task, value in chance.items():
        (line,) = [each for each in drawn[task].lines if each.get_label() == 'chance']
        assert line.get_ydata()[0] == pytest.approx(value, abs=5e-4)


def test_pages_need_no_videos(ran, study, study_module, summary):
    with away(ran / 'data'):
        assert summary.guessing(study_module.Run(study, 'all', 0)) == {}


def test_rows_of_other_chance_have_their_own_line(ran, study, monkeypatch, summary):
    by_seed = {'seed0': 0.1, 'seed1': 0.4}
    monkeypatch.setattr(summary, 'guessing', lambda run: {})
    monkeypatch.setattr(
        summary,
        'read_curves',
        lambda folder: [TaskCurve('order', [1], [1.0], [0.5], by_seed[folder[-5:]])],
    )
    (axes,) = summary.draw_training(study).axes
    dashed = [line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == '--']
    assert dashed == [0.1, 0.4]


def test_nothing_is_done_twice_and_what_is_cut_off_goes_on(ran, evidence):
    """Of what was done, the training of one run is cut back to its first epoch."""
    before = reports(ran)
    folder = ran / 'work/slice/all/seed0'
    (folder / 'epoch_2.pth').unlink()
    (folder / 'last_checkpoint').write_text(str(folder / 'epoch_1.pth'))
    assert evidence(*slice_of(ran)) == 0
    record = json.loads((folder / 'run.json').read_text())
    assert record['commands'][3]['command'].endswith('--resume')
    assert (folder / 'epoch_2.pth').exists()
    again = set(reports(ran)) - set(before)
    assert all(reports(ran)[path] == before[path] for path in before)
    assert {path.relative_to(ran / 'work/slice').parts[:3] for path in again} == {
        ('all', 'seed0', test) for test in ('features', 'equivariance')
    }


def test_weights_of_another_study(ran, study, evidence, tmp_path, capsys):
    """They are tested without training; where they are missing, it is said, and the rest is run."""
    rows = "borrowed=dict(weights='slice/all'),\n    lost=dict(weights='slice/none'))\ntests"
    text = re.sub(r'flow=.*?\ntests', lambda _: rows, (ran / 'slice.py').read_text(), flags=re.S)
    text = text.replace('seeds = (0, 1)', 'seeds = (1,)').replace("('all',)", "('borrowed',)")
    text = text.replace("row='all'", "row='borrowed'")
    text = re.sub(r'\nlines = .*', '', text)
    (tmp_path / 'other.py').write_text(text)
    places = ['--work-dir', ran / 'work', '--out', tmp_path / 'out']
    assert evidence(tmp_path / 'other.py', *places) == 1
    message = 'slice/none/seed1 has no finished training: run the study slice first'
    assert message in capsys.readouterr().err
    facts = [json.loads(path.read_text()) for path in (tmp_path / 'out').glob('*.json')]
    known = json.loads((ran / 'out/slice.json').read_text())['rows']['all']
    for name in ('nn1', 'svm', 'shift'):
        assert facts[0]['rows']['borrowed'][name]['values'] == known[name]['values'][1:]
    page = (tmp_path / 'out/other.md').read_text()
    assert '**Not run yet**: lost.' in page
    with away(ran / 'work/slice/all'):  # as a folder that was deleted to make room
        assert evidence(tmp_path / 'other.py', *places, '--summary-only') == 0
    assert (tmp_path / 'out/other.md').read_text() == page


def test_a_stopped_call_ends_its_trainings_and_notes_them(ran, tmp_path):
    """By SIGTERM to this process alone, as job schedulers and `kill` send it."""
    words = [ran / 'slice.py', '--jobs', 1, '--work-dir', tmp_path / 'work', '--out', tmp_path]
    started = Started('tools/evidence/run.py', *words, '--rows', 'all', '--seeds', 0)
    noted = tmp_path / 'work/slice/all/seed0/run.json'
    deadline = time.monotonic() + 60
    while not noted.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    assert started.poll() is None
    os.kill(started.pid, signal.SIGTERM)
    out, errors = started.communicate()
    assert started.returncode == 130 and 'stopped: the same command goes on' in errors, errors
    (command,) = json.loads(noted.read_text())['commands']
    assert ' tools/train.py ' in command['command'] and command['seconds'] is None
    assert not [words for words in running() if str(tmp_path) in words]
