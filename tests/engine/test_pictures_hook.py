"""Pictures of evaluations for the backends of a visualizer; a real training is in e2e."""

from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.visualization import LocalVisBackend

from helpers import write_clip
from tev_mmaction.engine import PicturesHook, vis_backends
from tev_mmaction.engine.vis_backends import check_vis_backends
from tev_mmaction.evaluation import AccMetric, MetricRecord
from tev_mmaction.evaluation.confusion import class_details
from tev_mmaction.visualization import draw_neighbours


@pytest.fixture(scope='module')
def examples(tmp_path_factory):
    folder = tmp_path_factory.mktemp('videos')
    videos = [str(write_clip(folder / f'{number}.mp4', 3 + number)) for number in range(2)]
    near = [dict(filename=videos[1], label=0), dict(filename=str(folder / 'gone.mp4'), label=1)]
    return [dict(filename=videos[0], label=0, neighbours=near)]


def runner_with(backends, records):
    """What the hook reads of a runner that tests."""
    given = []
    visualizer = SimpleNamespace(
        _vis_backends=dict(enumerate(backends)),
        add_image=lambda name, image, step: given.append((name, image, step)),
    )
    accuracy = AccMetric()
    accuracy.details = class_details(np.array([0, 1]), np.array([1, 1]))
    metrics = [SimpleNamespace(record=record) for record in records] + [accuracy]
    loader = SimpleNamespace(dataset=[])
    loop = SimpleNamespace(evaluator=SimpleNamespace(metrics=metrics), dataloader=loader)
    return SimpleNamespace(
        visualizer=visualizer, test_loop=loop, val_loop=loop, _train_loop={}
    ), given


def records(examples):
    kept = dict(lists={}, counts={}, results={}, chance={})
    matrix = dict(similarity=[[1, 0.2], [0.2, 1]], shifts=[-1, 1], vectors='clip_features')
    points = dict(labels=[0, 1], components=[[1.0, 2.0], [2.0, 1.0]], explained=[1.0, 0.0])
    return [
        MetricRecord('EquivarianceMetric', protocol={}, details=dict(matrix=matrix), **kept),
        MetricRecord(
            'RetrievalMetric',
            protocol=dict(classes=['left', 'right']),
            details=dict(examples=examples, map=points),
            **kept,
        ),
    ]


def test_matrix_and_neighbours_are_logged(examples):
    runner, given = runner_with([LocalVisBackend('x'), object()], records(examples))
    hook = PicturesHook()
    hook.after_test_epoch(runner)
    hook.after_val_epoch(runner)
    assert [(name, step) for name, _, step in given] == [
        ('equivariance_matrix.png', 0),
        ('feature_map.png', 0),
        ('neighbours.png', 0),
        ('confusion_matrix_AccMetric.png', 0),
    ] * 2
    for _, image, _ in given:
        assert image.dtype == np.uint8 and image.shape[2] == 3 and image.std() > 10


def test_nothing_is_drawn_for_files_alone(examples):
    runner, given = runner_with([LocalVisBackend('x')], records(examples))
    PicturesHook().after_test_epoch(runner)
    PicturesHook().before_train_iter(runner, 0, dict(inputs=[]))
    assert not given


def test_neighbours_are_marked_and_what_is_gone_is_said(examples):
    figure = draw_neighbours(examples, ['left'])
    query, right, wrong = figure.axes
    assert [axes.get_title() for axes in figure.axes] == ['query: left', 'left', 'class 1']
    assert len({axes.spines['left'].get_edgecolor() for axes in figure.axes}) == 3
    assert query.images and right.images and not wrong.images
    assert wrong.texts[0].get_text() == 'cannot be read'


def test_a_missing_package_is_named_before_the_run(monkeypatch):
    monkeypatch.setattr(vis_backends, 'find_spec', lambda name: None)
    for kind, said in (
        ('TensorboardVisBackend', r'pip install "tev_mmaction\[tensorboard\]"'),
        ('mmaction.WandbVisBackend', 'wandb is not installed'),
        ('MLflowVisBackend', 'pip install mlflow'),
    ):
        backends = [dict(type='LocalVisBackend'), dict(type=kind)]
        with pytest.raises(ValueError, match=rf'visualizer.vis_backends.1.type=.*{said}'):
            check_vis_backends(Config(dict(visualizer=dict(vis_backends=backends))))
    check_vis_backends(Config(dict(visualizer=dict(vis_backends=[dict(type='LocalVisBackend')]))))
    check_vis_backends(Config(dict()))
