"""The bar for a new method: a sampler, heads and a config, as docs/new-method.md has them."""

import json
import re

import pytest

import processes
from helpers import ROOT

BLOCKS = re.findall(r'```python\n(.*?)```', (ROOT / 'docs/new-method.md').read_text(), re.DOTALL)
SMALL = {
    'train_dataloader.batch_size': 4,
    'train_dataloader.num_workers': 0,
    'train_dataloader.persistent_workers': False,
    'train_dataloader.dataset.ann_file': 'train.txt',
    'train_dataloader.dataset.data_prefix.video': '',
    'train_dataloader.dataset.clip_sampler.clip_len': 6,
    'train_dataloader.dataset.pipeline.0.size': 24,
    'model.backbone.base_channels': 4,
    'model.feature_dim': 32,
    'train_cfg.max_epochs': 2,
    'default_hooks.logger.interval': 1,
}


@pytest.fixture(scope='module')
def run(clips, tmp_path_factory):
    """Runs a tool with the example's module in reach, in its folder."""
    folder = tmp_path_factory.mktemp('method')
    module, config = BLOCKS
    (folder / 'lag.py').write_text(module)
    config = config.replace("'tev_r3d18_ucf101.py'", f"'{ROOT}/configs/tev_r3d18_ucf101.py'")
    (folder / 'lag_r3d18_ucf101.py').write_text(config)
    options = [
        f'{k}={v}' for k, v in {**SMALL, 'train_dataloader.dataset.data_root': clips}.items()
    ]

    def run(tool, *arguments, small=False):
        words = [ROOT / 'tools' / tool, *arguments, *(['--cfg-options', *options] if small else [])]
        done = processes.run(*words, cwd=folder, PYTHONPATH=f'{folder}:{ROOT}', PATH='')
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    run('train.py', 'lag_r3d18_ucf101.py', small=True)
    return run, folder


def test_it_trains_and_is_logged(run):
    _, folder = run
    (log,) = (folder / 'work_dirs').glob('*/*/vis_data/scalars.json')
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(rows) == 6  # 12 videos in batches of 4, twice
    assert all(row['loss_lag'] > 0 and 0 <= row['acc_lag'] <= 1 for row in rows)


def test_its_curves_have_a_chance_level(run):
    tool, folder = run
    (lag,) = (
        line.split()
        for line in tool('analysis/training_curves.py', 'work_dirs/lag_r3d18_ucf101').splitlines()
        if line.startswith('lag')
    )
    (log,) = (folder / 'work_dirs').glob('*/*/vis_data/scalars.json')
    last = json.loads(log.read_text().splitlines()[-1])
    # Of one of four classes; 24 labels have no more than that, but for chance, seldom.
    assert 0.25 < last['chance_lag'] < 0.6
    assert lag[-1] == f'{last["chance_lag"]:.1%}'


def test_its_clips_can_be_drawn(run):
    tool, folder = run
    tool('visualize/clip_pairs.py', 'lag_r3d18_ucf101.py', small=True)
    assert (folder / 'clip_pairs.png').stat().st_size > 10_000
