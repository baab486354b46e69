"""What a line plot draws is where its values are."""

import math

import pytest

from tev_mmaction.reporting.line_plots import Line, line_plot
from tev_mmaction.reporting.pages import render
from tev_mmaction.reporting.report import Section


def points(line):
    return [tuple(map(float, pair.split(','))) for pair in line['path'].split()]


def test_points_are_where_the_axes_say():
    plot = line_plot('x', [Line('a', [10, 20, 40], [0.1, 0.5, 0.25], chance=0.2)], percent=True)
    ticks = {float(text.rstrip('%')) / 100: y for y, text in plot['y_ticks']}
    assert ticks[0] == plot['base']  # the axis begins at zero
    top = max(ticks)
    assert top >= 0.5
    unit = (ticks[0] - ticks[top]) / top
    x = {float(text): place for place, text in plot['x_ticks']}
    (line,) = plot['lines']
    for (across, up), at, value in zip(points(line), (10, 20, 40), (0.1, 0.5, 0.25)):
        assert up == pytest.approx(ticks[0] - value * unit, abs=0.1)
        if at in x:
            assert across == pytest.approx(x[at], abs=0.1)
    assert line['level'] == pytest.approx(ticks[0] - 0.2 * unit, abs=0.1)
    assert line['last'] == '25.0%' and line['chance'] == '20.0%' and len(line['markers']) == 3


@pytest.mark.parametrize('values', [[-2.0, 1.0], [0.0, 0.0], [5.0], [1e6, 2e6]])
def test_nothing_leaves_the_plot(values):
    plot = line_plot('x', [Line('a', list(range(len(values))), values)])
    for x, y in points(plot['lines'][0]):
        assert plot['left'] <= x <= plot['right'] and 0 <= y <= plot['base']


def test_a_diverged_loss_and_a_long_run():
    values = [1.0, math.nan, math.inf] + [2.0] * 10_000
    plot = line_plot('x', [Line('a', range(len(values)), values), Line('b', [1], [math.nan])])
    (line,) = plot['lines']
    assert len(points(line)) <= 400 and line['last'] == '2' and line['markers'] == []
    assert points(line)[-1][0] == plot['right']
    assert line_plot('x', [Line('a', [1], [math.nan])])['lines'] == []


def test_lines_beyond_the_colours_are_counted():
    plot = line_plot('x', [Line(str(n), [1], [1]) for n in range(8)])
    assert len(plot['lines']) == 6 and plot['left_out'] == 2
    assert [line['number'] for line in plot['lines']] == list(range(6))
    assert '2 more are not drawn' in page(plot)


def page(plot):
    values = dict(tasks=[], validations=[plot], health=[], unknown='')
    section = Section('Curves', 'curves', values)
    return render('report.html', title='x', lead='', keys=[], sections=[section], missing=[])


def test_negative_values_have_a_minus_sign():
    drawn = line_plot('Uniformity', [Line('uniformity', [1, 2], [-2.5, -1.25])])
    assert drawn['lines'][0]['last'] == '−1.25' and drawn['y_ticks'][0][1] == '−3'
