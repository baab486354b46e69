import math

import pytest
import torch
from head_cases import BATCH, assert_same_gradients, build, close, draw
from networks import build as build_recognizer
from networks import loss_of
from pairs import RELATED, cosine, five_numbers, targets_of

SCALE = 10.0


def numbers_of(pair):
    """What the head is told of a relation."""
    speed_p, direction_p, speed_q, direction_q, shift = five_numbers(pair)
    values = [math.log2(speed_p), direction_p, math.log2(speed_q), direction_q, shift / SCALE]
    return torch.tensor(values, dtype=torch.float64)


def test_each_clip_predicts_the_averaged_feature_of_the_other():
    head, features = build('RelativePredictionHead', shift_scale=SCALE), draw(6)
    averaged = draw(6, seed=1).detach()
    values = head.loss(features, targets_of(BATCH).extended(averaged=averaged))
    predicted, wanted = [], []
    for name, of_video, target in zip(BATCH, features, averaged):
        pair = RELATED[name]
        for source, other in ((pair, 0), (pair.swapped(), 1)):
            told = torch.stack(
                [weight @ numbers_of(source) for weight in head.embed_relation.weight]
            )
            predicted.append(head.predictor(torch.cat([of_video[other], told])[None])[0])
            wanted.append(target[1 - other])
    terms = [1 - cosine(p, w) for p, w in zip(predicted, wanted)]
    expected = sum(terms) / len(terms)
    close(values['loss'], expected)
    assert_same_gradients(head, features, values['loss'], expected)
    hits = [
        max(range(12), key=lambda k: cosine(p, wanted[k]).item()) == number
        for number, p in enumerate(predicted)
    ]
    assert values['acc'].item() == pytest.approx(sum(hits) / 12)
    assert values['chance'].item() == pytest.approx(1 / 12)


def test_targets_are_features_of_the_averaged_network():
    heads = dict(prediction=dict(type='RelativePredictionHead'))
    average = dict(type='ExponentialMovingAverage', momentum=0.25)
    model = build_recognizer(heads=heads, momentum_encoder=average)
    loss_of(model).backward()
    assert model.backbone.stem[0].weight.grad.abs().sum() > 0
    averaged = model.momentum_encoder.project(draw(2).float())['prediction']
    close(averaged, draw(2).float())
    with pytest.raises(KeyError, match='averaged.*set model.momentum_encoder=dict'):
        loss_of(build_recognizer(heads=heads))
    with pytest.raises(ValueError, match='shift_scale=0'):
        build('RelativePredictionHead', shift_scale=0)
