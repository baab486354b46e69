"""Invariant 4: the loss is that of Eqs. 1 to 3, written out as loops."""

import pytest
import torch
from mmaction.registry import MODELS
from pairs import cosine, loop_info_nce

from tev_mmaction.models import InfoNCELoss
from tev_mmaction.models.losses import Contrast

HUGE = 2**61  # labels that float64 cannot tell apart

# name: (labels, sources)
PATTERNS = dict(
    two_pairs=([0, 0, 1, 1], None),
    several_positives=([0, 0, 0, 1, 1, 2, 0], None),
    some_without_positive=([5, 3, 5, 8], None),
    huge_labels=([HUGE, HUGE + 1, HUGE, HUGE + 1, -HUGE], None),
    two_of_a_source=([0, 0, 0, 1, 1], [4, 4, 6, 4, 9]),
    swapped_pairs=([1, 1, 2, 2, 3, 3, 4, 4], [0, 1, 2, 3, 0, 1, 2, 3]),
    self_inverse_pairs=([1, 1, 2, 1, 1, 3], [0, 1, 2, 0, 1, 2]),
    own_sources=([0, 0, 1, 0, 1], [8, 6, 4, 2, 0]),
    all_same_label=([7, 7, 7, 7], None),
    all_same_label_two_sources=([7, 7, 7], [1, 1, 2]),
)
WITHOUT_POSITIVES = dict(
    all_different=([0, 1, 2, 3], None),
    same_source=([0, 0, 1, 1], [5, 5, 6, 6]),
    one=([3], None),
    one_with_source=([3], [3]),
)

any_pattern = pytest.mark.parametrize('pattern', {**PATTERNS, **WITHOUT_POSITIVES})


def draw(pattern, dtype=torch.float64, width=5):
    """Embeddings of norms far from 1, labels, sources or None."""
    labels, sources = {**PATTERNS, **WITHOUT_POSITIVES}[pattern]
    generator = torch.Generator().manual_seed(3)
    embeddings = torch.randn(len(labels), width, generator=generator, dtype=torch.float64)
    embeddings *= torch.linspace(0.2, 4, len(labels), dtype=torch.float64)[:, None]
    return (
        embeddings.to(dtype).requires_grad_(),
        torch.tensor(labels),
        None if sources is None else torch.tensor(sources),
    )


def gradient(loss, embeddings):
    return torch.autograd.grad(loss, embeddings)[0]


def close(actual, expected, tolerance=1e-6):
    torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize('temperature', [0.05, 0.1, 1.0])
@any_pattern
def test_loss_and_gradient_equal_the_loops(pattern, temperature):
    embeddings, labels, sources = draw(pattern)
    loss = InfoNCELoss(temperature)(embeddings, labels, sources)
    expected = loop_info_nce(
        embeddings, labels.tolist(), None if sources is None else sources.tolist(), temperature
    )
    close(loss, expected)
    close(gradient(loss, embeddings), gradient(expected, embeddings))


@pytest.mark.parametrize('scopes', [[0] * 7, [1, 1, 2, 1, 2, 1, 2], [1, 1, 1, 2, 2, 3, 1]])
def test_negatives_are_of_the_same_scope(scopes):
    embeddings, labels, _ = draw('several_positives')
    result = InfoNCELoss().contrast(embeddings, labels, scopes=torch.tensor(scopes))
    expected = loop_info_nce(embeddings, labels.tolist(), scopes=scopes)
    close(result.loss, expected)
    if expected.requires_grad:
        close(gradient(result.loss, embeddings), gradient(expected, embeddings))
    pairs = [(a, b) for a in range(7) for b in range(7) if labels[a] != labels[b]]
    count = sum(scopes[a] == scopes[b] for a, b in pairs)
    assert result.negatives.item() == pytest.approx(count / 7)


