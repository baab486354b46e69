from itertools import permutations
from math import factorial

import numpy as np
import pytest
import torch
from head_cases import assert_same_gradients
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from networks import build as build_recognizer
from networks import clips

from tev_mmaction.models.heads import collect_targets
from tev_mmaction.temporal import ShuffledClipSampler

WIDTH = 6


def build(num_clips=3, **changes):
    """A head in float64 with fixed weights."""
    torch.manual_seed(0)
    cfg = dict(type='ClipOrderHead', in_channels=WIDTH, num_clips=num_clips, dropout=0.0)
    return MODELS.build({**cfg, **changes}).double()


def draw(count, num_clips=3):
    generator = torch.Generator().manual_seed(0)
    shape = (count, num_clips, WIDTH)
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


def samples_of(permutation):
    samples = []
    for video, number in enumerate(permutation):
        samples.append(ActionDataSample())
        samples[-1].set_metainfo(dict(permutation=number, sample_idx=video))
    return samples


def targets_of(permutation):
    return collect_targets(samples_of(permutation))


def scores_of(head, clips):
    """VCOP's network, video by video: pairs, one shared layer, concatenation, one layer."""
    shared, last = head.classifier.compare[0], head.classifier.classify[-1]
    hidden = []
    for first in range(len(clips)):
        for second in range(first + 1, len(clips)):
            pair = torch.cat([clips[first], clips[second]])
            hidden.append((shared.weight @ pair + shared.bias).clamp(min=0))
    return last.weight @ torch.cat(hidden) + last.bias


@pytest.mark.parametrize('num_clips', [2, 3, 4])
def test_the_loss_is_cross_entropy_of_pairwise_features(num_clips):
    head, features = build(num_clips), draw(5, num_clips)
    labels = [0, 1, factorial(num_clips) - 1, 0, 1]
    values = head.loss(features, targets_of(labels))
    scores = [scores_of(head, clips) for clips in features]
    terms = [-torch.log(s[label].exp() / s.exp().sum()) for s, label in zip(scores, labels)]
    expected = sum(terms) / len(terms)
    torch.testing.assert_close(values['loss'], expected, rtol=1e-9, atol=1e-9)
    assert_same_gradients(head, features, values['loss'], expected, 1e-9)
    hits = [s.argmax().item() == label for s, label in zip(scores, labels)]
    assert values['acc'].item() == pytest.approx(np.mean(hits))


def test_sizes_are_those_of_vcop():
    """Three clips: three pairs, a hidden layer as wide as a feature, six orders."""
    head = build()
    shapes = {name: tuple(parameter.shape) for name, parameter in head.named_parameters()}
    assert shapes == {
        'classifier.compare.0.weight': (WIDTH, 2 * WIDTH),
        'classifier.compare.0.bias': (WIDTH,),
        'classifier.classify.1.weight': (6, 3 * WIDTH),
        'classifier.classify.1.bias': (6,),
    }
    assert (
        MODELS.build(dict(type='ClipOrderHead', in_channels=WIDTH)).classifier.classify[0].p == 0.5
    )


def test_an_order_and_its_reverse_may_be_one_class():
    head = build(4, reversible=True)
    assert head.num_classes == head.classifier.classify[-1].out_features == 12
    with pytest.raises(ValueError, match="classes 0 to 11 of 'permutation'.*have \\[12\\]"):
        head.loss(draw(2, 4), targets_of([3, 12]))


def test_dropout_acts_on_the_pairs_in_training_alone():
    head, features, targets = build(dropout=0.5), draw(5), targets_of([0] * 5)
    assert head.loss(features, targets)['loss'] != head.loss(features, targets)['loss']
    torch.testing.assert_close(head.eval().loss(features, targets), build().loss(features, targets))


def test_labels_are_the_orders_that_the_sampler_shuffled_to(rng):
    """A network that compares the clips' places in time reaches the lowest loss there is."""
    sampler = ShuffledClipSampler(4, num_clips=3)
    placed = [sampler.place(None, 80, rng) for _ in range(40)]
    head = build()
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.zero_()
        # Each pair says how much later its second clip is, and how much later its first one is.
        compare, last = head.classifier.compare[0], head.classifier.classify[-1]
        compare.weight[0, 0], compare.weight[0, WIDTH] = -1, 1
        compare.weight[1, 0], compare.weight[1, WIDTH] = 1, -1
        for number, order in enumerate(permutations(range(3))):
            for pair, (first, second) in enumerate([(0, 1), (0, 2), (1, 2)]):
                sign = 1 if order[first] < order[second] else -1
                last.weight[number, pair * WIDTH] = sign
                last.weight[number, pair * WIDTH + 1] = -sign
    features = torch.zeros(40, 3, WIDTH, dtype=torch.float64)
    features[:, :, 0] = torch.tensor([[clip.start for clip in p.clips] for p in placed])
    values = head.loss(features, targets_of([p.labels['permutation'] for p in placed]))
    assert values['acc'] == 1 and values['loss'] < 1e-6


def test_shuffling_clips_permutes_the_pairs_they_are_in():
    """Scores depend on the order of the clips, and on nothing else of the sample."""
    head, features = build().eval(), draw(2)
    scores = head.classifier(features.flatten(1))
    for order in permutations(range(3)):
        shuffled = features[:, list(order)]
        expected = torch.stack([scores_of(head, clips) for clips in shuffled])
        found = head.classifier(shuffled.flatten(1))
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
        assert torch.allclose(found, scores) == (order == (0, 1, 2))


def test_loss_weight_scales_the_loss_alone():
    features, targets = draw(4), targets_of([0, 1, 2, 3])
    plain, weighted = (build(loss_weight=w).loss(features, targets) for w in (1.0, 2.5))
    assert weighted['loss'].item() == pytest.approx(2.5 * plain['loss'].item())
    assert weighted['acc'] == plain['acc']


def test_wrong_numbers_of_clips_are_refused():
    with pytest.raises(ValueError, match='num_clips=1'):
        build(1)
    model = build_recognizer(heads=dict(clip_order=dict(type='ClipOrderHead', num_clips=3)))
    samples = samples_of([0, 1, 2, 5])
    logs = model(clips(4, 3), samples, mode='loss')
    assert set(logs) == {'loss_clip_order', 'acc_clip_order', 'chance_clip_order', 'feature_std'}
    with pytest.raises(ValueError, match=r'clip_order: ClipOrderHead is trained on 3 clips'):
        model(clips(4, 2), samples, mode='loss')
