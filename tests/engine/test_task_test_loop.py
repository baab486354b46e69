"""TaskTestLoop runs the heads on videos that were not trained on, as they are."""

import json

import pytest
import torch
from mmaction.registry import DATASETS
from mmengine.dataset import pseudo_collate
from mmengine.runner import save_checkpoint

from datasets.test_test_mode import PIPELINE
from helpers import dataset_cfg, model_cfg
from toy_runs import runner_of

HEADS = ('equivariance', 'direction')
BATCH = 6


def model(heads=HEADS):
    cfg = model_cfg()
    return dict(cfg, heads={name: cfg['heads'][name] for name in heads})


def run(clips, work_dir, checkpoint=None, heads=HEADS):
    loader = dict(
        batch_size=BATCH,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dataset_cfg(clips, test_mode=True, pipeline=PIPELINE),
    )
    return runner_of(
        work_dir,
        model(heads),
        dict(type='EvaluationReportHook'),
        test_dataloader=loader,
        test_cfg=dict(type='TaskTestLoop'),
        test_evaluator=dict(type='TaskMetric', split='toy'),
        load_from=None if checkpoint is None else str(checkpoint),
    )


@pytest.fixture
def checkpoint(clips, tmp_path):
    """Weights whose batch-norms have seen another batch."""
    torch.manual_seed(3)
    source = run(clips, tmp_path / 'source').model.train()
    for layer in source.modules():
        if hasattr(layer, 'momentum'):
            layer.momentum = 1.0
    dataset = DATASETS.build(dataset_cfg(clips, test_mode=True, pipeline=PIPELINE))
    batch = pseudo_collate(dataset.__getitems__([1, 4, 7, 10]))
    source(**source.data_preprocessor(batch, False), mode='loss')
    path = tmp_path / 'weights.pth'
    save_checkpoint(dict(state_dict=source.state_dict()), str(path))
    return path


def expected(model, dataset):
    """Top-1 accuracies by loops, batch by batch."""
    hits = dict(equivariance=[], direction=[])
    model.eval()
    for first in range(0, len(dataset), BATCH):
        batch = pseudo_collate(dataset.__getitems__(list(range(first, first + BATCH))))
        with torch.no_grad():
            data = model.data_preprocessor(batch, False)
            features = model(**data, mode='tensor')
            for video, sample in zip(features, data['data_samples']):
                scores = model.heads['direction'].classifier(video)
                for score, direction in zip(scores, sample.directions):
                    hits['direction'].append(int(score.argmax()) == (direction < 0))
            pairs = []
            for video, sample in zip(features, data['data_samples']):
                for order, name in (((0, 1), 'relative_id'), ((1, 0), 'swapped_id')):
                    vector = model.heads['equivariance'].mlp(video[list(order)].flatten()[None])
                    pairs.append((vector[0], int(getattr(sample, name)), sample.sample_idx))
            for anchor, label, source in pairs:
                rivals = [
                    (float(torch.cosine_similarity(anchor, key, dim=0)), other == label)
                    for key, other, origin in pairs
                    if other != label or origin != source
                ]
                if any(positive for _, positive in rivals):
                    hits['equivariance'].append(max(rivals)[1])
    return {f'tasks/acc_{name}': sum(found) / len(found) for name, found in hits.items()}


def wanted_samples(runner):
    """All of the dataset, in batches as they were tested."""
    dataset = runner.test_dataloader.dataset
    for first in range(0, len(dataset), BATCH):
        batch = dataset.__getitems__(list(range(first, first + BATCH)))
        yield from (sample['data_samples'] for sample in batch)


def test_equals_loops_in_evaluation_mode(clips, checkpoint, tmp_path):
    runner = run(clips, tmp_path, checkpoint)
    figures = runner.test()
    wanted = expected(runner.model, runner.test_dataloader.dataset)
    assert {name: figures[name] for name in wanted} == pytest.approx(wanted, abs=1e-6)
    weights = torch.load(checkpoint)['state_dict']
    for name, value in runner.model.state_dict().items():  # statistics of batch-norm, too
        assert torch.equal(value, weights[name]), name
    (path,) = tmp_path.glob('*/evaluation_test.json')
    (record,) = json.loads(path.read_text())['evaluations']
    assert record['chance'].keys() == {'acc_equivariance', 'acc_direction'}
    directions = [d for sample in wanted_samples(runner) for d in sample.directions]
    share = max(directions.count(1), directions.count(-1)) / len(directions)
    assert record['chance']['acc_direction'] == pytest.approx(share) and len(directions) == 24
    assert record['counts'] == dict(videos=12, batches=2)


def test_untrained_heads_are_refused(clips, checkpoint, tmp_path):
    with pytest.raises(ValueError, match='give a checkpoint'):
        run(clips, tmp_path).test()
    with pytest.raises(ValueError, match=r'weights.pth has no weights .* heads order, speed'):
        run(clips, tmp_path, checkpoint, (*HEADS, 'speed', 'order')).test()
