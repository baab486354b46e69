"""What the tests of the benchmarks share."""

import importlib

import pytest

from helpers import ROOT

FOLDER = ROOT / 'tools/benchmarks'


def clip_options(folder, *sets):
    return ['--clips', str(folder), '--num-clips', '2', '--seconds', '2', '--sets', *sets]


def run(module, tmp_path, capsys, *options):
    """Rows of a benchmark, which must be those of its table and of its JSON file."""
    out = tmp_path / 'rows.json'
    rows = module.main(['--out', str(out), *map(str, options)])
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith(f'| {module.NAME} ')]) == len(rows)
    assert importlib.import_module('measuring').load_rows(out) == rows
    for row in rows:
        if row.ours is None:
            assert row.verdict.startswith('skipped: ')
        elif row.goal:
            assert any(word in row.verdict for word in ('reached', 'MISSED'))
    return rows


def assert_ratio(row, inverse=False):
    top, bottom = (row.ours, row.beside) if inverse else (row.beside, row.ours)
    assert row.figure.median == pytest.approx(top.median / bottom.median)
    assert row.figure.low <= row.figure.high
