"""Two nodes on this machine train together; one is killed in mid-epoch, and started again.

It takes a minute or more, so it is run by ``TEV_NODES=1 pytest tests/e2e/test_several_nodes.py``.
"""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest
import torch

from e2e.conftest import SMALL
from helpers import ROOT
from tev_mmaction.models.checkpoint_file import read_checkpoint

CONFIG = 'configs/studies/demo/tev_r3d10.py'
EPOCHS, LENGTH = 60, 3  # two ranks of two videos each
LIMIT = 200


def free_port():
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        return server.getsockname()[1]


def start(clips, work_dir, processes, log, **environment):
    options = {
        **SMALL,
        'train_dataloader.dataset.data_root': clips,
        'train_dataloader.dataset.data_prefix.video': '',
        'train_dataloader.batch_size': 2,
        'train_dataloader.dataset.group_size': 1,
        'model.heads.equivariance': None,
        'train_cfg.max_epochs': EPOCHS,
        'train_cfg.type': 'MidEpochTrainLoop',
        'param_scheduler.1.end': EPOCHS,
        'default_hooks.checkpoint.interval': 4,
        'default_hooks.timed_checkpoint.type': 'TimedCheckpointHook',
        'default_hooks.timed_checkpoint.minutes': 0.001,
    }
    words = [f'{key}={value}' for key, value in options.items()]
    command = ['tools/dist_train.sh', CONFIG, str(processes), '--work-dir', str(work_dir)]
    return subprocess.Popen(
        [*command, '--cfg-options', *words],
        cwd=ROOT,
        stdout=log.open('w'),
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env={
            **os.environ,
            'OMP_NUM_THREADS': '1',
            'CUDA_VISIBLE_DEVICES': '',
            'PATH': f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}',
            **environment,
        },
    )


def wait_for(process, holds, log):
    deadline = time.monotonic() + LIMIT
    while not holds():
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.02)


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(('127.0.0.1', port)) == 0


def end(process, log):
    assert process.wait(timeout=LIMIT) == 0, log.read_text()[-3000:]


@pytest.fixture
def nodes(clips, tmp_path):
    """Start nodes of one training; what is left of them is killed."""
    port, started = free_port(), []

    def node(name):
        log = tmp_path / f'{name}.log'
        environment = dict(NNODES='2', RESTARTS='3', PORT=str(port), MASTER_ADDR='127.0.0.1')
        started.append(start(clips, tmp_path / 'run', 1, log, **environment))
        return started[-1], log

    yield node, port
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.skipif('TEV_NODES' not in os.environ, reason='takes a minute: set TEV_NODES=1')
def test_a_node_is_killed_and_started_again(nodes, clips, tmp_path):
    node, port = nodes
    run = tmp_path / 'run'
    first, log = node('first')
    wait_for(first, lambda: listens(port), log)  # the place where they meet is on this node
    second, _ = node('second')
    wait_for(first, lambda: (run / 'epoch_4.pth').exists(), log)
    wait_for(first, lambda: (run / 'within_epoch.pth').exists(), log)
    os.killpg(second.pid, signal.SIGKILL)
    again, its_log = node('again')
    end(first, log), end(again, its_log)
    assert 'goes on after batch' in log.read_text()

    whole = tmp_path / 'whole'
    end(start(clips, whole, 2, tmp_path / 'log', PORT=str(free_port())), tmp_path / 'log')
    found, expected = (read_checkpoint(folder / f'epoch_{EPOCHS}.pth') for folder in (run, whole))
    assert found['meta']['iter'] == expected['meta']['iter'] == EPOCHS * LENGTH
    learned = [name for name in expected['state_dict'] if name.endswith(('weight', 'bias'))]
    for name in learned:  # batch statistics are those of a rank: PyTorch shares them on GPUs only
        assert torch.equal(found['state_dict'][name], expected['state_dict'][name]), name
