"""Reports are found, and nothing stands side by side that was not measured alike."""

import copy

import pytest

from tev_mmaction.evaluation import (
    Evaluation,
    check_comparable,
    comparable_groups,
    find_reports,
    read_report,
)


def report(**changes):
    record = dict(
        metric='RetrievalMetric',
        protocol=dict(size=8),
        settings=dict(topk=[1]),
        lists=dict(query='q.txt'),
        counts=dict(queries=3, dimensions=32, constant_dimensions=1),
    )
    return dict(pipeline=['Resize'], evaluations=[{**record, **changes}])


def evaluation(name, **changes):
    found = report(**changes)
    return Evaluation(name, found, found['evaluations'][0])


DIFFERENT = dict(
    metric='LinearProbeMetric',
    protocol=dict(size=9),
    settings=dict(topk=[5]),
    lists=dict(query='r.txt'),
    counts=dict(queries=4, dimensions=32, constant_dimensions=1),
)


@pytest.mark.parametrize('key', DIFFERENT)
def test_other_rulers_are_other_groups(key):
    changed = evaluation('b', **{key: DIFFERENT[key]})
    wider = evaluation('c', counts=dict(queries=3, dimensions=64, constant_dimensions=0))
    groups = comparable_groups([evaluation('a'), changed, wider])
    assert [[found.name for found in group] for group in groups] == [['a', 'c'], ['b']]
    with pytest.raises(ValueError, match=f'a and b differ in {key}'):
        check_comparable('ab', [evaluation('a').report, changed.report])
    check_comparable('ac', [evaluation('a').report, wider.report])


def test_other_pipelines_and_metrics():
    first, other = evaluation('a'), evaluation('b')
    other.report['pipeline'] = ['Flip']
    assert len(comparable_groups([first, other])) == 2
    with pytest.raises(ValueError, match='differ in their pipelines'):
        check_comparable('ab', [first.report, other.report])
    more = copy.deepcopy(first.report)
    more['evaluations'] *= 2
    with pytest.raises(ValueError, match='a and b have not the same metrics: .*Metric'):
        check_comparable('ab', [first.report, more])


def test_one_name_for_one_result():
    with pytest.raises(ValueError, match="two results of RetrievalMetric are called 'a'"):
        comparable_groups([evaluation('a'), evaluation('a')])
    groups = comparable_groups([evaluation('a'), evaluation('a', metric='EquivarianceMetric')])
    assert len(groups) == 2


def test_the_newest_of_every_run_is_found(tmp_path):
    files = {
        'run/20260101/evaluation_iter100.json': None,
        'run/20260101/evaluation_iter90.json': None,
        'run/20260102/evaluation_iter20.json': 'run, iteration 20',
        'run/20260101/evaluation_test.json': None,
        'run/20260103/evaluation_test.json': 'run',
        'run/below/20260101/evaluation_iter90.json': None,
        'run/below/20260101/evaluation_iter100.json': 'below, iteration 100',
        'run/other/20260101/evaluation_val.json': 'other, validation',
    }
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('{"evaluations": []}')
    found = {
        path.relative_to(tmp_path).as_posix(): name for name, path in find_reports(tmp_path / 'run')
    }
    assert found == {path: name for path, name in files.items() if name}
    assert read_report(tmp_path / 'run') == dict(evaluations=[])


def test_what_is_no_report(tmp_path):
    with pytest.raises(ValueError, match='no \\*/evaluation_test.json below'):
        read_report(tmp_path)
    (tmp_path / 'x.json').write_text('[]')
    with pytest.raises(ValueError, match='x.json is not a report'):
        read_report(tmp_path / 'x.json')
