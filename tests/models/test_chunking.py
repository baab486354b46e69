"""How a network is run chunk by chunk: order, norms, random numbers, what is refused."""

import logging

import pytest
import torch
from mmengine.runner import turn_on_activation_checkpointing
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef

from tev_mmaction.models.recognizers import ChunkedForward, chunk_order, chunking
from tev_mmaction.models.recognizers.chunking import StatisticsUpdate


@pytest.fixture
def logged(monkeypatch):
    """What is logged, with its level."""
    lines = []
    monkeypatch.setattr(
        chunking, 'print_log', lambda text, logger, level: lines.append((level, text))
    )
    return lines


def rows(count=7, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 5, generator=generator, dtype=torch.float64)


def network(*norm_and_more):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 6), *norm_and_more, nn.Tanh(), nn.Linear(6, 3)).double()


def state_of(net):
    return {name: value.clone() for name, value in net.state_dict().items()}


def gradients(net):
    return [p.grad.clone() for p in net.parameters()]


def assert_equal(actual, expected, tolerance=0.0):
    torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


def chunked(net, inputs, size=3, order=None):
    return ChunkedForward(size)(net, net, inputs, order)


@pytest.mark.parametrize(
    'count, size, sizes',
    [
        (7, 3, [2, 2, 3]),
        (8, 4, [4, 4]),
        (9, 4, [3, 3, 3]),
        (5, 1, [1] * 5),
        (4, 4, [4]),
        (2, 9, [2]),
    ],
)
@pytest.mark.parametrize('shuffled', [False, True])
def test_chunks_are_few_nearly_equal_and_come_back_in_order(count, size, sizes, shuffled):
    net, inputs, seen = network(), rows(count), []
    net.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    order = torch.tensor([3, 0, 6, 2, 5, 1, 4, 8, 7][:count]).argsort() if shuffled else None
    outputs = chunked(net, inputs, size, order)
    assert [len(part) for part in seen] == sizes
    expected = inputs if order is None or len(sizes) == 1 else inputs[order]
    assert torch.equal(torch.cat(seen), expected)
    assert_equal(outputs, net(inputs), 1e-12)


def test_all_but_the_last_chunk_are_computed_twice_and_only_with_gradient():
    net, calls = network(), []
    net.register_forward_pre_hook(lambda _, args: calls.append(len(args[0])))
    outputs = chunked(net, rows(6), 2)
    assert calls == [2, 2, 2]
    outputs.sum().backward()
    assert len(calls) == 5
    with torch.no_grad():
        assert not chunked(net, rows(6), 2).requires_grad
    assert len(calls) == 8


def test_activations_of_one_chunk_are_alive_at_a_time():
    net, alive, most = network(), [], []

    def remember(_, args, output):
        alive.append(StorageWeakRef(output.untyped_storage()))
        most.append(sum(not ref.expired() for ref in alive))

    net[1].register_forward_hook(remember)
    outputs = chunked(net, rows(8), 2)
    assert [ref.expired() for ref in alive] == [True, True, True, False]
    outputs.sum().backward()
    assert most == [1] * 7 and all(ref.expired() for ref in alive)


@pytest.mark.parametrize('momentum', [0.1, 1.0, None])
@pytest.mark.parametrize('norm', [nn.BatchNorm1d, nn.SyncBatchNorm])
@pytest.mark.parametrize('grad', [True, False])
def test_running_statistics_are_updated_once_by_the_mean_of_the_chunks(norm, momentum, grad):
    net = network(norm(6, momentum=momentum))
    net(rows(9, seed=1))  # statistics that are not the initial ones, and a count
    net(rows(9, seed=2))
    before, order = state_of(net), torch.randperm(10, generator=torch.Generator().manual_seed(3))
    with torch.set_grad_enabled(grad):
        outputs = chunked(net, rows(10), 4, order)
    if grad:
        for _ in range(2):  # no recomputation updates them again
            outputs.square().sum().backward(retain_graph=True)

    parts = [net[0](rows(10)[part]).detach() for part in order.split([3, 3, 4])]
    share = 1 / 3 if momentum is None else momentum  # the third batch of a cumulative mean
    for name, function in (('mean', torch.mean), ('var', torch.var)):
        mean = sum(function(part, dim=0) for part in parts) / len(parts)
        expected = (1 - share) * before[f'1.running_{name}'] + share * mean
        assert_equal(net.state_dict()[f'1.running_{name}'], expected, 1e-12)
    assert net[1].num_batches_tracked == 3 and net[1].momentum == momentum


