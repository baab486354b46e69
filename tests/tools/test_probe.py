"""tools/analysis/probe.py on made-up features in a folder."""

import json
import runpy

import numpy as np
import pytest
from PIL import Image

from apis.stored import store
from helpers import ROOT
from tev_mmaction.datasets.few_labels import draw_few

FAST = ('--steps', '12', '--rates', '1e-2', '3e-2', '--decays', '0.01', '--costs', '1e-3', '1e-2')
CLASSES, CUTS, SOURCES = 3, 4, 30  # cuts of a source


@pytest.fixture
def features(tmp_path, rng, monkeypatch):
    """Videos of three classes; four are cut from each source. Two lists, and their table."""
    monkeypatch.chdir(tmp_path)
    names = [f'{source}/cut {cut}.mp4' for source in range(SOURCES) for cut in range(CUTS)]
    labels = np.repeat(np.arange(SOURCES) % CLASSES, CUTS)
    maps = rng.normal(size=(len(names), 1, 2, 2, 6)).astype(np.float32)
    maps[np.arange(len(names)), ..., labels] += 3
    store(tmp_path / 'maps', list(maps), names=names)
    lines = [f'{name} {label}\n' for name, label in zip(names, labels)]
    (tmp_path / 'train.txt').write_text(''.join(lines[:84]))
    (tmp_path / 'test.txt').write_text(''.join(lines[84:]))
    rows = [f'{name},source {name.split("/")[0]}\n' for name in names]
    (tmp_path / 'groups.csv').write_text('path,group\n' + ''.join(rows))
    return labels


@pytest.fixture
def probe(features, capsys):
    """The tool within this process: what it prints, and its record; or why it stops."""
    main = runpy.run_path(str(ROOT / 'tools/analysis/probe.py'))['main']

    def run(*arguments):
        try:
            main(['maps', '--train', 'train.txt', '--out', 'out', *FAST, *map(str, arguments)])
        except SystemExit:
            return capsys.readouterr().err
        with open('out/probe.json') as file:
            return capsys.readouterr().out, json.load(file)

    return run


def test_few_labels(probe, features, tmp_path):
    said, record = probe('--test', 'test.txt', '--groups', 'groups.csv', '--per-class', 5, 1,
                         '--seeds', 0, 1)  # fmt: skip
    rows = record['results']
    assert record['by_groups'] and '84 videos and 36 videos, 21 groups' in said
    assert record['features']['fingerprint'] and record['lists']['test'] == 'test.txt'
    for kind in ('svm', 'linear', 'attentive'):
        mine = [row for row in rows if row['probe'] == kind]
        counts = [(row['labels'], row['seed'], row['train']) for row in mine]
        few = [(str(n), seed, n * CLASSES) for n in (1, 5) for seed in (0, 1)]
        both = [('all', 0, 84), ('all', 1, 84)]
        assert counts == few + (both[:1] if kind == 'svm' else both)  # the SVM has no seed
        assert [row['validation'] is None for row in mine[:2]] == [True, True]
        assert mine[-1]['top1'] > 0.6 and mine[-1]['test'] == 36
        share = np.mean([100 * row['top1'] for row in mine if row['labels'] == '5'])
        line = next(line for line in said.splitlines() if line.startswith(f'| {kind} |'))
        assert line.split('|')[3].strip().startswith(f'{share:.1f} ±')
    assert 'largest class of the test videos: 33.3 %' in said
    with Image.open(tmp_path / 'out/few_labels.png') as picture:
        picture.load()
        assert min(picture.size) > 200


def test_folds_keep_sources_together(probe, features, tmp_path):
    (tmp_path / 'train.txt').write_text(
        (tmp_path / 'train.txt').read_text() + (tmp_path / 'test.txt').read_text()
    )
    said, record = probe('--folds', 5, '--groups', 'groups.csv', '--probes', 'svm', 'linear')
    rows = record['results']
    assert len(rows) == 10 and {row['probe'] for row in rows} == {'svm', 'linear'}
    assert sum(row['test'] for row in rows) == 2 * 120
    assert all(row['train'] + row['test'] == 120 for row in rows)
    assert all(row['test'] % CUTS == 0 for row in rows)  # whole sources
    assert 'few_labels.png' not in said


@pytest.mark.parametrize(
    'arguments, message',
    [
        (['--test', 'test.txt', '--per-class', 29], 'class 0 has 28 videos, 29 are asked for'),
        (['--test', 'twice.txt'], "names '29/cut 0.mp4' twice (lines 1 and 2)"),
        (['--test', 'train.txt'], 'videos are listed twice, or both as gallery and as query'),
        (['--test', 'test.txt', '--groups', 'none.csv'], 'none.csv has no column group'),
        (['--test', 'unknown.txt'], 'maps has no features of 1 of 85 videos: unknown.mp4'),
        (['--test', 'unlabelled.txt'], "gives '29/cut 0.mp4' no label"),
    ],
)
def test_input_that_does_not_serve(probe, tmp_path, arguments, message):
    (tmp_path / 'twice.txt').write_text('29/cut 0.mp4 2\n' * 2)
    (tmp_path / 'none.csv').write_text('path,label\n29/cut 0.mp4,2\n')
    (tmp_path / 'unknown.txt').write_text('unknown.mp4 0\n')
    (tmp_path / 'unlabelled.txt').write_text('29/cut 0.mp4\n')
    with pytest.raises((ValueError, OSError)) as error:
        probe(*arguments)
    assert message in str(error.value)
    assert not (tmp_path / 'out/probe.json').exists()


def test_attention_needs_features_over_time(probe, tmp_path, rng):
    vectors = [rng.normal(size=(1, 6)).astype(np.float32) for _ in range(120)]
    names = [line.rsplit(' ', 1)[0] for name in ('train', 'test')
             for line in (tmp_path / f'{name}.txt').read_text().splitlines()]  # fmt: skip
    store(tmp_path / 'vectors', vectors, names=names, keep='vector')
    (tmp_path / 'maps').rename(tmp_path / 'aside')
    (tmp_path / 'vectors').rename(tmp_path / 'maps')
    with pytest.raises(ValueError, match='attention pooling needs features over time'):
        probe('--test', 'test.txt')
    _, record = probe('--test', 'test.txt', '--probes', 'linear')
    assert len(record['results']) == 1


def test_wrong_options(probe):
    assert '--per-class and --folds: give one' in probe('--folds', 5, '--per-class', 1)
    assert '--folds with several --seeds' in probe('--folds', 5, '--seeds', 0, 1)
    with pytest.raises(ValueError, match='--steps 0: at least 1'):
        probe('--test', 'test.txt', '--steps', 0)
    assert '--folds 1: at least 2' in probe('--folds', 1)
    assert '--per-class 0: at least 1' in probe('--test', 'test.txt', '--per-class', 0)


def test_larger_draws_hold_the_smaller(rng):
    labels = rng.integers(0, 4, 100)
    few, more = draw_few(labels, 2, seed=3), draw_few(labels, 7, seed=3)
    assert set(few) < set(more) and more == sorted(more)
    assert np.bincount(labels[more]).tolist() == [7] * 4
    assert draw_few(labels, 7, seed=4) != more
