"""Records are written, read and found; nothing stands side by side that was not measured alike."""

import copy
import json
from dataclasses import replace

import pytest
from mmaction.registry import MODELS

from tev_mmaction.evaluation import (
    Evaluation,
    EvaluationRecord,
    MetricRecord,
    check_comparable,
    comparable_groups,
    find_records,
    read_record,
)
from tev_mmaction.models.backbones.hand_made import HandMadeBackbone


def record(**changes):
    values = dict(
        metric='RetrievalMetric',
        protocol=dict(size=8),
        settings=dict(topk=[1]),
        lists=dict(query='q.txt'),
        counts=dict(queries=3, dimensions=32, constant_dimensions=1),
        results={'R@1': 0.5},
        chance={},
        details=dict(examples=[dict(filename='a.mp4')]),
    )
    return EvaluationRecord(
        evaluations=[MetricRecord(**{**values, **changes})],
        pipeline=['Resize'],
        when='test',
        loaded_from=None,
        backbone='S3DG',
        fingerprint='0123',
        config=None,
        model=dict(type='A'),
        tev_mmaction='0.1',
    )


def evaluation(name, **changes):
    found = record(**changes)
    return Evaluation(name, found, found.evaluations[0])


def test_what_is_written_is_read(tmp_path):
    first, path = record(), tmp_path / 'run' / 'evaluation_test.json'
    first.write(path)
    assert EvaluationRecord.read(path) == first
    values = json.loads(path.read_text())
    assert values['schema'] == 1 and values['evaluations'][0]['examples']  # beside the other fields
    del values['schema']  # as of before it was written
    path.write_text(json.dumps(values))
    assert EvaluationRecord.read(path).evaluations == first.evaluations


@pytest.mark.parametrize(
    'changes, origin',
    [
        (dict(), 'random weights'),
        (dict(loaded_from='epoch_2.pth'), 'epoch_2.pth'),
        (dict(backbone='HandMadeFlow'), 'hand-made, without weights'),
        (dict(when='iter20'), 'in training, iter20'),
    ],
)
def test_where_the_weights_are_from(changes, origin):
    found = replace(record(), **changes)
    assert found.origin == origin
    assert found.has_random_weights == (origin == 'random weights')


def test_backbones_without_weights_are_known_by_their_name():
    made = [name for name in MODELS.module_dict if name.startswith('HandMade')]
    assert sorted(made) == sorted(kind.__name__ for kind in HandMadeBackbone.__subclasses__())


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
        check_comparable('ab', [evaluation('a').source, changed.source])
    check_comparable('ac', [evaluation('a').source, wider.source])


def test_other_pipelines_and_metrics():
    first, other = evaluation('a'), evaluation('b')
    other.source.pipeline = ['Flip']
    assert len(comparable_groups([first, other])) == 2
    with pytest.raises(ValueError, match='differ in their pipelines'):
        check_comparable('ab', [first.source, other.source])
    more = copy.deepcopy(first.source)
    more.evaluations *= 2
    with pytest.raises(ValueError, match='a and b have not the same metrics: .*Metric'):
        check_comparable('ab', [first.source, more])


def test_one_name_for_one_result():
    first, seed, other, trained = (evaluation('a') for _ in range(4))
    for number, found in enumerate((seed, other, trained)):
        found.source.fingerprint = str(number)
    other.source.model = dict(type='B')
    trained.source.loaded_from = 'epoch_2.pth'
    for second in (evaluation('a'), other, trained):
        with pytest.raises(ValueError, match="two results of RetrievalMetric are called 'a'"):
            comparable_groups([first, second])
    assert comparable_groups([first, seed]) == [[first, seed]]
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
        record().write(tmp_path / name)
    found = {
        path.relative_to(tmp_path).as_posix(): name for name, path in find_records(tmp_path / 'run')
    }
    assert found == {path: name for path, name in files.items() if name}
    assert read_record(tmp_path / 'run') == record()


@pytest.mark.parametrize('text', ['[]', '{}', 'x', '{"evaluations": [{}]}', '{"schema": "2"}'])
def test_what_is_no_record(tmp_path, text):
    with pytest.raises(ValueError, match='no \\*/evaluation_test.json below'):
        read_record(tmp_path)
    (tmp_path / 'x.json').write_text(text)
    with pytest.raises(ValueError, match='x.json is not a record'):
        read_record(tmp_path / 'x.json')


def test_a_record_of_a_later_version(tmp_path):
    record().write(tmp_path / 'x.json')
    values = json.loads((tmp_path / 'x.json').read_text())
    (tmp_path / 'x.json').write_text(json.dumps(dict(values, schema=2, more=1)))
    with pytest.raises(ValueError, match='of schema 2; this version reads up to 1'):
        read_record(tmp_path / 'x.json')
