"""tools/analysis/confusion_matrix.py: counts and picture of what test.py --dump wrote."""

import pickle
import runpy

import numpy as np
import pytest
import torch
from PIL import Image

from helpers import ROOT

TRUE, PREDICTED = [0, 0, 1, 2, 2, 2], [0, 1, 1, 0, 0, 2]


@pytest.fixture
def tool(tmp_path, monkeypatch, capsys):
    """The tool within this process: what it prints, or why it stops."""
    monkeypatch.chdir(tmp_path)
    samples = [
        dict(pred_score=torch.eye(3)[p], gt_label=torch.tensor([t]))
        for t, p in zip(TRUE, PREDICTED)
    ]
    (tmp_path / 'good.pkl').write_bytes(pickle.dumps(samples))
    (tmp_path / 'other.pkl').write_bytes(pickle.dumps([dict(features=np.zeros(3))]))
    (tmp_path / 'classes.txt').write_text('sit\nstand up\nwave\n')
    main = runpy.run_path(str(ROOT / 'tools/analysis/confusion_matrix.py'))['main']

    def run(*arguments):
        monkeypatch.setattr('sys.argv', ['confusion_matrix.py', *arguments])
        try:
            main()
        except SystemExit:
            return capsys.readouterr().err
        except ValueError as error:
            return str(error)
        return capsys.readouterr().out

    return run


def test_counts_and_a_picture(tool, tmp_path):
    said = tool('good.pkl', '--classes', 'classes.txt', '--out', 'matrix.png').splitlines()
    assert said == [
        '3 of 6 right (50.0%); matrix.png',
        '2 of wave taken for sit',
        '1 of sit taken for stand up',
    ]
    assert Image.open(tmp_path / 'matrix.png').size[0] > 500
    assert '2 of 2 taken for 0' in tool('good.pkl', '--out', 'matrix.png')


def test_what_stops_it(tool, tmp_path):
    assert 'has no scores of classes: write it by' in tool('other.pkl', '--out', 'x.png')
    assert 'none.pkl does not exist' in tool('none.pkl', '--out', 'x.png')
    assert 'is to end in .png' in tool('good.pkl', '--out', 'x.csv')
    (tmp_path / 'two.txt').write_text('a\nb\n')
    said = tool('good.pkl', '--out', 'x.png', '--classes', 'two.txt')
    assert said == '--classes names 2 classes, scores are of 3'
    assert not list(tmp_path.glob('x*'))
