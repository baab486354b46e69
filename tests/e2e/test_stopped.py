"""Trainings that are stopped or killed: nothing is lost, and the next start says where it is.

``python tests/e2e/test_stopped.py --repeats 100`` does often what the suite does a few times.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

import tev_mmaction  # noqa: F401  (lets torch read mmengine's checkpoints)
from e2e.conftest import SMALL
from helpers import ROOT, write_clip
from processes import Started, run
from tev_mmaction.models.checkpoint_file import read_checkpoint

COMMAND = ['tools/train.py', 'configs/studies/demo/tev_r3d10.py']
EPOCHS = 6
LIMIT = 120


def command(clips, work_dir, *flags, **options):
    options = {
        **SMALL,
        'train_dataloader.dataset.data_root': clips,
        'train_dataloader.dataset.data_prefix.video': '',
        'train_cfg.max_epochs': EPOCHS,
        'param_scheduler.1.end': EPOCHS,
        'default_hooks.checkpoint.max_keep_ckpts': 2,
        **options,
    }
    words = [f'{key}={value}' for key, value in options.items()]
    return [*COMMAND, '--work-dir', str(work_dir), *flags, '--cfg-options', *words]


def start(clips, work_dir, *flags, **options):
    """As at a terminal, where the whole group is signalled."""
    return Started(*command(clips, work_dir, *flags, **options), group=True)


def wait_for(process, holds):
    deadline = time.time() + LIMIT
    while not holds() and process.poll() is None and time.time() < deadline:
        time.sleep(0.01)


def trains(work_dir):
    """Whether it has begun: before, libraries look at the machine, and may lose a Ctrl-C."""
    return any('Epoch(train)' in log.read_text() for log in work_dir.glob('*/*.log'))


def weights(work_dir):
    return read_checkpoint(work_dir / f'epoch_{EPOCHS}.pth')['state_dict']


def kill_at_random(clips, work_dir, rng):
    """Start, kill after a checkpoint and a random time, and resume to the end; True if killed."""
    work_dir.mkdir(parents=True)
    process = start(clips, work_dir)
    epoch = rng.randint(1, EPOCHS - 1)
    wait_for(process, lambda: (work_dir / f'epoch_{epoch}.pth').exists())
    time.sleep(rng.uniform(0, 0.3))
    killed = process.poll() is None
    os.killpg(process.pid, rng.choice([signal.SIGTERM, signal.SIGKILL])) if killed else None
    process.communicate(timeout=LIMIT)
    done = start(clips, work_dir, '--resume')
    _, errors = done.communicate(timeout=LIMIT)
    assert done.returncode == 0, errors[-3000:]
    return killed


@pytest.fixture(scope='module')
def undisturbed(clips, tmp_path_factory):
    work_dir = tmp_path_factory.mktemp('undisturbed')
    done = run(*command(clips, work_dir), fresh=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return work_dir


def assert_undisturbed(work_dir, undisturbed):
    expected, resumed = weights(undisturbed), weights(work_dir)
    assert all(torch.equal(expected[name], resumed[name]) for name in expected)
    assert len(list(work_dir.glob('epoch_*.pth'))) <= 3  # of two, one more if killed in between


@pytest.mark.parametrize('seed', range(2))
def test_killed_at_random_times(clips, undisturbed, tmp_path, seed):
    """SIGTERM and SIGKILL, to a whole group of processes."""
    kill_at_random(clips, tmp_path / 'run', random.Random(seed))
    assert_undisturbed(tmp_path / 'run', undisturbed)


def test_ctrl_c_says_where_the_run_is_and_how_it_goes_on(clips, undisturbed, tmp_path):
    """With workers, which get the signal as well."""
    process = start(clips, tmp_path, **{'train_dataloader.num_workers': 2})
    wait_for(process, lambda: (tmp_path / 'epoch_2.pth').exists())
    os.killpg(process.pid, signal.SIGINT)
    out, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert 'Traceback' not in errors
    (line,) = [line for line in errors.splitlines() if line.startswith('interrupted')]
    assert f'{tmp_path}/epoch_' in line and '--resume' in line and 'tools/train.py' in line
    words = line.split('go on from it by: python ')[1]
    again = subprocess.run(
        f'{sys.executable} {words}', shell=True, cwd=ROOT, capture_output=True, text=True
    )
    assert again.returncode == 0, again.stderr[-3000:]
    assert_undisturbed(tmp_path, undisturbed)


def test_ctrl_c_before_the_first_checkpoint(clips, tmp_path):
    options = {'default_hooks.checkpoint.interval': 10**6, 'train_cfg.max_epochs': 10**4}
    process = start(clips, tmp_path, **options)
    wait_for(process, lambda: trains(tmp_path))
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 130 and 'Traceback' not in errors
    assert f'interrupted. No checkpoint is in {tmp_path}' in errors


def main() -> None:
    """Kill so many trainings."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--repeats', type=int, default=100)
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        lines = []
        for number in range(12):
            write_clip(folder / f'{number}.mp4', num_frames=40 + 5 * number)
            lines.append(f'{number}.mp4 0\n')
        (folder / 'train.txt').write_text(''.join(lines))
        start(folder, folder / 'whole').communicate(timeout=LIMIT)
        killed = 0
        for seed in range(args.seed, args.seed + args.repeats):
            killed += kill_at_random(folder, folder / f'run{seed}', random.Random(seed))
            assert_undisturbed(folder / f'run{seed}', folder / 'whole')
        print(f'{args.repeats} trainings, {killed} killed while they ran: all end alike')


if __name__ == '__main__':
    main()
