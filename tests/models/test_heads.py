import pytest
import torch
import torch.nn.functional as F
from head_cases import (
    AUXILIARY,
    BATCH,
    CONTRASTIVE,
    HEADS,
    WIDTH,
    assert_same_gradients,
    build,
    close,
    draw,
)
from mmaction.registry import MODELS
from pairs import RELATED, cosine, data_sample, five_numbers, targets_of
from torch import nn

from tev_mmaction.models.heads import collect_targets
from tev_mmaction.temporal import ClipOrder, ClipPair

# names of pairs, and videos they are of
BATCHES = dict(
    groups=(BATCH, None),
    equal_clips=(('equal', 'before', 'equal', 'before'), None),
    a_video_twice=(('before', 'before', 'before', 'after'), (3, 3, 5, 8)),
    one_without_positive=(('before', 'after', 'before'), None),
)
any_batch = pytest.mark.parametrize('batch', BATCHES)


def loop_equation_1(head, features, batch, temperature, with_swapped):
    """Over vectors that know their video and their five numbers."""
    names, videos = BATCHES[batch]
    videos = range(len(names)) if videos is None else videos
    vectors = []
    for (f_p, f_q), name, video in zip(features, names, videos):
        pair = RELATED[name]
        vectors.append((video, five_numbers(pair), head.mlp(torch.cat([f_p, f_q])[None])[0]))
        if with_swapped:
            swapped = ClipPair(pair.q, pair.p)
            vectors.append((video, five_numbers(swapped), head.mlp(torch.cat([f_q, f_p])[None])[0]))

    def d(u, w):
        return torch.exp(cosine(u, w.detach()) / temperature)

    terms = []
    for i, rho_i, psi_i in vectors:
        against = sum(d(psi_i, psi_k) for _, rho_k, psi_k in vectors if rho_k != rho_i)
        for j, rho_j, psi_j in vectors:
            if i != j and rho_i == rho_j:
                terms.append(-torch.log(d(psi_i, psi_j) / (d(psi_i, psi_j) + against)))
    return sum(terms) / len(terms)


def loop_equation_3(head, features, videos, temperature):
    clips = [(v, head.mlp(f[None])[0]) for v, pair in zip(videos, features) for f in pair]

    def d(u, w):
        return torch.exp(cosine(u, w.detach()) / temperature)

    terms = []
    for a, (video_a, chi_a) in enumerate(clips):
        against = sum(d(chi_a, chi_c) for video_c, chi_c in clips if video_c != video_a)
        for b, (video_b, chi_b) in enumerate(clips):
            if a != b and video_a == video_b:
                terms.append(-torch.log(d(chi_a, chi_b) / (d(chi_a, chi_b) + against)))
    return sum(terms) / len(terms)


@pytest.mark.parametrize('with_swapped', [True, False])
@pytest.mark.parametrize('temperature', [0.1, 0.5])
@any_batch
def test_equivariance_is_equation_1(batch, temperature, with_swapped):
    head = build('EquivarianceHead', temperature=temperature, with_swapped=with_swapped)
    features = draw(len(BATCHES[batch][0]))
    loss = head.loss(features, targets_of(*BATCHES[batch]))['loss']
    expected = loop_equation_1(head, features, batch, temperature, with_swapped)
    close(loss, expected)
    assert_same_gradients(head, features, loss, expected)


@pytest.mark.parametrize('temperature', [0.1, 0.5])
@any_batch
def test_instance_is_equation_3(batch, temperature):
    names, videos = BATCHES[batch]
    head, features = build('InstanceHead', temperature=temperature), draw(len(names))
    loss = head.loss(features, targets_of(names, videos))['loss']
    expected = loop_equation_3(head, features, videos or range(len(names)), temperature)
    close(loss, expected)
    assert_same_gradients(head, features, loss, expected)


def test_swapped_pairs_are_encoded_and_labelled_as_such():
    """(q, p) of one video is a positive of (p, q) of another that has the inverse ρ."""
    pair = RELATED['before']
    samples = [data_sample(0, pair), data_sample(1, pair.swapped())]
    features = draw(2)
    features = torch.stack([features[0], features[0].flip(0)])  # the same clips, in other order
    head = build('EquivarianceHead')
    values = head.loss(features, collect_targets(samples))
    assert values['acc'] == 1 and values['negatives'] == 2
    head = build('EquivarianceHead', with_swapped=False).eval()
    values = head.loss(features, collect_targets(samples))
    assert values['loss'] == 0 and values['negatives'] == 1


