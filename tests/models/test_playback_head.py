import numpy as np
import pytest
import torch
import torch.nn.functional as F
from head_cases import assert_same_gradients
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from tev_mmaction.models.heads import collect_targets
from tev_mmaction.temporal import Playback, PlaybackSampler

WIDTH, SPEEDS = 6, (1, 2, 4)


def build(kind, **changes):
    """A head in float64 with fixed weights."""
    torch.manual_seed(0)
    cfg = dict(type=kind, in_channels=WIDTH, norm_cfg=None)
    if kind == 'PlaybackSpeedHead':
        cfg.update(speeds=SPEEDS)
    return MODELS.build({**cfg, **changes}).double()


def features_of(count, num_clips=4):
    generator = torch.Generator().manual_seed(0)
    shape = (count, num_clips, WIDTH)
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


def targets_of(labels):
    samples = []
    for video, each in enumerate(labels):
        samples.append(ActionDataSample())
        samples[-1].set_metainfo(dict(each, sample_idx=video))
    return collect_targets(samples)


def drawn(count):
    """Labels of the sampler."""
    rng = np.random.default_rng(0)
    sampler = PlaybackSampler(8, speeds=SPEEDS)
    return [sampler.place(None, 100, rng).labels for _ in range(count)]


def assert_is_cross_entropy(head, features, targets, rows, classes):
    """Loss, gradients and accuracy, with softmax written out; ``rows`` are (video, clip)."""
    values = head.loss(features, targets)
    linear, last = head.classifier[0], head.classifier[-1]
    terms, hits = [], []
    for (video, clip), label in zip(rows, classes):
        hidden = (linear.weight @ features[video, clip] + linear.bias).clamp(min=0)
        scores = last.weight @ hidden + last.bias
        terms.append(-torch.log(scores[label].exp() / scores.exp().sum()))
        hits.append(scores.argmax().item() == label)
    expected = sum(terms) / len(terms)
    torch.testing.assert_close(values['loss'], expected, rtol=1e-9, atol=1e-9)
    assert_same_gradients(head, features, values['loss'], expected, 1e-9)
    assert values['acc'].item() == pytest.approx(sum(hits) / len(hits))


def test_every_clip_is_classified_by_its_transformation():
    labels, features = drawn(5), features_of(5)
    rows = [(video, clip) for video in range(5) for clip in range(4)]
    assert_is_cross_entropy(
        build('PlaybackHead'), features, targets_of(labels), rows, [0, 1, 2, 3] * 5
    )


def test_the_classes_are_those_of_the_sampler():
    head = build('PlaybackHead')
    assert head.num_classes == len(Playback) == 4
    assert head.labels(targets_of(drawn(2))).tolist() == [*Playback, *Playback]


def test_speeds_are_those_of_clips_that_have_one():
    labels, features = drawn(12), features_of(12)
    speeds = [each['speeds'][0] for each in labels]
    assert len(set(speeds)) == 3
    rows = [(video, clip) for video in range(12) for clip in (0, 2)]
    classes = [SPEEDS.index(speed) for speed in speeds for _ in range(2)]
    head, targets = build('PlaybackSpeedHead'), targets_of(labels)
    assert head.labels(targets).tolist() == classes
    assert_is_cross_entropy(head, features, targets, rows, classes)


def test_clips_without_a_speed_take_no_part():
    head, features = build('PlaybackSpeedHead'), features_of(3)
    loss = head.loss(features, targets_of(drawn(3)))['loss']
    gradient = torch.autograd.grad(loss, features)[0]
    assert gradient[:, [0, 2]].any(dim=-1).all() and not gradient[:, [1, 3]].any()


def test_the_speed_head_counts_with_any_clips():
    """Which clips have a speed may differ between videos."""
    labels = [dict(speeds=(0, 2, 0)), dict(speeds=(4, 1, 0))]
    head, features = build('PlaybackSpeedHead'), features_of(2, num_clips=3)
    rows = [(0, 1), (1, 0), (1, 1)]
    assert_is_cross_entropy(head, features, targets_of(labels), rows, [1, 2, 0])


def test_wrong_labels_name_the_remedy():
    targets = targets_of([dict(playback=(0, 4), speeds=(1, 8))])
    with pytest.raises(ValueError, match=r'have \[4\].*clip_sampler'):
        build('PlaybackHead').loss(features_of(1, 2), targets)
    with pytest.raises(ValueError, match=r'speeds \(1, 2, 4\), but the clips have \[1, 8\]'):
        build('PlaybackSpeedHead').loss(features_of(1, 2), targets)
    with pytest.raises(KeyError, match="'playback'"):
        build('PlaybackHead').loss(features_of(1, 2), targets_of([dict(speeds=(1, 2))]))


@pytest.mark.parametrize('kind', ['PlaybackHead', 'PlaybackSpeedHead'])
def test_loss_weight_and_norm(kind):
    features, targets = features_of(4), targets_of(drawn(4))
    plain, weighted = (
        build(kind, loss_weight=weight, norm_cfg=dict(type='BN1d')).loss(features, targets)
        for weight in (1.0, 2.5)
    )
    assert weighted['loss'].item() == pytest.approx(2.5 * plain['loss'].item())
    assert weighted['acc'] == plain['acc']
    assert plain['loss'] != build(kind).loss(features, targets)['loss']


def test_half_precision_scores_are_compared_in_float32():
    head = build('PlaybackHead').bfloat16()
    features, targets = features_of(4).detach().bfloat16(), targets_of(drawn(4))
    scores = head.classifier(features.flatten(0, 1)).float()
    expected = F.cross_entropy(scores, torch.tensor([0, 1, 2, 3] * 4))
    assert head.loss(features, targets)['loss'].item() == pytest.approx(expected.item(), rel=1e-6)