@pytest.mark.parametrize('momentum', [0.1, None])
def test_instance_norm_that_tracks_is_updated_once(momentum):
    """None is not a cumulative mean here: PyTorch leaves the statistics as they are."""
    norm = nn.InstanceNorm1d(6, momentum=momentum, track_running_stats=True)
    net = nn.Sequential(nn.Conv1d(5, 6, 1), norm).double()
    inputs = rows(8)[:, :, None].repeat(1, 1, 4) + torch.arange(4.0)
    outputs = chunked(net, inputs, 2)
    outputs.square().sum().backward()
    expected = (momentum or 0) * net[0](inputs).detach().mean(dim=(0, 2))
    assert_equal(norm.running_mean, expected, 1e-12)
    assert norm.momentum == momentum


@pytest.mark.parametrize('norm', [nn.BatchNorm1d, nn.SyncBatchNorm])
def test_norms_in_eval_mode_give_the_plain_gradients_and_stay_as_they_are(norm, logged):
    plain, net = network(norm(6)), network(norm(6))
    for module in (plain, net):
        module(rows(9, seed=1))
        module[1].eval()
    before = state_of(net)
    plain(rows()).square().sum().backward()
    chunked(net, rows(), 2).square().sum().backward()
    assert_equal(gradients(net), gradients(plain), 1e-12)
    assert_equal(state_of(net), before)
    assert not logged


def test_gradients_with_batch_norm_are_those_of_norms_on_chunks():
    net, plain = network(nn.BatchNorm1d(6)), network(nn.BatchNorm1d(6))
    weights = rows(8, seed=5)[:, :3]
    (chunked(net, rows(8), 4) * weights).sum().backward()
    for part in (slice(4), slice(4, 8)):
        (plain(rows(8)[part]) * weights[part]).sum().backward()
    assert_equal(gradients(net), gradients(plain), 1e-12)


def test_norms_that_are_shared_or_untracked_are_left_whole():
    shared = nn.BatchNorm1d(6)
    net = network(shared, nn.Linear(6, 6), shared, nn.BatchNorm1d(6, track_running_stats=False))
    chunked(net, rows(8), 4).square().sum().backward()
    assert shared.num_batches_tracked == 2 and shared.momentum == 0.1


@pytest.mark.parametrize('calls', [2, 4], ids=['forward', 'recomputation'])
def test_norms_are_restored_when_a_chunk_fails(calls):
    net = network(nn.BatchNorm1d(6))
    counter, left = net[1].num_batches_tracked, [calls]

    def fail(*_):
        left[0] -= 1
        if not left[0]:
            raise MemoryError('out of it')

    net[2].register_forward_hook(fail)
    with pytest.raises(MemoryError, match='out of it'):
        chunked(net, rows(12), 4).sum().backward()
    assert net[1].momentum == 0.1 and net[1].num_batches_tracked is counter and counter == 1


def test_an_update_may_be_entered_again():
    norm = nn.BatchNorm1d(2)
    update = StatisticsUpdate([norm], [0.5], counted=False)
    for _ in range(2):
        with update:
            assert norm.momentum == 0.5
            norm(torch.randn(4, 2))
        assert norm.momentum == 0.1 and norm.num_batches_tracked == 0


def test_random_numbers_are_replayed():
    """As one pass over the chunks without recomputation, dropout included."""
    net, plain = network(nn.Dropout(0.5)), network(nn.Dropout(0.5))
    weights = rows(8, seed=5)[:, :3]
    torch.manual_seed(7)
    outputs = chunked(net, rows(8), 3)
    torch.rand(100)  # what heads draw
    (outputs * weights).sum().backward()
    after = torch.rand(3)

    torch.manual_seed(7)
    expected = torch.cat([plain(part) for part in (rows(8)[:2], rows(8)[2:5], rows(8)[5:])])
    torch.rand(100)
    (expected * weights).sum().backward()
    assert_equal(outputs, expected)
    assert_equal(gradients(net), gradients(plain), 1e-12)
    assert torch.equal(after, torch.rand(3))  # the backward pass takes none


