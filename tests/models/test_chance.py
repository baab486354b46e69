"""The chance of classification heads: the largest share of a class among the labels so far."""

from collections import Counter

import numpy as np
import pytest
import torch
from head_cases import build, draw
from pairs import RELATED, targets_of
from test_playback_head import build as build_playback
from test_playback_head import features_of
from test_playback_head import targets_of as playback_targets_of

from tev_mmaction.models.heads import AuxiliaryHead
from tev_mmaction.temporal import PlaybackSampler

BATCHES = [
    ['before', 'before', 'after'],
    ['overlapping', 'equal'],
    ['after', 'after', 'after', 'after'],
]


def told(kind, name):
    """What the task is about, of each clip or pair."""
    clips = RELATED[name].clips
    if kind == 'SpeedHead':
        return [clip.speed for clip in clips]
    if kind == 'DirectionHead':
        return [clip.direction for clip in clips]
    return ['overlapping' if name == 'equal' else name]


def share(labels):
    return Counter(labels).most_common(1)[0][1] / len(labels)


@pytest.mark.parametrize('kind', ['SpeedHead', 'DirectionHead', 'OrderHead'])
def test_labels_of_a_training_are_counted_from_its_start(kind):
    head, seen = build(kind), []
    for names in BATCHES:
        seen += [label for name in names for label in told(kind, name)]
        chance = head.loss(draw(len(names)), targets_of(names))['chance']
        assert chance.item() == pytest.approx(share(seen)) and not chance.requires_grad


def test_labels_of_an_evaluation_are_those_of_the_batch():
    head = build('OrderHead')
    for names, expected in zip(BATCHES, (2 / 3, 1, 1)):
        head.eval()
        chance = head.loss(draw(len(names)), targets_of(names))['chance']
        assert chance.item() == pytest.approx(expected)
        head.train()  # what evaluation saw in between does not count
    chance = head.loss(draw(3), targets_of(BATCHES[0]))['chance']
    assert chance.item() == pytest.approx(2 / 3)


def test_small_batches_do_not_raise_it():
    """The largest share of a batch of two clips is 1/2 or 1, whatever the labels' distribution."""
    head, rng, names = build('OrderHead'), np.random.default_rng(0), ['before', 'after', 'equal']
    for _ in range(400):
        batch = rng.choice(names, size=2).tolist()
        values = head.loss(draw(2), targets_of(batch))
    assert values['chance'].item() == pytest.approx(1 / 3, abs=0.04)


def test_it_is_no_part_of_a_checkpoint():
    """Checkpoints from before it was logged load as they did."""
    head = build('SpeedHead')
    names = set(head.state_dict())
    head.loss(draw(3), targets_of(BATCHES[0]))
    assert set(head.state_dict()) == names


def test_clips_without_a_speed_do_not_count():
    speeds = [(1, 0, 1, 0), (2, 0, 2, 0), (2, 0, 2, 0)]
    labels = [dict(playback=(0, 1, 2, 3), speeds=each) for each in speeds]
    head = build_playback('PlaybackSpeedHead')
    values = head.loss(features_of(3), playback_targets_of(labels))
    assert values['chance'].item() == pytest.approx(4 / 6)
    none = [dict(playback=(1, 1, 3, 3), speeds=(0, 0, 0, 0))]
    head = build_playback('PlaybackSpeedHead')
    assert head.loss(features_of(1), playback_targets_of(none))['chance'] == 0


def test_it_is_what_always_naming_that_class_gets():
    """Of a sampler's draws, by counting hits."""
    rng, sampler = np.random.default_rng(0), PlaybackSampler(8, speeds=(1, 2, 4))
    labels = [sampler.place(None, int(rng.integers(12, 40)), rng).labels for _ in range(200)]
    head = build_playback('PlaybackSpeedHead')
    chance = head.loss(features_of(200), playback_targets_of(labels))['chance'].item()
    speeds = [speed for each in labels for speed in each['speeds'] if speed]
    hits = max(np.mean([speed == guess for speed in speeds]) for guess in (1, 2, 4))
    assert chance == pytest.approx(hits)


def test_a_head_of_ones_own_has_it_too():
    class Parity(AuxiliaryHead):
        def labels(self, targets):
            return targets['sample_idx'] % 2

    head = Parity(6, num_classes=2, in_clips=2).double()
    targets = targets_of(['before'] * 4, [0, 2, 4, 5])
    assert head.loss(draw(4), targets)['chance'].item() == 0.75
    assert head.class_counts(targets).tolist() == [3, 1]
    assert head.class_names == ['0', '1'] and torch.is_tensor(head.class_counts(targets))
