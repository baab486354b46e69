import json

import pytest

from tev_mmaction.reporting import read_curves, read_evaluations, read_health
from tev_mmaction.reporting.curve_plots import health_plots, validation_plots
from tev_mmaction.visualization import draw_curves


def write_log(folder, rows):
    path = folder / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(json.dumps(row) for row in rows))


def row(iteration, **figures):
    return dict(
        iter=iteration,
        loss=1.0,
        loss_speed=2.0,
        acc_speed=0.5,
        loss_equivariance=3.0,
        acc_equivariance=0.1,
        chance_equivariance=0.1,
        **figures,
    )


def test_a_resumed_run_is_one_curve(tmp_path):
    write_log(tmp_path / '20260101', [row(20), row(40), dict(row(60), loss_speed=9.0)])
    write_log(tmp_path / '20260102', [dict(row(60), loss_speed=1.0), row(80), dict(step=3)])
    curves = {curve.task: curve for curve in read_curves(tmp_path, dict(speed=1 / 3))}
    assert set(curves) == {'speed', 'equivariance'}
    assert curves['speed'].iterations == [20, 40, 60, 80]
    assert curves['speed'].loss == [2.0, 2.0, 1.0, 2.0]
    assert curves['speed'].chance == 1 / 3
    assert curves['equivariance'].chance == 0.1  # as the log has it
    figure = draw_curves(list(curves.values()))
    assert len(figure.axes) == 4
    figure.savefig(tmp_path / 'curves.png')


def test_a_run_started_anew_replaces_the_old_one(tmp_path):
    write_log(tmp_path / '20260101', [row(20), row(40), row(60)])
    write_log(tmp_path / '20260102', [row(20), row(40)])
    write_log(tmp_path / '20260103', [dict(step=1)])  # killed before it logged anything
    assert read_curves(tmp_path, {})[0].iterations == [20, 40]


def test_no_log_is_an_error_that_names_the_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=tmp_path.name):
        read_curves(tmp_path, {})


def test_validations_over_a_resumed_run(tmp_path):
    def validation(epoch, recall):
        return {'step': epoch, 'retrieval/R@1': recall, 'svm/top1': 0.5, 'svm/C': 10, 'time': 1}

    write_log(tmp_path / '20260101', [row(20), validation(1, 0.1), row(40), validation(2, 0.9)])
    write_log(tmp_path / '20260102', [row(40), validation(2, 0.2), row(60), validation(3, 0.3)])
    evaluations = read_evaluations(tmp_path)
    assert evaluations == {
        'retrieval/R@1': ([1, 2, 3], [0.1, 0.2, 0.3]),
        'svm/top1': ([1, 2, 3], [0.5] * 3),
    }
    curves = read_curves(tmp_path, {})
    figure = draw_curves(curves, evaluations)
    assert [line.get_label() for line in figure.axes[-1].lines] == list(evaluations)
    assert len(figure.axes) == len(draw_curves(curves).axes) + 1


def test_a_run_without_validation(tmp_path):
    write_log(tmp_path / '20260101', [row(20)])
    assert read_evaluations(tmp_path) == {}


def test_the_online_probe_beside_a_validation_of_the_same_epoch(tmp_path):
    probe = {'probe/nn1': 0.5, 'probe/chance_nn1': 0.1}
    rows = [dict(probe, step=0), row(20), dict(probe, step=1), {'step': 1, 'acc/top1': 0.25}]
    write_log(tmp_path / '20260101', rows)
    evaluations = read_evaluations(tmp_path)
    assert evaluations == {
        'probe/nn1': ([0, 1], [0.5] * 2),
        'probe/chance_nn1': ([0, 1], [0.1] * 2),
        'acc/top1': ([1], [0.25]),
    }
    nearest, accuracy = validation_plots(evaluations, [])
    (line,) = nearest['lines']
    assert (nearest['title'], line['name'], line['last']) == ('Online probe', '1-NN', '50.0%')
    assert line['chance'] == '10.0%' and accuracy['lines'][0]['last'] == '25.0%'


def test_health_of_the_features(tmp_path):
    write_log(tmp_path / '20260101', [row(20, feature_std=0.5), row(40, feature_std=0.6, rankme=7)])
    health = read_health(tmp_path)
    assert health == {'feature_std': ([20, 40], [0.5, 0.6]), 'rankme': ([40], [7])}
    plots = [(plot['title'], plot['lines'][0]['name']) for plot in health_plots(health)]
    assert plots == [('Effective rank', 'RankMe'), ('Spread (feature_std)', 'spread')]
