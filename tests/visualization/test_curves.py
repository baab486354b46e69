import json

import pytest

from tev_mmaction.visualization import draw_curves, read_curves


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
        negatives_equivariance=9.0,
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
    assert curves['equivariance'].chance == pytest.approx(0.1)  # one positive, nine negatives
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