@any_pattern
def test_keys_carry_stop_gradient(pattern):
    """By finite differences of the loops over the anchors, with the keys held in place."""
    embeddings, labels, sources = draw(pattern, width=3)
    found = gradient(InfoNCELoss(0.5)(embeddings, labels, sources), embeddings)
    base, step = embeddings.detach(), 1e-6
    labels, sources = labels.tolist(), None if sources is None else sources.tolist()

    def slopes(keys_move):
        slopes = torch.zeros_like(base)
        for place in torch.cartesian_prod(*(torch.arange(n) for n in base.shape)):
            values = []
            for sign in (1, -1):
                moved = base.clone()
                moved[tuple(place)] += sign * step
                keys = moved if keys_move else base
                values.append(loop_info_nce(moved, labels, sources, 0.5, keys))
            slopes[tuple(place)] = (values[0] - values[1]) / (2 * step)
        return slopes

    close(found, slopes(keys_move=False))
    if found.any():  # and the test can tell the two apart
        assert (found - slopes(keys_move=True)).abs().max() > 1e-3


@pytest.mark.parametrize('pattern', WITHOUT_POSITIVES)
def test_without_positives_the_loss_is_a_differentiable_zero(pattern):
    embeddings, *who = draw(pattern)
    result = InfoNCELoss().contrast(embeddings, *who)
    assert result.loss.item() == 0 and result.loss.requires_grad
    assert not gradient(result.loss, embeddings).any()
    assert result.num_positives == 0 and result.accuracy.item() == 0


@pytest.mark.parametrize('pattern', ['all_same_label', 'all_same_label_two_sources'])
def test_without_negatives_nothing_is_to_be_told_apart(pattern):
    embeddings, *who = draw(pattern)
    result = InfoNCELoss().contrast(embeddings, *who)
    assert result.loss.item() == 0 and result.num_positives > 0 and result.negatives.item() == 0
    assert not gradient(result.loss, embeddings).any()


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_very_good_and_very_bad_embeddings_stay_finite(dtype):
    """d reaches exp(±1000) here."""
    labels = torch.tensor([0, 0, 1, 1])
    good = torch.tensor([[1.0, 0], [1, 1e-3], [-1, 0], [-1, 1e-3]], dtype=dtype)
    for embeddings, expected in ((good, 0), (good[[0, 2, 1, 3]], 2000)):
        embeddings = embeddings.clone().requires_grad_()
        loss = InfoNCELoss(1e-3)(embeddings, labels)
        assert loss.item() == pytest.approx(expected, rel=1e-3)
        assert gradient(loss, embeddings).isfinite().all()


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@any_pattern
def test_half_precisions_are_computed_in_float32(pattern, dtype):
    half, *who = draw(pattern, dtype)
    single = half.detach().float().requires_grad_()
    loss, expected = (InfoNCELoss()(e, *who) for e in (half, single))
    assert loss.dtype == torch.float32 and torch.equal(loss, expected)
    assert torch.equal(gradient(loss, half), gradient(expected, single).to(dtype))


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_autocast_does_not_reach_into_the_loss(dtype):
    embeddings, *who = draw('swapped_pairs', dtype)
    expected = InfoNCELoss().contrast(embeddings, *who)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        result = InfoNCELoss().contrast(embeddings, *who)
    for found, wanted in zip(result[:4], expected[:4]):
        assert found.dtype == torch.float32 and torch.equal(found, wanted)
    assert torch.equal(gradient(result.loss, embeddings), gradient(expected.loss, embeddings))


@any_pattern
def test_scale_of_the_embeddings_does_not_matter(pattern):
    embeddings, *who = draw(pattern)
    scales = torch.linspace(0.1, 50, len(embeddings), dtype=torch.float64)[:, None]
    close(InfoNCELoss()(embeddings * scales, *who), InfoNCELoss()(embeddings, *who), 1e-12)


@any_pattern
def test_order_of_the_batch_does_not_matter(pattern):
    embeddings, labels, sources = draw(pattern)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(1))
    shuffled = InfoNCELoss().contrast(
        embeddings[order], labels[order], None if sources is None else sources[order]
    )
    straight = InfoNCELoss().contrast(embeddings, labels, sources)
    for found, wanted in zip(shuffled, straight):
        close(torch.as_tensor(found), torch.as_tensor(wanted), 1e-12)
    close(gradient(shuffled.loss, embeddings), gradient(straight.loss, embeddings), 1e-12)


