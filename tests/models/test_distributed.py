"""Invariant 5: W ranks with different data train as one process with all of it.

One group of real gloo processes for each W runs all of :data:`CASES`; the tests compare
what they leave with what this process computes from the global batch.
"""

import os

import pytest
import torch
from contrast_cases import NETWORKS, PATTERNS, contrast, linear_net, random
from mmaction.registry import MODELS
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import init_default_scope
from pairs import samples_of
from shared_norm import NORM_PARTS, NORM_ROWS, norm_net, sum_of_ranks

from processes import run_ranks
from tev_mmaction.models.distributed import gather_rows, global_mean
from tev_mmaction.models.recognizers import ChunkedForward

COUNTS = {2: (3, 5), 3: (2, 1, 4)}  # videos or embeddings of every rank
WITH_EMPTY_RANK = {2: (0, 8), 3: (3, 0, 5)}
NAMES = ('before', 'after', 'before', 'after', 'equal', 'equal', 'before', 'overlapping')
VIDEOS = (0, 1, 2, 3, 4, 5, 6, 2)


def rows_of(rank, counts):
    return slice(sum(counts[:rank]), sum(counts[: rank + 1]))


def recognizer(**changes):
    """All five heads, no batch norm, so that ranks need not share statistics."""
    torch.manual_seed(0)
    cfg = dict(
        type='TimeEquivariantRecognizer',
        backbone=dict(
            type='VideoResNet',
            depth=10,
            base_channels=2,
            stem_kernel=(3, 3, 3),
            norm_cfg=dict(type='GN', num_groups=2),
        ),
        feature_dim=16,
        heads=dict(
            equivariance=dict(type='EquivarianceHead', norm_cfg=None),
            instance=dict(type='InstanceHead', norm_cfg=None),
            speed=dict(type='SpeedHead', speeds=(1, 2, 4), norm_cfg=None),
            direction=dict(type='DirectionHead', norm_cfg=None),
            order=dict(type='OrderHead', norm_cfg=None),
        ),
        **changes,
    )
    return MODELS.build(cfg).double()


def recognize(model, num_videos, rows):
    # the second half of the batch looks unlike the first, as other videos do
    inputs = random(8, 2, 3, 4, 16, 16) + torch.linspace(-2, 2, 8).view(8, 1, 1, 1, 1, 1)
    samples = samples_of(NAMES, VIDEOS)[:num_videos]
    logs = model(inputs[:num_videos][rows], samples[rows], mode='loss')
    del logs['feature_std']  # a figure of this rank's features
    return sum(value for key, value in logs.items() if key.startswith('loss_')), logs


def train_case(build, forward, counts, rank):
    """Gradients as DDP averages them; loss and figures as this rank logs them."""
    model = MMDistributedDataParallel(build(), device_ids=None, broadcast_buffers=False)
    loss, figures = forward(model, rows_of(rank, counts))
    loss.backward()
    figures = {name: value.detach() for name, value in {'total': loss, **figures}.items()}
    return figures, {name: p.grad for name, p in model.module.named_parameters()}


def shared_norm_case(rank, counts):
    """A network with a norm that talks to other ranks, four rows at a time."""
    net, rows = norm_net(), rows_of(rank, counts)
    try:
        outputs = ChunkedForward(4)(net, net, random(sum(counts), 7)[rows])
    except ValueError as error:
        return str(error)
    (outputs * random(sum(counts), 5, seed=1)[rows]).sum().backward()
    grads = {name: sum_of_ranks(p.grad) for name, p in net.named_parameters()}
    return grads, dict(net.named_buffers())


def policy_case(rank, counts):
    """What a policy knows after some batches, of which this rank has a part."""
    torch.manual_seed(0)
    head = MODELS.build(dict(type='PolicyOrderHead', in_channels=7, num_clips=3)).double()
    rows = rows_of(rank, counts)
    for seed in range(4):
        head.loss(random(8, 3, 7, seed=seed)[rows], dict(sample_idx=torch.arange(8)[rows]))
    return dict(head.named_buffers())


def gathered_case(dtype, rank, counts):
    rows = random(8, 3).mul(100).to(dtype)[rows_of(rank, counts)]
    gathered, first = gather_rows(rows.requires_grad_(dtype.is_floating_point))
    return gathered, first, gathered.requires_grad


