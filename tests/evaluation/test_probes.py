"""Probes: many at once are as each alone, and nothing is chosen on test videos."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from tev_mmaction.evaluation import FeatureSet
from tev_mmaction.evaluation.probe_heads import HEADS, AttentiveHead, LinearHead
from tev_mmaction.evaluation.probe_training import Setting, train_heads
from tev_mmaction.evaluation.probing import Prober, part_of

SHAPE = (2, 3, 8)  # clips, time steps, width
SETTINGS = [Setting(1e-3, 0.0), Setting(1e-2, 0.5), Setting(3e-2, 2.0)]


def made_up(rng, count=90, classes=3, spread=1.0, width=SHAPE[2], name='train'):
    """The class is in one random clip and time step of each video; the rest is noise."""
    labels = np.arange(count) % classes
    maps = spread * rng.normal(size=(count, *SHAPE[:2], width))
    places = rng.integers(0, SHAPE[0], count), rng.integers(0, SHAPE[1], count)
    maps[np.arange(count), places[0], places[1], labels] += 8
    names = [f'{name}/{number}.mp4' for number in range(count)]
    features = maps.reshape(count, -1).astype(np.float32)
    return FeatureSet(features, labels.astype(np.int64), names)


def prober(**changes):
    return Prober(SHAPE, 3, **{**dict(rates=[1e-3, 1e-2], decays=[0.0, 0.1], steps=8), **changes})


@pytest.mark.parametrize('kind', HEADS)
def test_many_at_once_are_as_each_alone(rng, kind):
    inputs = torch.from_numpy(rng.normal(size=(150, *SHAPE)))
    labels = torch.from_numpy(rng.integers(0, 3, 150))
    torch.manual_seed(0)
    head = HEADS[kind](SHAPE, 3).double()
    start = {name: value.clone() for name, value in head.state_dict().items()}
    together = train_heads(head, inputs, labels, SETTINGS, steps=7, seed=5)
    generator, batches = torch.Generator().manual_seed(5), []
    while len(batches) < 7:
        batches += torch.randperm(150, generator=generator).split(64)
    for number, setting in enumerate(SETTINGS):
        head.load_state_dict(start)
        decayed = [p for p in head.parameters() if p.ndim > 1]
        others = [p for p in head.parameters() if p.ndim <= 1]
        alone = torch.optim.AdamW(
            [dict(params=decayed), dict(params=others, weight_decay=0)],
            lr=setting.rate,
            weight_decay=setting.decay,
        )
        for step, batch in enumerate(batches[:7]):
            for group in alone.param_groups:
                group['lr'] = setting.rate * (1 + np.cos(np.pi * step / 7)) / 2
            alone.zero_grad()
            F.cross_entropy(head(inputs[batch]), labels[batch]).backward()
            alone.step()
        expected = head(inputs).detach()
        scores = together.scores(inputs)[number].detach()
        torch.testing.assert_close(scores, expected, rtol=1e-9, atol=1e-9)
        assert torch.equal(together.predict(inputs)[number], expected.argmax(dim=1))


def test_attention_position_by_position(rng):
    """Against explicit loops over videos, heads and positions."""
    shape = (2, 3, 128)
    torch.manual_seed(1)
    head = AttentiveHead(shape, 5).double()
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    assert head.num_heads == 2
    weights = {name: value.numpy() for name, value in head.state_dict().items()}
    maps = rng.normal(size=(4, *shape))

    def norm(x, name):
        scaled = (x - x.mean()) / np.sqrt(x.var() + 1e-5)
        return scaled * weights[f'{name}.weight'] + weights[f'{name}.bias']

    def linear(x, name):
        return weights[f'{name}.weight'] @ x + weights[f'{name}.bias']

    expected = []
    for video in maps:
        tokens = [
            norm(video[clip, step] + weights['time'][step], 'norm')
            for clip in range(2)
            for step in range(3)
        ]
        both = [linear(token, 'to_keys_and_values') for token in tokens]
        asked, found = linear(weights['query'], 'to_query'), []
        for part in (slice(0, 64), slice(64, 128)):
            products = np.array([asked[part] @ each[:128][part] / 8 for each in both])
            shares = np.exp(products) / np.exp(products).sum()
            found.append(sum(s * each[128:][part] for s, each in zip(shares, both)))
        pooled = weights['query'] + linear(np.concatenate(found), 'projection')
        hidden = torch.from_numpy(linear(norm(pooled, 'mlp.0'), 'mlp.1'))
        pooled = pooled + linear(F.gelu(hidden).numpy(), 'mlp.3')
        expected.append(linear(pooled, 'classifier'))
    given = head(torch.from_numpy(maps)).detach().numpy()
    np.testing.assert_allclose(given, np.stack(expected), rtol=1e-8)


def test_the_svm_is_that_of_scikit_learn(rng):
    train, test = made_up(rng, spread=3.0), made_up(rng, 60, spread=3.0, name='test')
    vectors = [part.features.reshape(len(part), 2, -1).mean(axis=1) for part in (train, test)]
    scaler = StandardScaler().fit(vectors[0])
    svm = LinearSVC(C=0.01, max_iter=5000, random_state=0)
    predicted = svm.fit(scaler.transform(vectors[0]), train.labels).predict(
        scaler.transform(vectors[1])
    )
    result = prober(costs=[0.01]).probe('svm', train, test, seed=0)
    assert result.top1 == pytest.approx((predicted == test.labels).mean())
    assert result.mean1 == pytest.approx(balanced_accuracy_score(test.labels, predicted))
    assert result.settings == dict(C=0.01)


@pytest.mark.parametrize('kind', ['svm', *HEADS])
def test_test_videos_take_no_part_in_the_choice(rng, kind):
    train, test = made_up(rng, spread=3.0), made_up(rng, 30, spread=3.0, name='test')
    first = prober().probe(kind, train, test, seed=0)
    other = FeatureSet(test.features[::-1] * 3, rng.permutation(test.labels), test.names)
    again = prober().probe(kind, train, other, seed=0)
    assert (again.settings, again.validation) == (first.settings, first.validation)


def test_the_grid_is_judged_on_whole_groups(rng):
    """Against the first fold of scikit-learn."""
    train, test = made_up(rng, spread=3.0), made_up(rng, 30, name='test')
    groups = np.array([f'source {n}' for n in rng.integers(0, 12, 90)])
    train = FeatureSet(train.features, train.labels, train.names, groups)
    result = prober(steps=8).probe('linear', train, test, seed=0)
    splits = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    fit, held_out = next(splits.split(groups, train.labels, groups))
    vectors = StandardScaler().fit_transform(train.features.reshape(90, 2, -1).mean(axis=1))
    inputs = torch.from_numpy(vectors.astype(np.float32)).unflatten(1, (1, *SHAPE[1:]))
    labels = torch.from_numpy(train.labels)
    torch.manual_seed(0)
    head = LinearHead(SHAPE, 3)
    grid = [Setting(rate, decay) for rate in (1e-3, 1e-2) for decay in (0.0, 0.1)]
    heads = train_heads(head, inputs[fit], labels[fit], grid, steps=8, seed=0)
    accuracies = (heads.predict(inputs[held_out]) == labels[held_out]).double().mean(dim=1)
    assert result.validation == pytest.approx(accuracies.max().item(), abs=1e-6)
    assert result.settings == grid[accuracies.argmax()]._asdict()


@pytest.mark.parametrize('kind', ['svm', *HEADS])
def test_one_video_a_class_leaves_nothing_to_choose_by(rng, kind):
    train, test = made_up(rng), made_up(rng, 30, name='test')
    options = dict(rates=[1e-3, 1e-2, 1e-1], decays=[0.0], costs=[0.01, 0.1, 1.0], steps=5)
    result = prober(**options).probe(kind, part_of(train, [0, 1, 2]), test, seed=0)
    assert result.validation is None
    middle = dict(C=0.1) if kind == 'svm' else dict(rate=1e-2, decay=0.0)
    assert result.settings == middle


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(rates=[]), r'rates=\(\): give learning rates above 0'),
        (dict(rates=[0.1, 0]), 'rates=.*above 0'),
        (dict(decays=[-1]), 'decays=.*0 or more'),
        (dict(steps=0), 'steps=0: at least 1'),
        (dict(costs=[0.0]), 'costs=.*above 0'),
    ],
)
def test_wrong_values(changes, message):
    with pytest.raises(ValueError, match=message):
        prober(**changes)


def test_a_video_in_both_parts(rng):
    train = made_up(rng)
    with pytest.raises(ValueError, match='listed twice, or both as gallery and as query'):
        prober().probe('linear', train, part_of(train, [3, 4]), seed=0)
