"""tools/analysis/confusion_matrix.py: counts, tables and pictures of tests."""

import csv
import pickle
import runpy

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import precision_score, recall_score

from helpers import ROOT
from reporting.run_folders import equivariance_record, write_evaluation
from tev_mmaction.evaluation import MetricRecord
from tev_mmaction.evaluation.confusion import class_details

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
        'predictions: 3 of 6 right (50.0%); matrix.png, matrix.csv, matrix_classes.csv',
        '2 of wave taken for sit',
        '1 of sit taken for stand up',
    ]
    assert Image.open(tmp_path / 'matrix.png').size[0] > 500
    with open(tmp_path / 'matrix.csv') as file:
        assert list(csv.reader(file)) == [
            ['true \\ predicted', 'sit', 'stand up', 'wave'],
            ['sit', '1', '1', '0'],
            ['stand up', '0', '1', '0'],
            ['wave', '2', '0', '1'],
        ]
    with open(tmp_path / 'matrix_classes.csv') as file:
        rows = list(csv.DictReader(file))
    assert [row['class'] for row in rows] == ['sit', 'stand up', 'wave']
    for number, row in enumerate(rows):
        one = dict(labels=[number], average=None, zero_division=0)
        assert float(row['accuracy']) == pytest.approx(recall_score(TRUE, PREDICTED, **one)[0])
        assert float(row['precision']) == pytest.approx(precision_score(TRUE, PREDICTED, **one)[0])
    assert (rows[2]['most often taken for'], rows[2]['times']) == ('sit', '2')
    assert '2 of class 2 taken for class 0' in tool('good.pkl', '--out', 'matrix.png')


def test_every_metric_of_a_record(tool, tmp_path):
    matrix = np.zeros((3, 3), int)
    np.add.at(matrix, (TRUE, PREDICTED), 1)
    records = [
        MetricRecord(
            metric,
            protocol={},
            lists={},
            counts={},
            results=dict(top1=0.5),
            chance={},
            details=dict(class_details(np.array(PREDICTED), np.array(TRUE)), classes=['a', 'b,c']),
        )
        for metric in ('RetrievalMetric', 'LinearProbeMetric')
    ]
    write_evaluation(tmp_path / 'run', [*records, equivariance_record()])
    said = tool('run', '--out', 'm.png')
    assert 'LinearProbeMetric: 3 of 6 right' in said and '2 of class 2 taken for a' in said
    with open(tmp_path / 'm_RetrievalMetric.csv') as file:
        first, *rows = csv.reader(file)
    assert first[1:] == ['a', 'b,c', 'class 2']
    assert [[int(count) for count in row[1:]] for row in rows] == matrix.tolist()
    assert len(list(tmp_path.glob('m_*'))) == 6
    write_evaluation(tmp_path / 'other', [equivariance_record()])
    assert 'has no metric with predicted classes' in tool('other', '--out', 'x.png')


def test_what_stops_it(tool, tmp_path):
    assert 'has no scores of classes: write it by' in tool('other.pkl', '--out', 'x.png')
    assert 'none.pkl does not exist' in tool('none.pkl', '--out', 'x.png')
    assert 'is to end in .png' in tool('good.pkl', '--out', 'x.csv')
    (tmp_path / 'two.txt').write_text('a\nb\n')
    said = tool('good.pkl', '--out', 'x.png', '--classes', 'two.txt')
    assert said == '--classes names 2 classes, there are 3'
    assert not list(tmp_path.glob('x*'))