def test_gradients_accumulate():
    net, plain = network(), network()
    for seed in (0, 1):
        outputs, expected = chunked(net, rows(seed=seed)), plain(rows(seed=seed))
        for _ in range(2):
            outputs.square().sum().backward(retain_graph=True)
            expected.square().sum().backward(retain_graph=True)
    assert_equal(gradients(net), gradients(plain), 1e-12)


def test_autocast_is_replayed_and_chunks_add_up_in_float32():
    """Else their gradients would be summed in bfloat16: the sum of 64 ones and more is 64 there."""
    count = 300
    net = nn.Linear(1, 1, bias=False)
    inputs = torch.ones(count, 1)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        outputs = chunked(net, inputs, 1)
    assert outputs.dtype == torch.bfloat16 and net.weight.grad is None
    outputs.float().sum().backward()
    assert net.weight.grad.item() == count  # 300 has nine bits, 256 would be the sum in bfloat16


@pytest.mark.parametrize('size', [0, -1, 2.0, True, 'all'])
def test_a_chunk_size_that_is_none_is_refused(size):
    with pytest.raises(ValueError, match='model.chunk_size=.*at least 1, or None'):
        ChunkedForward(size)


def test_chunks_too_small_for_batch_statistics_are_refused():
    net = network(nn.BatchNorm1d(6))
    with pytest.raises(ValueError, match="chunk_size=3.*1, ....*at least 4.*'GN'.*norm_eval"):
        chunked(net, rows(8), 3)
    chunked(net, rows(3), 3)  # one chunk: the whole batch
    chunked(net.eval(), rows(8), 1)
    with pytest.raises(ValueError, match='too few'):  # no others to use
        chunked(network(nn.BatchNorm1d(6, track_running_stats=False)).eval(), rows(8), 3)


def test_batch_statistics_of_chunks_are_warned_of_once(logged):
    net, forward = network(nn.BatchNorm1d(6)), ChunkedForward(4)
    forward(net, net, rows(4))
    assert not logged
    for _ in range(2):
        forward(net, net, rows(8))
    ((level, text),) = logged
    assert level == logging.WARNING and 'up to 4 videos' in text


@pytest.mark.filterwarnings('ignore')  # mmengine's call of torch.utils.checkpoint
def test_a_second_recomputation_is_refused():
    net = network(nn.ReLU())
    turn_on_activation_checkpointing(net, ['1'])
    with pytest.raises(ValueError, match='activation_checkpointing of backbone.1 and model.chunk'):
        chunked(net, rows())
    with torch.no_grad():
        chunked(net, rows())
    net = network(nn.ReLU())
    net[1].with_cp = False
    chunked(net, rows())
    net[1].with_cp = True
    with pytest.raises(ValueError, match='with_cp=True of ReLU.*lower model.chunk_size'):
        chunked(net, rows())


def test_order_is_a_permutation_that_the_videos_decide():
    videos = torch.arange(100, 116)
    order = chunk_order(videos)
    assert sorted(order.tolist()) == list(range(16)) and order.dtype == torch.int64
    assert torch.equal(order, chunk_order(videos.clone()))
    assert not torch.equal(order, chunk_order(videos + 1))


def test_a_shared_chunk_says_nothing_about_groups():
    """Invariant 6: neighbours, of which groups are made, share a chunk as often as any two do."""
    count, size, batches = 16, 4, 3000
    shared = 0
    for batch in range(batches):
        chunk = torch.empty(count, dtype=torch.int64)
        order = chunk_order(torch.arange(batch * count, (batch + 1) * count))
        for number, part in enumerate(order.split(size)):
            chunk[part] = number
        shared += (chunk[0::2] == chunk[1::2]).double().mean().item()
    assert shared / batches == pytest.approx((size - 1) / (count - 1), abs=0.01)
