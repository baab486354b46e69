"""The loss of drawn orders as loops, and what the policy learns from rewards."""

from itertools import permutations

import numpy as np
import pytest
import torch
from head_cases import assert_same_gradients
from mmaction.registry import MODELS
from test_clip_order_head import scores_of

WIDTH, VIDEOS = 6, 5


def build(num_clips=3, **changes):
    """A head in float64 with fixed weights."""
    torch.manual_seed(0)
    cfg = dict(type='PolicyOrderHead', in_channels=WIDTH, num_clips=num_clips, dropout=0.0)
    return MODELS.build({**cfg, **changes}).double()


def draw(count=VIDEOS, num_clips=3):
    generator = torch.Generator().manual_seed(0)
    shape = (count, num_clips, WIDTH)
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


def targets_of(first=0, count=VIDEOS):
    return dict(sample_idx=torch.arange(first, first + count))


@pytest.mark.parametrize('training', [True, False])
def test_the_loss_is_cross_entropy_of_the_drawn_orders(training):
    head, features = build().train(training), draw()
    values = head.loss(features, targets_of())
    rng, orders = np.random.default_rng([0, *range(VIDEOS)]), list(permutations(range(3)))
    tested = rng.integers(6, size=VIDEOS) if training else []
    drawn = rng.choice(6, size=VIDEOS, p=np.full(6, 1 / 6))
    terms, errors = [], np.full(6, 5 / 6)
    for clips, number in zip(features, drawn):
        scores = scores_of(head, [clips[place] for place in orders[number]])
        terms.append(-torch.log(scores[number].exp() / scores.exp().sum()))
    expected = sum(terms) / VIDEOS
    torch.testing.assert_close(values['loss'], expected, rtol=1e-9, atol=1e-9)
    assert_same_gradients(head, features, values['loss'], expected, 1e-9)
    for number in set(tested):
        wrong = [
            scores_of(head, [clips[place] for place in orders[number]]).argmax().item() != number
            for clips, other in zip(features, tested)
            if other == number
        ]
        errors[number] += 0.1 * (np.mean(wrong) - errors[number])
    np.testing.assert_allclose(head.errors.numpy(), errors, atol=1e-6)
    assert values['error'].item() == pytest.approx(errors.mean())
    shares = np.bincount(drawn, minlength=6) / VIDEOS if training else np.zeros(6)
    np.testing.assert_allclose(head.shares.numpy(), shares, atol=1e-6)


def pull(preferences, shares, explore=0.5):
    """The gradient of the log-likelihood of the draws, by differentiation."""
    preferences = torch.tensor(preferences, dtype=torch.float64, requires_grad=True)
    drawn = (1 - explore) * preferences.softmax(dim=0) + explore / len(preferences)
    likelihood = (torch.tensor(shares, dtype=torch.float64) * drawn.log()).sum()
    return torch.autograd.grad(likelihood, preferences)[0].numpy()


def test_orders_whose_batches_lower_the_error_become_likelier():
    """Against the update written out, for rewards that depend on the drawn orders."""
    head, rng = build(num_clips=2, policy_lr=0.1), np.random.default_rng(0)
    preferences, mean, square = np.zeros(2), 0.0, 0.0
    for _ in range(60):
        share = rng.random()
        reward = 0.01 * share + 0.002 * rng.normal()  # order 0 teaches
        head.shares.copy_(torch.tensor([share, 1 - share]))
        head._reinforce(torch.tensor(reward, dtype=torch.float64))
        deviation = max(square - mean**2, 0) ** 0.5
        if deviation > 0:
            advantage = np.clip((reward - mean) / deviation, -3, 3)
            preferences = preferences + 0.1 * advantage * pull(preferences, [share, 1 - share])
        mean, square = mean + 0.1 * (reward - mean), square + 0.1 * (reward**2 - square)
    np.testing.assert_allclose(head.preferences.numpy(), preferences, rtol=1e-5)
    first, second = head.probabilities().tolist()
    assert first > 0.6 and first + second == pytest.approx(1)


@pytest.mark.parametrize('explore', [0.2, 1.0])
def test_rewards_that_do_not_depend_on_the_orders_leave_the_policy(explore):
    """On average over its draws, of which a part or all are uniform."""
    head = build(explore=explore)
    preferences = torch.tensor([3.0, 0.5, 0.0, 0.0, -1.0, 0.0])
    head.preferences.copy_(preferences)
    head.shares.copy_(head.probabilities())  # as expected
    head.reward.copy_(torch.tensor([0.0, 1.0]))
    head._reinforce(torch.tensor(2.0, dtype=torch.float64))
    torch.testing.assert_close(head.preferences, preferences.double(), rtol=0, atol=1e-7)


def test_what_the_policy_knows_is_in_the_checkpoint():
    head, again = build(), build()
    for first in range(0, 60, VIDEOS):
        head.loss(draw(), targets_of(first))
    assert head.preferences.any() and head.reward.any()
    again.load_state_dict(head.state_dict())
    logs = [each.loss(draw(), targets_of(99)) for each in (head, again)]
    assert logs[0] == logs[1]
    assert torch.equal(head.preferences, again.preferences)


def test_the_test_of_a_batch_leaves_gradients_under_autocast():
    head, features = build().float(), draw().detach().float()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = head.loss(features, targets_of())['loss']
    loss.backward()
    assert loss.dtype == torch.float32
    assert all(p.grad is not None and p.grad.any() for p in head.parameters())


def test_draws_follow_the_policy():
    head = build(num_clips=2, explore=0.2)
    head.preferences.copy_(torch.tensor([3.0, 0.0]))
    expected = 0.8 / (1 + np.exp(-3)) + 0.1
    assert head.probabilities()[0].item() == pytest.approx(expected)
    head.loss(draw(4000, 2).detach(), targets_of(count=4000))
    assert head.shares[0].item() == pytest.approx(expected, abs=0.03)
    assert build(explore=1.0).probabilities().tolist() == pytest.approx([1 / 6] * 6)


@pytest.mark.parametrize(
    'arguments, named',
    [
        (dict(num_clips=6), 'num_clips=6'),
        (dict(policy_lr=0), 'policy_lr=0'),
        (dict(explore=0.0), 'explore=0.0'),
        (dict(momentum=1.5), 'momentum=1.5'),
    ],
)
def test_wrong_arguments_are_refused(arguments, named):
    with pytest.raises(ValueError, match=named):
        build(**arguments)
