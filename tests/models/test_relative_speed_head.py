import pytest
import torch
from head_cases import assert_same_gradients
from mmaction.registry import MODELS
from pairs import cosine

WIDTH = 6


def build(**changes):
    """A head in float64 with fixed weights."""
    torch.manual_seed(0)
    cfg = dict(type='RelativeSpeedHead', in_channels=WIDTH, norm_cfg=None, **changes)
    return MODELS.build(cfg).double()


def draw(*shape):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(*shape, WIDTH, generator=generator, dtype=torch.float64, requires_grad=True)


def loop_terms(head, features, speeds):
    """Gains of all triples, by loops."""
    gains = []
    for clips, of_video in zip(features, speeds):
        z = [head.mlp(clip[None])[0] for clip in clips]
        everyone = range(len(z))
        for a in everyone:
            for b in everyone:
                for c in everyone:
                    if a != b and of_video[a] == of_video[b] and of_video[a] != of_video[c]:
                        gains.append(cosine(z[a], z[b].detach()) - cosine(z[a], z[c].detach()))
    return gains


@pytest.mark.parametrize('margin', [0.15, 0.8])
def test_the_loss_is_that_of_explicit_loops(margin):
    speeds = [(1, 1, 2, 2), (2, 1, 2, 4), (1, 1, 1, 1)]  # the last video has no triple
    head, features = build(margin=margin), draw(3, 4)
    values = head.loss(features, dict(speeds=torch.tensor(speeds)))
    gains = loop_terms(head, features, speeds)
    assert len(gains) == 8 + 4
    expected = sum((margin - gain).clamp(min=0) for gain in gains) / len(gains)
    torch.testing.assert_close(values['loss'], expected, rtol=1e-9, atol=1e-9)
    assert_same_gradients(head, features, values['loss'], expected, 1e-9)
    assert values['acc'].item() == pytest.approx(sum(gain > 0 for gain in gains) / len(gains))
    assert values['chance'] == 0.5


def test_the_weight_is_that_of_the_loss():
    targets = dict(speeds=torch.tensor([(1, 1, 2)]))
    plain, weighted = (build(loss_weight=w).loss(draw(1, 3), targets) for w in (1.0, 2.5))
    assert weighted['loss'].item() == pytest.approx(2.5 * plain['loss'].item())
    assert weighted['acc'] == plain['acc']


def test_a_batch_without_triples_names_the_remedy():
    targets = dict(speeds=torch.tensor([(1, 1), (1, 2)]))
    with pytest.raises(ValueError, match='two clips of one speed.*draws_per_speed=2'):
        build().loss(draw(2, 2), targets)
    values = build().eval().loss(draw(2, 2), targets)
    assert values['loss'] == 0 and values['loss'].requires_grad
    with pytest.raises(ValueError, match='margin=-1'):
        build(margin=-1)