@any_pattern
def test_figures_equal_the_loops(pattern):
    embeddings, labels, sources = draw(pattern)
    result = InfoNCELoss().contrast(embeddings, labels, sources)
    labels = labels.tolist()
    sources = list(range(len(labels))) if sources is None else sources.tolist()
    everyone, hits, chances = range(len(labels)), [], []
    num_negatives, num_positives = [], 0
    for a in everyone:
        positives = [b for b in everyone if labels[b] == labels[a] and sources[b] != sources[a]]
        negatives = [c for c in everyone if labels[c] != labels[a]]
        num_positives += len(positives)
        num_negatives.append(len(negatives))
        if positives:
            nearest = max(
                positives + negatives, key=lambda c: cosine(embeddings[a], embeddings[c]).item()
            )
            hits.append(nearest in positives)
            chances.append(len(positives) / len(positives + negatives))
    assert isinstance(result, Contrast) and result.num_positives == num_positives
    assert result.accuracy.item() == pytest.approx(sum(hits) / max(1, len(hits)))
    assert result.negatives.item() == pytest.approx(sum(num_negatives) / len(labels))
    assert result.chance.item() == pytest.approx(sum(chances) / max(1, len(chances)))
    assert not result.accuracy.requires_grad and not result.negatives.requires_grad


def test_accuracy_tells_near_from_far():
    embeddings = torch.tensor([[1.0, 0], [1, 0.1], [0, 1], [0.1, 1]])
    contrast = InfoNCELoss().contrast
    assert contrast(embeddings, torch.tensor([0, 0, 1, 1])).accuracy == 1
    assert contrast(embeddings, torch.tensor([0, 1, 0, 1])).accuracy == 0
    # nearest to the first two are each other, of one video and so no positives; then a negative
    embeddings = torch.tensor([[1.0, 0], [1, 0.02], [0.5, 0.5], [0.9, 0.3]])
    labels, sources = torch.tensor([0, 0, 0, 1]), torch.tensor([0, 0, 1, 2])
    assert contrast(embeddings, labels, sources).accuracy == 0
    assert contrast(embeddings, labels).accuracy == pytest.approx(2 / 3)


def test_sources_that_differ_change_nothing():
    embeddings, labels, _ = draw('several_positives')
    close(
        InfoNCELoss()(embeddings, labels, torch.arange(100, 107)), InfoNCELoss()(embeddings, labels)
    )


def test_same_source_other_label_is_a_negative():
    """A video's swapped pair contrasts with its pair, and only makes the loss larger."""
    embeddings, labels, sources = draw('swapped_pairs')
    result = InfoNCELoss().contrast(embeddings, labels, sources)
    assert result.negatives == 6  # all but the video itself and its one positive
    without = InfoNCELoss()(embeddings[:4], labels[:4], sources[:4])
    alone = InfoNCELoss()(embeddings[4:], labels[4:], sources[4:])
    assert result.loss > (without + alone) / 2


@pytest.mark.parametrize('temperature', [0, -0.1])
def test_temperatures_that_are_not_positive_are_refused(temperature):
    with pytest.raises(ValueError, match=f'temperature={temperature}'):
        InfoNCELoss(temperature)


def test_it_is_built_from_a_config():
    embeddings, *who = draw('two_pairs')
    loss = MODELS.build(dict(type='InfoNCELoss', temperature=0.3))
    close(loss(embeddings, *who), loop_info_nce(embeddings, who[0].tolist(), temperature=0.3))
    assert 'temperature=0.3' in repr(loss)


def test_agrees_with_pytorch_metric_learning():
    losses = pytest.importorskip('pytorch_metric_learning.losses')
    for pattern in ('two_pairs', 'several_positives', 'some_without_positive'):
        embeddings, labels, _ = draw(pattern)
        expected = losses.NTXentLoss(temperature=0.1)(embeddings, labels)
        close(InfoNCELoss(0.1)(embeddings, labels), expected)
