"""Classes that a label names, against softmax written out."""

import pytest
import torch
from head_cases import assert_same_gradients
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from tev_mmaction.models.heads import ClassificationHead, collect_targets

WIDTH = 6


def build(**changes):
    """A head in float64 with fixed weights."""
    torch.manual_seed(0)
    cfg = dict(
        type='LabelHead', in_channels=WIDTH, label='kind', num_classes=3, norm_cfg=None, **changes
    )
    return MODELS.build(cfg).double()


def draw(count, num_clips):
    generator = torch.Generator().manual_seed(0)
    shape = (count, num_clips, WIDTH)
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


def targets_of(kinds):
    samples = [ActionDataSample() for _ in kinds]
    for video, (sample, kind) in enumerate(zip(samples, kinds)):
        sample.set_metainfo(dict(kind=kind, sample_idx=video))
    return collect_targets(samples)


def dot(weights, values):
    return sum(w * v for w, v in zip(weights, values))


def scores_of(head, values):
    """Scores of one input: a hidden layer with ReLU, and a linear layer."""
    first, last = head.classifier[-3], head.classifier[-1]
    hidden = [(dot(w, values) + b).clamp(min=0) for w, b in zip(first.weight, first.bias)]
    return [dot(w, hidden) + b for w, b in zip(last.weight, last.bias)]


def assert_is_cross_entropy(head, features, targets, inputs, classes):
    values = head.loss(features, targets)
    terms, hits = [], []
    for values_of_one, label in zip(inputs, classes):
        scores = scores_of(head, values_of_one)
        terms.append(-torch.log(scores[label].exp() / sum(s.exp() for s in scores)))
        hits.append(max(range(3), key=lambda c, scores=scores: scores[c].item()) == label)
    expected = sum(terms) / len(terms)
    torch.testing.assert_close(values['loss'], expected, rtol=1e-9, atol=1e-9)
    assert_same_gradients(head, features, values['loss'], expected, 1e-9)
    assert values['acc'].item() == pytest.approx(sum(hits) / len(hits))


def test_each_clip_has_a_class():
    features, kinds = draw(2, 3), [(0, 2, 1), (2, 2, 0)]
    inputs = [clip for clips in features for clip in clips]
    targets = targets_of(kinds)
    assert_is_cross_entropy(build(), features, targets, inputs, [k for each in kinds for k in each])


def test_all_clips_of_a_video_have_one_class():
    features, kinds = draw(3, 2), [1, 0, 2]
    inputs = [torch.cat(list(clips)) for clips in features]
    assert_is_cross_entropy(build(in_clips=2), features, targets_of(kinds), inputs, kinds)


def test_clips_are_compared_by_the_sum_of_their_differences():
    features, kinds = draw(3, 4), [1, 0, 2]
    inputs = []
    for clips in features:
        inputs.append(sum(clips[i] - clips[j] for i in range(4) for j in range(i + 1, 4)))
    head = build(in_clips=4, fusion='differences')
    assert_is_cross_entropy(head, features, targets_of(kinds), inputs, kinds)
    with pytest.raises(ValueError, match="fusion='sum'"):
        build(fusion='sum')


def test_labels_that_are_no_classes_are_refused():
    with pytest.raises(ValueError, match=r"classes 0 to 2 of 'kind'.*have \[-1, 3\].*clip_sampler"):
        build().loss(draw(1, 3), targets_of([(3, -1, 0)]))
    with pytest.raises(KeyError, match="'kind'"):
        build().loss(draw(1, 3), collect_targets([ActionDataSample()]))


def test_a_head_without_label_name_must_give_labels():
    head = ClassificationHead(torch.nn.Linear(WIDTH, 2), 2)
    with pytest.raises(NotImplementedError, match='needs a label_name'):
        head.labels({})
