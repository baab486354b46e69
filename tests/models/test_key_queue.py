import pytest
import torch
from pairs import loop_info_nce

from tev_mmaction.models import InfoNCELoss
from tev_mmaction.models.losses import KeyQueue


def rows(*labels):
    """Keys that tell their label, and the labels."""
    return torch.tensor(labels, dtype=torch.float32)[:, None].expand(-1, 2), torch.tensor(labels)


def held(queue):
    assert torch.equal(queue.keys[:, 0][queue.labels >= 0].long(), queue.labels[queue.labels >= 0])
    return sorted(queue.labels[queue.labels >= 0].tolist())


def test_the_oldest_keys_make_place():
    queue = KeyQueue(5, 2)
    assert held(queue) == []
    for batch, expected in (
        ([1, 2], [1, 2]),
        ([3, 4], [1, 2, 3, 4]),
        ([5, 6, 7], [3, 4, 5, 6, 7]),
        ([], [3, 4, 5, 6, 7]),
        ([8], [4, 5, 6, 7, 8]),
        (list(range(20, 32)), [27, 28, 29, 30, 31]),
    ):
        queue.push(
            *rows(*batch) if batch else (torch.zeros(0, 2), torch.zeros(0, dtype=torch.long))
        )
        assert held(queue) == expected


def test_a_resumed_queue_goes_on():
    queue, resumed = KeyQueue(4, 2), KeyQueue(4, 2)
    queue.push(*rows(1, 2, 3))
    resumed.load_state_dict(queue.state_dict())
    for each in (queue, resumed):
        each.push(*rows(4, 5))
        assert held(each) == [2, 3, 4, 5]


@pytest.mark.parametrize('size', [-1, 0])
def test_sizes_that_hold_nothing_are_refused(size):
    with pytest.raises(ValueError, match=f'queue_size={size}'):
        KeyQueue(size, 2)


def test_loss_and_gradient_equal_the_loops():
    generator = torch.Generator().manual_seed(0)
    batches = torch.randn(3, 6, 4, generator=generator, dtype=torch.float64)
    videos = torch.tensor([[0, 0, 1, 1, 2, 2], [3, 3, 4, 4, 0, 0], [1, 1, 3, 3, 5, 5]])
    queue, past = KeyQueue(8, 4), []
    for embeddings, labels in zip(batches, videos):
        embeddings = embeddings.clone().requires_grad_()
        result = InfoNCELoss().contrast(embeddings, labels, queue=queue)
        expected = loop_info_nce(embeddings, labels.tolist(), past=past[-8:])
        torch.testing.assert_close(result.loss, expected, rtol=1e-6, atol=1e-6)
        found, wanted = (
            torch.autograd.grad(loss, embeddings)[0] for loss in (result.loss, expected)
        )
        torch.testing.assert_close(found, wanted, rtol=1e-6, atol=1e-6)
        negatives = [4 + sum(label != video for _, label in past[-8:]) for video in labels]
        assert result.negatives.item() == pytest.approx(sum(negatives) / 6)
        past += [(key.detach(), label) for key, label in zip(embeddings, labels.tolist())]
    assert sorted(queue.labels.tolist()) == sorted(label for _, label in past[-8:])


def test_evaluation_reads_the_queue_but_leaves_it():
    queue = KeyQueue(4, 3)
    embeddings, labels = torch.randn(4, 3), torch.tensor([0, 0, 1, 1])
    InfoNCELoss().contrast(embeddings, labels, queue=queue.train())
    before = queue.keys.clone()
    other = InfoNCELoss().contrast(-embeddings, labels + 7, queue=queue.eval())
    assert torch.equal(queue.keys, before) and other.negatives == 2 + 4
