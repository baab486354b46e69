"""Pictures of studies with many rows."""

import importlib

from helpers import ROOT


def test_bars_of_many_rows_are_a_list_by_the_first_figure(study_module, tmp_path):
    bars = importlib.import_module('bars')
    study = study_module.Study(ROOT / 'tools/evidence/studies/methods.py', tmp_path)
    means = [(7 * number) % 20 for number in range(20)]
    rows = {
        f'row{mean}': dict(nn1=dict(mean=mean, std=1.0), svm=dict(mean=50 - mean, std=2.0))
        for mean in means
    }
    del rows['row3']['svm']
    facts = dict(rows=rows, chance=dict(nn1=8.0, svm=8.3))
    (axes,) = bars.draw_bars(study, facts, dict(title='Twelve', figures=('nn1', 'svm'))).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [f'row{n}' for n in range(20)]
    first, second = ([bar.get_width() for bar in each] for each in axes.containers[1::2])
    assert first == list(range(20)) and second == [50 - n for n in range(20) if n != 3]
    bar = axes.containers[3][3]  # of the fifth row from below
    assert 3.5 < bar.get_y() < bar.get_y() + bar.get_height() < 4.5
    dashed = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == '--']
    assert dashed == [8.0, 8.3]
