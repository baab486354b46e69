"""Heads whose targets come from a momentum encoder."""

import pytest
import torch
from head_cases import BATCH, assert_same_gradients, build, close, draw
from networks import build as build_recognizer
from networks import clips, loss_of
from pairs import cosine, loop_info_nce, samples_of, targets_of
from torch import nn

from tev_mmaction.models.backbone_weights import find_backbone

AVERAGE = dict(type='ExponentialMovingAverage', momentum=0.25)
MOCO = dict(heads=dict(instance=dict(type='MoCoHead', queue_size=8)), momentum_encoder=AVERAGE)


def averaged_of(count, seed):
    """Projections by another network: (N, V, D)."""
    return draw(count, seed).detach().flip(1) + 0.1


def test_moco_compares_with_averaged_keys_and_the_queue():
    head, past = build('MoCoHead', queue_size=7), []
    head.queue.double()
    for step, first in enumerate((0, 10, 3)):  # the last batch: some videos of the first
        features, videos = draw(6, seed=step), list(range(first, first + 6))
        keys = averaged_of(6, seed=step + 5)
        targets = targets_of(BATCH, videos).extended(averaged=keys)
        loss = head.loss(features, targets)['loss']
        labels, keys = [v for v in videos for _ in range(2)], keys.flatten(0, 1)
        expected = loop_info_nce(
            head.mlp(features.flatten(0, 1)), labels, keys=keys, past=past[-7:]
        )
        close(loss, expected)
        assert_same_gradients(head, features, loss, expected)
        past += zip(keys, labels)


def test_weights_and_projections_are_averaged_over_steps():
    model = build_recognizer(**MOCO)
    parts = dict(network=model.backbone, head_instance=model.heads['instance'].mlp)
    expected, optimizer = None, torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(3):
        current = {
            f'{part}.{name}': p.detach().clone()
            for part, module in parts.items()
            for name, p in module.named_parameters()
        }
        expected = expected or current
        expected = {name: 0.75 * expected[name] + 0.25 * p for name, p in current.items()}
        optimizer.zero_grad()
        loss_of(model).backward()
        found = dict(model.momentum_encoder.averaged.module.named_parameters())
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            close(found[name], value)
            assert found[name].grad is None
        optimizer.step()
    assert (found['network.stem.0.weight'] - model.backbone.stem[0].weight).abs().max() > 1e-3


def test_labels_are_the_averaged_projections_and_evaluation_leaves_the_average():
    model = build_recognizer(**MOCO).eval()
    seen = []
    head = model.heads['instance']
    loss = head.loss
    head.loss = lambda features, targets: (
        seen.append(targets['averaged']) or loss(features, targets)
    )
    with torch.no_grad():
        for parameter in model.momentum_encoder.averaged.parameters():
            parameter.mul_(0.5)
        before = model.momentum_encoder.averaged.module['network'].stem[0].weight.clone()
        model(clips(), samples_of(('before', 'after') * 2), mode='loss')
        averaged = model.momentum_encoder.averaged.module
        for video in range(4):
            for view in range(2):
                feature = averaged['network'](clips()[video, view][None]).mean(dim=(2, 3, 4))
                close(seen[0][video, view], averaged['head_instance'](feature)[0], 1e-5)
    assert torch.equal(before, averaged['network'].stem[0].weight)


def test_a_checkpoint_gives_the_trained_backbone():
    model = build_recognizer(**MOCO)
    fit = find_backbone(dict(state_dict=model.state_dict()), model.backbone.state_dict())
    assert fit.complete and fit.prefix == 'backbone.'


def test_the_average_goes_on_in_a_network_with_synchronised_norms():
    """Runner replaces the norms after the model is built."""
    model = nn.SyncBatchNorm.convert_sync_batchnorm(build_recognizer(**MOCO))
    encoder, weight = model.momentum_encoder, model.backbone.stem[1].weight
    encoder.update(model.backbone, model.tasks)
    before = encoder.backbone.stem[1].weight.clone()
    with torch.no_grad():
        weight.add_(1)
    encoder.update(model.backbone, model.tasks)
    assert isinstance(encoder.backbone.stem[1], nn.SyncBatchNorm)
    close(encoder.backbone.stem[1].weight, before + 0.25)


def test_head_and_momentum_encoder_need_each_other():
    with pytest.raises(KeyError, match='averaged.*set model.momentum_encoder=dict'):
        loss_of(build_recognizer(heads=MOCO['heads']))
    with pytest.raises(ValueError, match='model.momentum_encoder: none of the heads uses it'):
        build_recognizer(momentum_encoder=AVERAGE)


@pytest.mark.parametrize('num_clips', [2, 3])
def test_byol_predicts_the_averaged_projections_of_other_clips(num_clips):
    head, features = build('BYOLHead'), torch.cat([draw(4), draw(4, seed=1)], dim=1)
    features = features.detach()[:, :num_clips].requires_grad_()
    averaged = torch.cat([averaged_of(4, seed=2), averaged_of(4, seed=3)], dim=1)[:, :num_clips]
    targets = targets_of(BATCH[:4]).extended(averaged=averaged)
    values = head.loss(features, targets)
    predictions = head.predictor(head.projector(features.flatten(0, 1))).view(4, num_clips, -1)
    terms, hits = [], []
    for video in range(4):
        for a in range(num_clips):
            found = {
                (v, b): cosine(predictions[video, a], averaged[v, b])
                for v in range(4)
                for b in range(num_clips)
                if (v, b) != (video, a)
            }
            terms += [2 - 2 * cos for (v, _), cos in found.items() if v == video]
            hits.append(max(found, key=found.get)[0] == video)
    expected = sum(terms) / len(terms)
    close(values['loss'], expected)
    assert_same_gradients(head, features, values['loss'], expected)
    assert values['acc'].item() == pytest.approx(sum(hits) / len(hits))
    with pytest.raises(ValueError, match='BYOLHead: use a clip_sampler that draws several clips'):
        head.loss(features[:, :1], targets)
