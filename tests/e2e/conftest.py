import json

import pytest

import processes
from helpers import ROOT

SMALL = {
    'train_dataloader.batch_size': 4,
    'train_dataloader.num_workers': 0,
    'train_dataloader.dataset.ann_file': 'train.txt',
    'train_dataloader.dataset.clip_sampler.clip_len': 4,
    'train_dataloader.dataset.pipeline.0.size': 16,
    'model.backbone.base_channels': 4,
    'model.feature_dim': 32,
    'train_cfg.max_epochs': 2,
    'param_scheduler.0.end': 1,
    'param_scheduler.1.begin': 1,
    'param_scheduler.1.end': 2,
    'default_hooks.logger.interval': 1,
    'default_hooks.checkpoint.interval': 1,
}


@pytest.fixture(scope='session')
def run():
    """Run a tool of the project in a process of its own, as a user does."""

    def run_(*command, check=True, **options):
        done = processes.run(*command, **options)
        if check:
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done

    return run_


@pytest.fixture(scope='session')
def run_several(run):
    """Run tools one after the other in one process; what each raised, None where nothing."""

    def run_several_(commands):
        commands = [[str(word) for word in command] for command in commands]
        done = run(ROOT / 'tests/several.py', json.dumps(commands))
        return json.loads(done.stdout.splitlines()[-1])

    return run_several_


@pytest.fixture(scope='session')
def train(run):
    """Run tools/train.py on a folder with ``train.txt``, small, in a given work directory."""

    def train_(config, folder, work_dir, *arguments, check=True, fresh=False, **options):
        options = {
            **SMALL,
            'train_dataloader.dataset.data_root': folder,
            'train_dataloader.dataset.data_prefix.video': '',
            **options,
        }
        return run(
            'tools/train.py',
            f'configs/{config}.py',
            '--work-dir',
            work_dir,
            *arguments,
            '--cfg-options',
            *[f'{k}={v}' for k, v in options.items()],
            check=check,
            fresh=fresh,
        )

    return train_