def test_a_video_is_never_its_own_positive():
    """ρ of two equal clips is its own inverse: (p, q) and (q, p) bear one label."""
    head, features = build('EquivarianceHead'), draw(2)
    with pytest.raises(RuntimeError, match='no two of the 4'):
        head.loss(features, targets_of(['equal', 'before']))
    values = head.eval().loss(features, targets_of(['equal', 'before']))
    assert values['loss'] == 0 and values['acc'] == 0


@pytest.mark.parametrize(
    'with_swapped, negatives', [(True, (3 * 9 + 2 * 10 + 11) / 6), (False, 22 / 6)]
)
def test_negatives_of_equivariance_are_counted(with_swapped, negatives):
    values = build('EquivarianceHead', with_swapped=with_swapped).loss(draw(6), targets_of(BATCH))
    assert values['negatives'].item() == pytest.approx(negatives)


def test_clips_of_a_video_that_comes_twice_are_positives():
    head = build('InstanceHead')
    values = head.loss(draw(3), targets_of(['before', 'before', 'after'], [4, 4, 7]))
    assert values['negatives'].item() == pytest.approx((4 * 2 + 2 * 4) / 6)
    values = head.loss(draw(2), targets_of(['before', 'after'], [4, 4]))
    assert values['negatives'] == 0 and values['loss'] == 0 and values['acc'] == 1


@pytest.mark.parametrize('kind', HEADS)
def test_logs_of_a_head(kind):
    values = build(kind).loss(draw(6), targets_of(BATCH))
    extra = {'negatives'} if kind in CONTRASTIVE else set()
    assert set(values) == {'loss', 'acc', 'chance'} | extra
    assert all(value.shape == () for value in values.values())
    assert values['loss'].requires_grad and values['loss'] > 0
    assert not values['acc'].requires_grad and 0 <= values['acc'] <= 1


@pytest.mark.parametrize('kind', HEADS)
def test_loss_weight_scales_the_loss_alone(kind):
    plain, weighted = (
        build(kind, loss_weight=weight).loss(draw(6), targets_of(BATCH)) for weight in (1.0, 2.5)
    )
    assert weighted.pop('loss').item() == pytest.approx(2.5 * plain.pop('loss').item())
    assert weighted == plain


@pytest.mark.parametrize('with_swapped', [True, False])
def test_training_without_positives_names_the_remedy(with_swapped):
    """Invariant 10."""
    head, features = build('EquivarianceHead', with_swapped=with_swapped), draw(3)
    targets = targets_of(['before', 'after', 'overlapping'])
    with pytest.raises(RuntimeError, match='EquivarianceHead.*ClipPairDataset with group_size'):
        head.loss(features, targets)
    loss = head.eval().loss(features, targets)['loss']
    assert loss.item() == 0
    assert not torch.autograd.grad(loss, features)[0].any()


def test_instances_of_one_clip_have_no_positives():
    head, features, targets = build('InstanceHead'), draw(3)[:, :1], targets_of(['before'] * 3)
    with pytest.raises(RuntimeError, match='InstanceHead'):
        head.loss(features, targets)
    assert head.eval().loss(features, targets)['loss'].item() == 0


def expected_classes(kind, names):
    clips = [clip for name in names for clip in (RELATED[name].p, RELATED[name].q)]
    if kind == 'SpeedHead':
        return [(1, 2, 4).index(clip.speed) for clip in clips]
    if kind == 'DirectionHead':
        return [{1: 0, -1: 1}[clip.direction] for clip in clips]
    return [dict(before=0, after=1, overlapping=2, equal=2)[name] for name in names]


@pytest.mark.parametrize('kind', AUXILIARY)
def test_classes(kind):
    names = ['before', 'after', 'overlapping', 'equal']
    labels = build(kind).labels(targets_of(names))
    assert labels.tolist() == expected_classes(kind, names) and labels.dtype == torch.int64


def test_classes_of_order_are_those_of_clip_order():
    names = ['before', 'after', 'overlapping']
    labels = build('OrderHead').labels(targets_of(names)).tolist()
    assert labels == [ClipOrder.BEFORE, ClipOrder.AFTER, ClipOrder.OVERLAPPING]