def mean_case(terms_of_rank, rank):
    terms = torch.tensor(terms_of_rank[rank], dtype=torch.float64, requires_grad=True)
    mean = global_mean(terms)
    mean.backward()
    return mean.detach(), terms.grad


def mean_terms(world_size):
    return dict(
        ragged=[[1.0, 2.0, 6.0], [5.0], [3.0, 4.0]][:world_size],
        one_empty=[[], [5.0, 1.0], [2.0]][:world_size],
        nowhere=[[]] * world_size,
    )


def run_rank(rank, world_size, folder):
    """What one process does; leaves a file for the parent."""
    init_default_scope('mmaction')
    found = {}
    for counts in (COUNTS[world_size], WITH_EMPTY_RANK[world_size]):
        for pattern in PATTERNS:
            found['contrast', pattern, counts] = train_case(
                linear_net,
                lambda m, rows, pattern=pattern: contrast(m, pattern, rows),
                counts,
                rank,
            )
        for dtype in (torch.float64, torch.int64):
            found['gather', str(dtype), counts] = gathered_case(dtype, rank, counts)
        for case, (net, loss_of) in NETWORKS.items():
            found[case, counts] = train_case(net, loss_of, counts, rank)
        found['policy', counts] = policy_case(rank, counts)
    counts = COUNTS[world_size]
    found['recognizer'] = train_case(
        recognizer, lambda m, rows: recognize(m, sum(counts), rows), counts, rank
    )
    found['chunked'] = train_case(
        lambda: recognizer(chunk_size=2),
        lambda m, rows: recognize(m, sum(counts), rows),
        counts,
        rank,
    )
    found['shared norm'] = shared_norm_case(rank, NORM_ROWS[world_size])
    for name, terms in mean_terms(world_size).items():
        found['mean', name] = mean_case(terms, rank)
    torch.save(found, os.path.join(folder, f'{rank}.pt'))


@pytest.fixture(scope='module', params=[2, 3], ids='{}_ranks'.format)
def ranks(request, tmp_path_factory):
    """What every rank found, in order of rank."""
    folder, world_size = str(tmp_path_factory.mktemp('ranks')), request.param
    run_ranks(run_rank, world_size, world_size, folder)
    return [torch.load(f'{folder}/{rank}.pt') for rank in range(world_size)]


def alone(build, forward):
    """Loss, figures and gradients of one process with the global batch."""
    model = build()
    loss, figures = forward(model)
    loss.backward()
    figures = {name: value.detach() for name, value in {'total': loss, **figures}.items()}
    return figures, {name: p.grad for name, p in model.named_parameters()}


def assert_same(found, expected):
    for parts, reference in zip(found, expected):
        assert parts.keys() == reference.keys()
        for name, value in reference.items():
            torch.testing.assert_close(
                parts[name],
                value,
                rtol=1e-6,
                atol=1e-6,
                msg=lambda text, name=name: f'{name}: {text}',
            )


@pytest.mark.parametrize('counts_of', [COUNTS, WITH_EMPTY_RANK], ids=['ragged', 'empty_rank'])
@pytest.mark.parametrize('pattern', PATTERNS)
def test_contrastive_loss_and_gradient_are_those_of_the_global_batch(ranks, pattern, counts_of):
    counts = counts_of[len(ranks)]
    expected = alone(linear_net, lambda m: contrast(m, pattern, slice(0, sum(counts))))
    for found in ranks:
        assert_same(found['contrast', pattern, counts], expected)
    moved = any(grad.abs().max() > 1e-3 for grad in expected[1].values())
    assert moved == (pattern != 'no_positives')


@pytest.mark.parametrize('counts_of', [COUNTS, WITH_EMPTY_RANK], ids=['ragged', 'empty_rank'])
@pytest.mark.parametrize('case', NETWORKS)
def test_codes_and_modalities_are_compared_over_all_ranks(ranks, case, counts_of):
    counts, (net, loss_of) = counts_of[len(ranks)], NETWORKS[case]
    expected = alone(net, lambda m: loss_of(m, slice(0, sum(counts))))
    for found in ranks:
        assert_same(found[case, counts], expected)


