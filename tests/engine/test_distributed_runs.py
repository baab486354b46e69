"""Two processes on one run: they resume, and stop, together.

Really spawned gloo processes run all cases once; the tests look at what they left.
"""

import math
import shutil

import pytest
import torch
import torch.distributed as dist
from mmengine.registry import init_default_scope
from test_non_finite_hook import losing
from test_resuming import half, rates, scheduled

from processes import run_ranks
from tev_mmaction.engine import read_run_history
from tev_mmaction.engine.resuming import find_resumable
from toy_runs import messages

DISTRIBUTED = dict(
    launcher='pytorch',
    model_wrapper_cfg=dict(
        type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False
    ),
)


def resume_with_other_world_size(folder, rank):
    """One process with batches of one did four of eight epochs; two of them go on."""
    checkpoint = str(folder / 'alone/epoch_4.pth')
    history = dict(custom_hooks=[dict(type='RunHistoryHook')])
    runner = scheduled(folder / 'alone', 1, 8, checkpoint, **DISTRIBUTED, **history)
    runner.train()
    warnings = messages(runner, 'The schedule follows the epochs')
    start = read_run_history(runner.log_dir).start
    return rates(runner), runner.iter, runner.epoch, warnings, start


def lose_on_one_rank(folder, rank):
    """The second process alone has a loss of NaN; no gradient comes of it."""
    losses = [1.0, 1.0] + [math.nan if rank == 1 else 1.0] * 6
    optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.0))
    runner = losing(folder / 'losing', losses, optim_wrapper=optim_wrapper, **DISTRIBUTED)
    runner.model.module.register_forward_hook(
        lambda module, args, out: {k: v.detach() + 0 * module.weight for k, v in out.items()}
    )
    try:
        runner.train()
    except FloatingPointError as error:
        return runner.iter, str(error)
    return runner.iter, ''


def pass_over_a_damaged_one(folder, rank):
    """Each process looks for the checkpoint by itself, as tools/train.py does."""
    passed = []
    found = find_resumable(str(folder / 'damaged'), warn=passed.append)
    runner = scheduled(folder / 'damaged', 1, 6, found, **DISTRIBUTED)
    runner.train()
    return found, passed, runner.epoch, runner.model.module.state_dict()


CASES = (resume_with_other_world_size, lose_on_one_rank, pass_over_a_damaged_one)


def run_rank(rank, folder):
    """What one spawned process does; leaves a file for the parent."""
    init_default_scope('mmaction')
    found = {}
    for case in CASES:
        found[case.__name__] = case(folder, rank)
        dist.barrier()
    torch.save(found, folder / f'{rank}.pt')


@pytest.fixture(scope='module')
def ranks(tmp_path_factory):
    """What both processes found, by case."""
    folder = tmp_path_factory.mktemp('ranks')
    init_default_scope('mmaction')
    scheduled(folder / 'alone', 1, 4).train()
    shutil.copytree(folder / 'alone', folder / 'damaged')
    half(folder / 'damaged/epoch_4.pth')
    run_ranks(run_rank, 2, folder)
    found = [torch.load(folder / f'{rank}.pt', weights_only=False) for rank in range(2)]
    return folder, {name: [each[name] for each in found] for name in found[0]}


def test_the_schedule_follows_the_epochs_with_another_number_of_processes(ranks, tmp_path):
    """The reference is one process with batches of two: one iteration an epoch, too."""
    whole = scheduled(tmp_path / 'whole', 2, 8)
    whole.train()
    for found, iterations, epochs, *_ in ranks[1]['resume_with_other_world_size']:
        assert found[-4:] == pytest.approx(rates(whole)[-4:], rel=1e-9)
        assert iterations == whole.iter and epochs == 8
    assert ranks[1]['resume_with_other_world_size'][0][3]  # the first process says so


def test_the_history_is_of_both_processes(ranks):
    for *_, start in ranks[1]['resume_with_other_world_size']:
        assert (start.processes, start.batch_size, start.iteration) == (2, 1, 4)


def test_all_processes_stop_where_one_has_no_loss(ranks):
    (first, said), (second, why) = ranks[1]['lose_on_one_rank']
    assert first == second
    assert 'not finite for 3 iterations in a row, until iteration 5' in said
    assert 'loss_cls' in why and 'the loss of another process' in said


def test_all_processes_pass_over_a_damaged_checkpoint(ranks):
    folder, found = ranks
    for path, passed, epochs, _ in found['pass_over_a_damaged_one']:
        assert path == str(folder / 'damaged/epoch_3.pth') and epochs == 6
        assert len(passed) == 1 and 'epoch_4.pth' in passed[0]
    first, second = (each[3] for each in found['pass_over_a_damaged_one'])
    assert first and all(torch.equal(first[name], second[name]) for name in first)
