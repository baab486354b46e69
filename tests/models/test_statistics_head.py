import pytest
import torch
from head_cases import BATCH, WIDTH, assert_same_gradients, close, draw
from mmaction.registry import MODELS
from pairs import targets_of


def build(**changes):
    """A head in float64 with fixed weights."""
    torch.manual_seed(0)
    return MODELS.build(dict(type='StatisticsHead', in_channels=WIDTH, **changes)).double()


def test_the_loss_is_that_of_explicit_loops():
    head, features = build(motion_weight=0.8, appearance_weight=0.3), draw(6)
    statistics = torch.randint(1, 17, (6, 2, 27), generator=torch.Generator().manual_seed(0))
    values = head.loss(features, targets_of(BATCH).extended(statistics=statistics))
    terms, spread = [], []
    means = [sum(clip[k] for video in statistics for clip in video) / 12 for k in range(27)]
    for clips, wanted in zip(features, statistics):
        for feature, labels in zip(clips, wanted):
            predicted = head.regressor(feature[None])[0]
            for each, other in ((terms, predicted), (spread, means)):
                motion = sum((other[k] - labels[k]) ** 2 for k in range(14)) / 14
                appearance = sum((other[k] - labels[k]) ** 2 for k in range(14, 27)) / 13
                each.append(0.8 * motion + 0.3 * appearance)
    expected = sum(terms) / len(terms)
    close(values['loss'], expected)
    assert_same_gradients(head, features, values['loss'], expected)
    assert values['r2'].item() == pytest.approx((1 - expected / (sum(spread) / 12)).item())


def test_without_the_transform_the_label_names_it():
    with pytest.raises(KeyError, match='put ClipStatistics into the pipeline'):
        build().loss(draw(6), targets_of(BATCH))
