"""EquivarianceMetric in the val loop of a pre-training, and in a test of stock features."""

import json

import pytest
import torch

from datasets.test_test_mode import PIPELINE
from helpers import dataset_cfg, deferred_pipeline, model_cfg
from toy_runs import runner_of

SAMPLER = dict(type='IndependentPairsSampler', clip_len=8, speeds=(1, 2, 4), num_pairs=3)
STOCK = dict(
    type='Recognizer3D',
    backbone=dict(type='VideoResNet', depth=10, base_channels=4, stem_kernel=(3, 3, 3)),
    cls_head=dict(type='FeatureHead', average_clips=None),
    data_preprocessor=model_cfg()['data_preprocessor'],
)


def loader(folder, batch_size=5):
    return dict(
        batch_size=batch_size,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dataset_cfg(
            folder, clip_sampler=SAMPLER, group_size=1, test_mode=True, pipeline=PIPELINE
        ),
    )


def run(clips, work_dir, model, batch_size=5, **changes):
    evaluator = dict(type='EquivarianceMetric', split='toy')
    parts = {f'{part}_dataloader': loader(clips, batch_size) for part in ('val', 'test')}
    parts.update({f'{part}_evaluator': evaluator for part in ('val', 'test')})
    hook = dict(type='EvaluationReportHook')
    return runner_of(work_dir, model, hook, **{**parts, **changes})


def record(work_dir, name):
    (path,) = work_dir.glob(f'*/evaluation_{name}.json')
    (found,) = json.loads(path.read_text())['evaluations']
    return found


def recognizer():
    preprocessor = dict(model_cfg()['data_preprocessor'], type='ClipPairDataPreprocessor')
    return model_cfg(data_preprocessor=preprocessor)


def test_validation_of_a_pre_training(clips, tmp_path):
    """Colours are jittered in training, and not in validation."""
    training = loader(clips, 4)
    training['dataset'] = dataset_cfg(clips, pipeline=deferred_pipeline())
    training['sampler']['shuffle'] = True
    runner = run(clips, tmp_path, recognizer(), train_dataloader=training)
    runner.train()
    found = record(tmp_path, 'iter3')
    logged = runner.message_hub.get_scalar('val/equivariance/shift_r2').current()
    assert found['results']['shift_r2'] == pytest.approx(logged)
    assert found['counts'] == dict(
        fit_videos=6,
        fit_pairs=18,
        test_videos=6,
        test_pairs=18,
        dimensions=32,
        constant_dimensions=found['counts']['constant_dimensions'],
    )
    assert found['protocol']['clip_len'] == [8] and found['protocol']['size'] == [[32, 32]]
    assert found['lists']['videos'].endswith('train.txt')
    assert found['matrix']['vectors'] == 'relative_vectors'


def test_the_same_validation_gives_the_same_figures(clips, tmp_path):
    """Whatever the batches; another order of videos in the list is another split."""
    models = recognizer(), recognizer()
    records = []
    for batch_size, model in zip((5, 12), models):
        work_dir = tmp_path / str(batch_size)
        run(clips, work_dir, model, batch_size).test()
        records.append(record(work_dir, 'test'))
    first, second = records
    assert first['results'] == pytest.approx(second['results'], abs=1e-4)
    for key in ('protocol', 'counts', 'settings', 'lists', 'chance'):
        assert first[key] == second[key]
    assert first['matrix']['shifts'] == second['matrix']['shifts']


def test_stock_recognizer(clips, tmp_path):
    """Weights of any checkpoint, without heads: the matrix is of the features."""
    runner = run(clips, tmp_path / 'stock', STOCK)
    state = {k: v for k, v in runner.model.state_dict().items() if k.startswith('backbone.')}
    runner.test()
    stock = record(tmp_path / 'stock', 'test')
    assert stock['matrix']['vectors'] == 'clip_features'
    ours = run(clips, tmp_path / 'ours', recognizer())
    missing, surplus = ours.model.load_state_dict(state, strict=False)
    assert not surplus and not any('backbone' in key for key in missing)
    ours.test()
    assert record(tmp_path / 'ours', 'test')['results'] == pytest.approx(stock['results'], abs=1e-3)


def test_relative_vectors_are_psi_of_the_pairs(clips, tmp_path):
    runner = run(clips, tmp_path, recognizer())
    batch = next(iter(runner.build_dataloader(loader(clips, 2))))
    model = runner.model.eval()
    with torch.no_grad():
        predicted = model.test_step(batch)
        for sample in predicted:
            assert sample.relative_vectors.shape == (3, 32)
            for pair in range(3):
                both = sample.clip_features[2 * pair : 2 * pair + 2].flatten()[None]
                expected = model.heads['equivariance'].mlp(both)[0]
                torch.testing.assert_close(sample.relative_vectors[pair], expected)
    model.heads.pop('equivariance')
    assert 'relative_vectors' not in model.test_step(batch)[0]
