"""Work directories as tools/train.py and tools/test.py leave them, written by hand."""

import json
from dataclasses import replace

from mmengine.config import Config

from helpers import dataset_cfg, model_cfg
from tev_mmaction.engine.run_history import RunStart, add_progress, add_start
from tev_mmaction.evaluation import EvaluationRecord, MetricRecord

TASKS = ('equivariance', 'instance', 'speed', 'direction', 'order')


def row(iteration, **figures):
    """A line of a training's log."""
    tasks = {}
    for task in TASKS:
        tasks.update({f'loss_{task}': 1.0, f'acc_{task}': iteration / 100})
    contrast = dict(chance_equivariance=0.01, chance_instance=0.02)
    pace = dict(time=0.5, data_time=0.1, clips_per_s=80.0)
    return dict(iter=iteration, epoch=1, loss=1.0, **{**tasks, **contrast, **pace, **figures})


def write_run(
    work_dir,
    folder,
    rows,
    name='20260102_100000',
    seconds=300,
    devices=('CPU',),
    processes=1,
    **changes,
):
    """One start of a training on the clips of a folder; ``seconds=None``: of an older version."""
    cfg = dict(
        default_scope='mmaction',
        model=model_cfg(),
        train_dataloader=dict(batch_size=4, dataset=dataset_cfg(folder)),
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=2),
        optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=0.25)),
    )
    cfg = Config({**cfg, **changes})
    start = work_dir / name
    (start / 'vis_data').mkdir(parents=True)
    cfg.dump(start / 'vis_data/config.py')
    cfg.dump(work_dir / 'tev_tiny.py')
    (start / 'vis_data/scalars.json').write_text('\n'.join(map(json.dumps, rows)))
    if seconds is not None:
        add_start(start, run_start(devices=list(devices), processes=processes))
        add_progress(start, rows[-1].get('iter', 0), seconds)
    return work_dir


def run_start(**changes):
    """What RunHistoryHook knows of a start."""
    versions = dict(python='3.11.1', torch='2.13.0', tev_mmaction='0.1.0')
    start = RunStart('2026-01-02T10:00:00+00:00', 0, 7, 1, ['CPU'], 4, versions, '0123456789ab')
    return replace(start, **changes)


def write_evaluation(work_dir, records, when='test', name='20260102_110000', **changes):
    """A record as EvaluationReportHook writes it."""
    record = EvaluationRecord(
        evaluations=records,
        pipeline=['Resize()'],
        when=when,
        loaded_from='epoch_2.pth',
        backbone='VideoResNet',
        fingerprint='abcdef012345',
        config='configs/retrieval/x.py',
        model={},
        tev_mmaction='0.1.0',
        commit='0123456789ab',
    )
    replace(record, **changes).write(work_dir / name / f'evaluation_{when}.json')
    return work_dir


def retrieval_record(videos, num_examples=2, classes=('wave', 'walk <b>')):
    """Of RetrievalMetric; videos take turns as queries and neighbours."""
    videos = [str(video) for video in videos] or ['gone.mp4']

    def video(number, **more):
        return dict(filename=videos[number % len(videos)], label=number % 2, **more)

    examples = [
        dict(
            video(number),
            neighbours=[video(number + step, similarity=1 - step / 8) for step in range(1, 6)],
        )
        for number in range(num_examples)
    ]
    rows = [
        dict(label=0, queries=4, right=3, accuracy=0.75, taken_for=1, times=1),
        dict(label=1, queries=4, right=1, accuracy=0.25, taken_for=0, times=3),
    ]
    return MetricRecord(
        metric='RetrievalMetric',
        protocol=dict(name='toy', split='made up', clip_len=4, metric='cosine', classes=classes),
        settings=dict(topk=[1, 5]),
        lists=dict(gallery='gallery.txt', query='query.txt'),
        counts=dict(gallery=12, queries=8, classes=2, dimensions=32, constant_dimensions=0),
        warnings=['one thing to know'],
        results={'R@1': 0.5, 'R@5': 0.875, 'nn1': 0.5, 'nn1_mean': 0.5},
        chance={'R@1': 0.4, 'R@5': 0.8, 'nn1': 0.4, 'nn1_mean': 0.4},
        details=dict(
            per_class=rows,
            confusion=[[0, 0, 3], [0, 1, 1], [1, 0, 3], [1, 1, 1]],
            examples=examples,
            map=dict(labels=[0, 1, 1], components=[[1.0], [0.5], [-1.5]], explained=[1.0]),
        ),
    )


def equivariance_record():
    """Of EquivarianceMetric."""
    return MetricRecord(
        metric='EquivarianceMetric',
        protocol=dict(split='toy', clip_len=[4]),
        settings={},
        lists=dict(videos='query.txt'),
        counts=dict(fit_videos=4, fit_pairs=8, test_videos=5, test_pairs=9, dimensions=32),
        warnings=[],
        results=dict(shift_r2=0.625, direction_acc=0.75),
        chance=dict(shift_r2=0.0, direction_acc=0.5),
        details=dict(
            matrix=dict(
                similarity=[[1, 0.5, -0.5], [0.5, 1, 0], [-0.5, 0, 1]],
                shifts=[-4, 0, 9],
                vectors='clip_features',
            )
        ),
    )
