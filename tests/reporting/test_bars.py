"""Bars have the values of the records; their spread is that of a reference."""

import math
import statistics
from dataclasses import replace

import pytest

from reporting.run_folders import equivariance_record, retrieval_record
from tev_mmaction.evaluation import Evaluation, EvaluationRecord
from tev_mmaction.reporting.bars import bar_charts, legend, shortfall, spread_of


def evaluation(name, nn1, fingerprint='a', loaded_from='x.pth', record=None):
    record = record or retrieval_record([])
    record.results = {**record.results, 'nn1': nn1, 'R@1': nn1} if nn1 is not None else {}
    source = EvaluationRecord(
        [record], [], 'test', loaded_from, 'VideoResNet', fingerprint, None, {}, '0.1.0'
    )
    return Evaluation(name, source, record)


def wilson(share, count, z=1.959963984540054):
    """Wilson (1927), Eq. of the score interval, solved for the share."""
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = math.sqrt(share * (1 - share) / count + z * z / (4 * count**2)) * z / (1 + z * z / count)
    return middle - half, middle + half


@pytest.mark.parametrize('right', [0, 3, 8])
def test_the_spread_of_one_run_is_that_of_its_videos(right):
    spread = spread_of('nn1', [evaluation('a', right / 8).record])
    assert (spread.low, spread.high) == pytest.approx(wilson(right / 8, 8))
    mean = spread_of('nn1_mean', [evaluation('a', 0.5).record])
    assert mean.low is None and mean.mean == 0.5  # no share of videos
    assert spread_of('gone', [retrieval_record([])]) is None


def test_the_spread_of_seeds_is_their_deviation():
    values = [0.5, 0.75, 0.625]
    group = [evaluation('a', value, str(value)) for value in values]
    spread = spread_of('nn1', [seed.record for seed in group])
    deviation = statistics.stdev(values)
    assert spread.mean == 0.625 and spread.high - spread.mean == pytest.approx(deviation)
    (chart,) = bar_charts(group)
    (bar,) = chart['blocks'][0]['bars']
    assert bar['seeds'] == 3 and bar['dots'] == [50, 75, 62.5] and bar['width'] == 62.5
    assert bar['spread'] == '± 12.5'
    assert 'several seeds' in legend(group) and 'one run' not in legend(group)


def test_bars_begin_at_zero():
    record = equivariance_record()
    record.results['shift_r2'] = -0.25
    group = [Evaluation('a', evaluation('a', 0.5).source, record)]
    shares, r2 = bar_charts(group)
    assert [block['title'] for block in r2['blocks']] == ['shift, R²']
    assert r2['blocks'][0]['bars'][0]['width'] == 0 and r2['ticks'][-1] == '1'
    assert r2['blocks'][0]['bars'][0]['text'] == '−0.250'
    assert shares['blocks'][0]['bars'][0]['width'] == 75 and shares['ticks'][-1] == '100%'


def test_every_figure_stands_once_and_many_names_not_at_all():
    (chart,) = bar_charts([evaluation('a', 0.5)])
    titles = [block['title'] for block in chart['blocks']]
    assert titles == ['1-NN accuracy (R@1)', 'R@5', '1-NN accuracy, mean over classes']
    assert bar_charts([evaluation(str(number), 0.5) for number in range(7)]) == []


@pytest.mark.parametrize(
    'own, random, said',
    [
        (0.5, 0.45, ''),
        (0.41, 0.45, 'worse than random weights (45.0%); their error bars overlap'),
        (0.0, 0.9, 'worse than random weights (90.0%)'),
        (0.4, 0.3, 'not above chance (40.0%)'),
        (0.4, 0.4, 'not above chance (40.0%)'),
    ],
)
def test_what_falls_behind_is_said(own, random, said):
    group = [evaluation('own', own), evaluation('untrained', random, 'b', loaded_from=None)]
    assert shortfall('nn1', 'own', group) == said
    assert shortfall('nn1', 'untrained', group) == ''


def test_a_long_name_is_cut():
    name = 'pre-trained on everything, seed 1'
    (chart,) = bar_charts([evaluation(name, 0.5)])
    (bar,) = chart['blocks'][0]['bars']
    assert bar['name'] == 'pre-trained …ing, seed 1' and bar['whole_name'] == name


def test_hand_made_features_are_not_random_weights():
    flow = evaluation('flow', 0.9, 'b', loaded_from=None)
    flow = flow._replace(source=replace(flow.source, backbone='HandMadeFlow'))
    group = [evaluation('own', 0.5), flow]
    assert shortfall('nn1', 'own', group) == '' == shortfall('nn1', 'flow', group)