@pytest.mark.parametrize('kind', AUXILIARY)
def test_auxiliary_loss_is_cross_entropy_of_the_classifier(kind):
    head, features = build(kind), draw(6)
    values = head.loss(features, targets_of(BATCH))
    pairs = [torch.cat([f_p, f_q]) for f_p, f_q in features]
    clips = [f for pair in features for f in pair]
    scores = head.classifier(torch.stack(pairs if kind == 'OrderHead' else clips))
    classes = torch.tensor(expected_classes(kind, BATCH))
    expected = F.cross_entropy(scores, classes)
    close(values['loss'], expected, 1e-12)  # in the precision of the features
    assert_same_gradients(head, features, values['loss'], expected)
    assert values['acc'].item() == pytest.approx((scores.argmax(1) == classes).double().mean())


def test_speeds_may_be_any():
    head = build('SpeedHead', speeds=(1, 2, 3, 4, 8))
    assert head.labels(targets_of(['after', 'overlapping'])).tolist() == [3, 0, 1, 3]
    assert head.classifier[-1].out_features == 5


def test_unknown_speed_names_both():
    with pytest.raises(ValueError, match=r'\(1, 2\).*\[1, 2, 4\].*clip_sampler.speeds'):
        build('SpeedHead', speeds=(1, 2)).loss(draw(2), targets_of(['before', 'after']))


def mlp_of(head):
    return head.mlp if hasattr(head, 'mlp') else head.classifier


@pytest.mark.parametrize(
    'kind, widths',
    [
        ('EquivarianceHead', [2 * WIDTH, WIDTH, WIDTH, WIDTH]),
        ('InstanceHead', [WIDTH, WIDTH, WIDTH, WIDTH]),
        ('SpeedHead', [WIDTH, WIDTH, 3]),
        ('DirectionHead', [WIDTH, WIDTH, 2]),
        ('OrderHead', [2 * WIDTH, WIDTH, 3]),
    ],
)
@pytest.mark.parametrize('normed', [True, False])
def test_widths_and_layers(kind, widths, normed):
    head = build(kind, norm_cfg=dict(type='BN1d') if normed else None)
    hidden = [nn.Linear, nn.BatchNorm1d, nn.ReLU] if normed else [nn.Linear, nn.ReLU]
    mlp = mlp_of(head)
    assert [type(m) for m in mlp] == hidden * (len(widths) - 2) + [nn.Linear]
    linear = [m for m in mlp if isinstance(m, nn.Linear)]
    assert [m.in_features for m in linear] == widths[:-1]
    assert [m.out_features for m in linear] == widths[1:]


@pytest.mark.parametrize('kind', HEADS)
def test_hidden_layers_are_normed_unless_told(kind):
    head = MODELS.build(dict(type=kind, in_channels=WIDTH, **HEADS[kind]))
    norms = [m for m in mlp_of(head) if isinstance(m, nn.BatchNorm1d)]
    assert len(norms) == (2 if kind in CONTRASTIVE else 1)
    head.loss(draw(6).float(), targets_of(BATCH))['loss'].backward()
    assert all(norm.num_batches_tracked == 1 for norm in norms)  # all clips in one forward
    assert all(p.grad is not None and p.grad.isfinite().all() for p in head.parameters())


def test_default_weights_and_temperatures():
    heads = {
        kind: MODELS.build(dict(type=kind, in_channels=4, **cfg)) for kind, cfg in HEADS.items()
    }
    assert all(head.loss_weight == 1 for head in heads.values())
    assert all(heads[kind].criterion.temperature == 0.1 for kind in CONTRASTIVE)


@pytest.mark.parametrize('clips', [(1,), (1, 0)])
def test_a_head_may_look_at_some_clips(clips):
    head, features, targets = build('SpeedHead', clips=clips), draw(len(BATCH)), targets_of(BATCH)
    chosen, labels = head.select(features, targets)
    assert torch.equal(chosen, torch.stack([features[:, clip] for clip in clips], dim=1))
    speeds = [[(pair.p, pair.q)[clip].speed for clip in clips] for pair in map(RELATED.get, BATCH)]
    assert labels['speeds'].tolist() == speeds


def test_clips_that_are_not_there_are_refused():
    for clips in ((2,), (-1, 0)):
        with pytest.raises(ValueError, match='the batch has clips 0 to 1'):
            build('SpeedHead', clips=clips).select(draw(2), targets_of(BATCH[:2]))
    with pytest.raises(ValueError, match='trained on 2 clips per video, but gets 1 of 2'):
        build('OrderHead', clips=(0,)).select(draw(2), targets_of(BATCH[:2]))
