"""The map of the features has a point for every video, in the way that its class is drawn."""

import numpy as np

from reporting.parsed_page import Page
from reporting.run_folders import retrieval_record
from tev_mmaction.evaluation import Evaluation
from tev_mmaction.reporting.class_sections import maps
from tev_mmaction.reporting.pages import render
from tev_mmaction.reporting.report import Section


def test_a_point_for_every_video():
    components = [[0.0, 1.0], [2.0, 3.0], [4.0, 0.0], [1.0, 1.0]]
    record = retrieval_record([], classes=('x' * 40, 'walk <b>'))
    record.details['map'] = dict(components=components, explained=[0.5, 0.25], labels=[0, 1, 1, 0])
    values = maps([Evaluation('a', None, record)])
    (shown,) = values['maps']
    assert shown['title'] == 'a, PCA, 75% of the variance'
    assert [number for number, _, _ in shown['points']] == [0, 1, 1, 0]
    across, up = np.array([place for _, *place in shown['points']]).T
    assert np.corrcoef(across, [0, 2, 4, 1])[0, 1] > 0.999
    assert np.corrcoef(up, [1, 3, 0, 1])[0, 1] < -0.999  # SVG counts downwards
    assert min(across) == 2 and max(across) == 98
    assert shown['names'][0] == 'x' * 16 + '…' + 'x' * 15 and shown['names'][1] == 'walk <b>'
    section = Section('Map', 'map', values)
    page = Page(render('report.html', title='x', lead='', keys=[], sections=[section], missing=[]))
    kinds = [(tag, attrs['class']) for tag, attrs in page.elements if 'point' in str(attrs)]
    assert kinds[:4] == [kinds[0], kinds[1], kinds[1], kinds[0]] and kinds[4:] == kinds[:2]
    assert kinds[0][0] != kinds[1][0] and kinds[0][1] != kinds[1][1]  # shape and colour
