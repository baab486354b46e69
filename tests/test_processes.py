"""Processes of a group, as tests start them."""

import weakref
from pathlib import Path

import torch

from processes import run_ranks


def note(path):
    Path(path).write_text(str(torch.distributed.is_initialized()))


def leave_a_cycle(rank, folder):
    model = torch.nn.Linear(1, 1)
    model.hooks = [model]  # as a runner and its hooks: gone with the collector only
    weakref.finalize(model, note, f'{folder}/{rank}')


def test_models_go_before_their_group(tmp_path):
    run_ranks(leave_a_cycle, 2, str(tmp_path))
    assert [(tmp_path / f'{rank}').read_text() for rank in range(2)] == ['True', 'True']
