import json
import os
import subprocess
import sys

import pytest

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

    def run_(*command, check=True, **environment):
        done = subprocess.run(
            [sys.executable, *map(str, command)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, 'OMP_NUM_THREADS': '1', **environment},
        )
        if check:
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done

    return run_


# Several runs of tools in one process: starting one takes longer than such a run. What each
# raised, if it did, is the last line of the output.
SEVERAL = """
import json, os, runpy, sys
raised = []
for sys.argv in json.loads(sys.argv[1]):
    try:
        sys.path.insert(0, os.path.dirname(sys.argv[0]))  # as for a script
        runpy.run_path(sys.argv[0], run_name='__main__')
        raised.append(None)
    except (Exception, SystemExit) as error:
        raised.append(f'{type(error).__name__}: {error}')
print(json.dumps(raised))
"""


@pytest.fixture(scope='session')
def run_several(run):
    """Run tools one after the other in one process; what each raised, None where nothing."""

    def run_several_(commands):
        commands = [[str(word) for word in command] for command in commands]
        return json.loads(run('-c', SEVERAL, json.dumps(commands)).stdout.splitlines()[-1])

    return run_several_


@pytest.fixture(scope='session')
def train(run):
    """Run tools/train.py on a folder with ``train.txt``, small, in a given work directory."""

    def train_(config, folder, work_dir, *arguments, check=True, **options):
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
        )

    return train_