@pytest.mark.parametrize('counts_of', [COUNTS, WITH_EMPTY_RANK], ids=['ragged', 'empty_rank'])
def test_a_policy_is_that_of_all_ranks(ranks, counts_of):
    first, *others = (found['policy', counts_of[len(ranks)]] for found in ranks)
    assert first['steps'] == 4 and first['preferences'].any()
    assert first['shares'].sum().item() == pytest.approx(1)
    for name, value in first.items():
        assert all(torch.equal(other[name], value) for other in others), name


@pytest.mark.parametrize('case', ['recognizer', 'chunked'])
def test_recognizer_with_all_heads_trains_as_on_the_global_batch(ranks, case):
    """Also if the ranks run their backbones in chunks, one as a whole and others in several."""
    count = sum(COUNTS[len(ranks)])
    expected = alone(recognizer, lambda m: recognize(m, count, slice(None)))
    assert sum(key.startswith('loss_') for key in expected[0]) == 5
    assert all(grad.abs().max() > 1e-5 for name, grad in expected[1].items() if 'weight' in name)
    for found in ranks:
        assert_same(found[case], expected)


def test_ranks_that_share_batch_norm_run_equally_many_chunks(ranks):
    """Chunk c of all ranks is one batch to the norm; the ranks end with equal statistics."""
    counts = NORM_ROWS[len(ranks)]
    if len(ranks) == 3:
        for found in ranks:
            assert 'hold [9, 1, 4] videos' in found['shared norm']
            assert 'drop_last=True' in found['shared norm']
        return
    net, total = norm_net(), sum(counts)
    inputs, weights = random(total, 7), random(total, 5, seed=1)
    net[1].momentum = 1.0
    running = []
    for chunk in range(3):
        rows = torch.cat(
            [torch.arange(total)[rows_of(r, counts)].split(NORM_PARTS[r])[chunk] for r in (0, 1)]
        )
        (net(inputs[rows]) * weights[rows]).sum().backward()
        running.append({name: value.clone() for name, value in net[1].named_buffers()})
    grads = {name: p.grad for name, p in net.named_parameters()}
    for name, initial in (('running_mean', 0.0), ('running_var', 1.0)):
        mean = sum(buffers[name] for buffers in running) / 3
        for found in ranks:
            buffers = found['shared norm'][1]
            torch.testing.assert_close(buffers[f'1.{name}'], 0.9 * initial + 0.1 * mean)
            assert buffers['1.num_batches_tracked'] == 1
    for found in ranks:
        assert_same([found['shared norm'][0]], [grads])


@pytest.mark.parametrize('counts_of', [COUNTS, WITH_EMPTY_RANK], ids=['ragged', 'empty_rank'])
@pytest.mark.parametrize('dtype', [torch.float64, torch.int64], ids=str)
def test_gathered_rows_are_in_order_of_rank_and_without_gradient(ranks, dtype, counts_of):
    counts = counts_of[len(ranks)]
    for rank, found in enumerate(ranks):
        gathered, first, has_gradient = found['gather', str(dtype), counts]
        assert torch.equal(gathered, random(8, 3).mul(100).to(dtype)[: sum(counts)])
        assert first == sum(counts[:rank]) and not has_gradient


@pytest.mark.parametrize('name', ['ragged', 'one_empty', 'nowhere'])
def test_average_of_the_ranks_is_the_global_mean(ranks, name):
    terms = mean_terms(len(ranks))[name]
    count = sum(map(len, terms))
    means, grads = zip(*(found['mean', name] for found in ranks))
    expected = sum(map(sum, terms)) / max(1, count)
    assert (sum(means) / len(ranks)).item() == pytest.approx(expected)
    for grad, of_rank in zip(grads, terms):
        assert (grad / len(ranks)).tolist() == pytest.approx([1 / max(1, count)] * len(of_rank))


def test_one_process_needs_no_group():
    rows = torch.arange(6.0).view(3, 2)
    gathered, first = gather_rows(rows)
    assert torch.equal(gathered, rows) and first == 0
    assert global_mean(torch.tensor([1.0, 2, 6])) == 3
    terms = torch.zeros(0, requires_grad=True)
    mean = global_mean(terms)
    assert mean == 0 and mean.requires_grad
