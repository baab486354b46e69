"""Heads beyond those of the paper: negatives from a queue, distinctiveness."""

import pytest
import torch
from head_cases import BATCH, WIDTH, assert_same_gradients, build, close, draw
from pairs import loop_info_nce, targets_of


def test_a_queue_adds_negatives_from_the_second_batch_on():
    head, features = build('InstanceHead', queue_size=20), draw(6)
    head.queue.double()
    first = head.loss(features, targets_of(BATCH))
    again = head.loss(features, targets_of(BATCH, range(10, 16)))
    assert first['negatives'] == 10 and again['negatives'] == 22
    assert again['loss'] > first['loss']
    assert build('InstanceHead').queue is None


def draws_of(*draws):
    """Targets of videos with so many clips, by the numbers of their temporal draws."""
    return dict(sample_idx=torch.arange(5, 5 + len(draws)), draws=torch.tensor(draws))


@pytest.mark.parametrize('within_video', [False, True])
def test_distinctiveness_contrasts_draws(within_video):
    targets = draws_of([0, 0, 2, 2], [0, 0, 2, 2], [0, 0, 0, 0])  # the last: two equal draws
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(3, 4, WIDTH, generator=generator, dtype=torch.float64)
    features.requires_grad_()
    head = build('DistinctivenessHead', within_video=within_video)
    values = head.loss(features, targets)
    videos = [v for v in range(3) for _ in range(4)]
    names = list(zip(videos, targets['draws'].flatten().tolist()))
    labels = [sorted(set(names)).index(name) for name in names]
    expected = loop_info_nce(
        head.mlp(features.flatten(0, 1)), labels, scopes=videos if within_video else None
    )
    close(values['loss'], expected)
    assert_same_gradients(head, features, values['loss'], expected)
    counts = [2] * 8 + [0] * 4 if within_video else [10] * 8 + [8] * 4
    assert values['negatives'].item() == pytest.approx(sum(counts) / 12)


def test_distinctiveness_without_views_names_the_remedy():
    with pytest.raises(RuntimeError, match='IndependentClipSampler with num_views >= 2'):
        build('DistinctivenessHead').loss(draw(2), draws_of([0, 1], [0, 1]))
