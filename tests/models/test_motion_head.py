import pytest
import torch
from head_cases import WIDTH, build, close, draw
from pairs import samples_of

from tev_mmaction.models.heads import collect_targets

PARTS = 2
COLUMNS = dict(directions=8, mass=1, velocity=2, rotation=1, expansion=1, turning=1)


def targets_with(motion):
    samples = samples_of(['before'] * len(motion))
    for sample, values in zip(samples, motion):
        sample.set_metainfo(dict(motion=values.float().numpy()))
    return collect_targets(samples)


def random_motion(count, parts=PARTS):
    return torch.randn(count, 2, parts, 14, generator=torch.Generator().manual_seed(1))


def loop_loss(head, features, motion):
    """Mean over clips, parts and groups of the mean squared error of a group's columns."""
    terms = []
    for pair, wanted in zip(features, motion):
        for feature, parts in zip(pair, wanted):
            predicted = head.regressor(feature[None])[0]
            for part in range(PARTS):
                first = 0
                for width in COLUMNS.values():
                    columns = range(first, first + width)
                    errors = [(predicted[14 * part + c] - parts[part, c]) ** 2 for c in columns]
                    terms.append(sum(errors) / width)
                    first += width
    return sum(terms) / len(terms)


def test_loss_is_that_of_explicit_loops():
    head, features, motion = build('MotionHead', parts=PARTS), draw(5), random_motion(5)
    found = head.loss(features, targets_with(motion))
    close(found['loss'].double(), loop_loss(head, features, motion.double()), 1e-5)
    wanted = torch.autograd.grad(loop_loss(head, features, motion.double()), features)
    for a, b in zip(torch.autograd.grad(found['loss'], features), wanted):
        close(a, b, 1e-5)


def test_r2_is_one_for_a_perfect_and_zero_for_a_constant_prediction():
    head, features, motion = build('MotionHead', parts=PARTS), draw(4), random_motion(4)
    head.regressor = torch.nn.Linear(WIDTH, 14 * PARTS).double()
    torch.nn.init.zeros_(head.regressor.weight)
    torch.nn.init.zeros_(head.regressor.bias)
    assert head.loss(features, targets_with(motion))['r2'] == pytest.approx(0, abs=1e-6)
    same = torch.ones_like(motion)
    torch.nn.init.ones_(head.regressor.bias)
    assert head.loss(features, targets_with(same))['r2'] == pytest.approx(1)


def test_the_weight_is_that_of_the_loss():
    motion = random_motion(3)
    one, two = (
        build('MotionHead', parts=PARTS, loss_weight=w).loss(draw(3), targets_with(motion))
        for w in (1, 2)
    )
    close(two['loss'], 2 * one['loss'])
    close(two['r2'], one['r2'])


def test_other_parts_than_those_of_the_transform_are_refused():
    head = build('MotionHead', parts=4)
    with pytest.raises(ValueError, match='predicts 4 parts.*has \\(2, 14\\)'):
        head.loss(draw(3), targets_with(random_motion(3)))
