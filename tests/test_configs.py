"""Invariant 8: every config builds in a clean process, and names its global batch size."""

import json
import re
import subprocess
import sys

import pytest

from helpers import ROOT

CONFIGS = sorted((ROOT / 'configs').glob('[!_]*.py'))

# Run in a process that has imported nothing of ours: the config has to bring the plugin itself.
BUILD = """
import json, sys
from mmengine.config import Config
from mmengine.registry import init_default_scope
cfg = Config.fromfile(sys.argv[1])
init_default_scope(cfg.default_scope)
from mmengine.hooks import Hook
from mmengine.optim import build_optim_wrapper
from mmaction.registry import DATASETS, HOOKS, MODELS
model = MODELS.build(cfg.model)
optim = build_optim_wrapper(model, cfg.optim_wrapper)
for hook in cfg.custom_hooks:
    assert isinstance(HOOKS.build(hook), Hook)
data = cfg.train_dataloader.dataset
data.update(data_root=sys.argv[2], ann_file='train.txt', data_prefix=dict(video=''))
clip_len = data.pair_sampler.clip_len
data.pair_sampler.update(clip_len=4)
dataset = DATASETS.build(data)
sample = dataset.__getitems__([0, 1])[0]
print(json.dumps(dict(
    clip_len=clip_len,
    shape=list(sample['inputs'].shape),
    speeds=[dataset.pair_sampler.speeds, model.heads['speed'].speeds],
    optimizer=type(optim.optimizer).__name__,
    lr=optim.optimizer.param_groups[0]['lr'],
    weight_decay=optim.optimizer.param_groups[0]['weight_decay'],
    betas=optim.optimizer.param_groups[0]['betas'],
    temperatures=[model.heads[n].criterion.temperature for n in ('equivariance', 'instance')],
    weights={n: h.loss_weight for n, h in model.heads.items()},
    width=model.feature_dim,
    parameters=sum(p.numel() for p in model.backbone.parameters()),
    epochs=cfg.train_cfg.max_epochs,
    ends=[s['end'] for s in cfg.param_scheduler],
    batch=cfg.train_dataloader.batch_size,
    base_batch=cfg.auto_scale_lr.base_batch_size,
    sync_bn=cfg.sync_bn)))
"""


def built(path, folder):
    done = subprocess.run(
        [sys.executable, '-c', BUILD, str(path), str(folder)],
        cwd='/',
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


# name: global batch, epochs, frames, size (METHOD and the paper's tables)
PUBLISHED = {
    'tev_r3d18_k400': (512, 200, 16, 128),
    'tev_r2plus1d_k400': (192, 200, 16, 112),
    'tev_s3dg_k400': (256, 200, 32, 128),
    'tev_r3d18_ucf101': (192, 400, 16, 112),
    'tev_r3d18_ucf101-monitored': (192, 400, 16, 112),
    'tev_r2plus1d_ucf101': (192, 400, 16, 112),
    'tev_r3d18_diving48': (192, 400, 16, 112),
    'tev_r2plus1d_diving48': (192, 400, 16, 112),
}
# backbone: parameters, width of its feature
BACKBONES = {
    'r3d18': (33_030_080, 512),
    'r2plus1d': (31_300_125, 512),
    's3dg': (9_135_056, 1024),
}


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_config(path, clips):
    facts = built(path, clips)
    batch, epochs, frames, size = PUBLISHED.get(path.stem, (48, 52, 8, 32))
    assert facts['base_batch'] == batch and batch % facts['batch'] == 0
    named = re.search(rf'global\W+batch {batch}\b', path.read_text(), re.IGNORECASE)
    assert named, 'the header names the batch'
    assert facts['sync_bn'] == 'torch'  # invariant 6
    assert facts['epochs'] == facts['ends'][-1] == epochs
    assert facts['clip_len'] == frames and facts['shape'] == [2, 3, 4, size, size]
    assert facts['speeds'][0] == facts['speeds'][1]
    assert (facts['optimizer'], facts['betas']) == ('AdamW', [0.9, 0.999])
    assert facts['weight_decay'] == 1e-4 and facts['temperatures'] == [0.1, 0.1]
    if path.stem in PUBLISHED:
        assert facts['speeds'][0] == [1, 2, 4, 8] and facts['lr'] == 3e-4
        assert set(facts['weights'].values()) == {1.0}
        parameters, width = BACKBONES[path.stem.split('_')[1]]
        assert (facts['width'], facts['parameters']) == (width, parameters)


def test_no_config_is_forgotten():
    assert {path.stem for path in CONFIGS} == {*PUBLISHED, 'tev_r3d10_motion-clips'}
