import json

import pytest

from tev_mmaction.reporting import read_curves, read_evaluations
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
