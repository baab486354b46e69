"""Pre-training configs declare what the paper says, and the table of all configs tells it.

That what is declared reaches the objects is for ``test_every_config.py`` to say.
"""

import re

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config

import config_table
from helpers import ROOT
from tev_mmaction.models.recognizers import pool_features

FOLDER = ROOT / 'configs'
PRETRAINING = [
    path
    for folder in ('.', 'ablations', 'backbones', 'baselines')
    for path in sorted((FOLDER / folder).glob('*.py'))
]
PRETRAINING += [FOLDER / 'studies' / study / 'tev_r3d10.py' for study in ('demo', 'motion')]

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
    'studies/demo/tev_r3d10': (48, 52, 8, 32),
}
# backbone: parameters, width of its feature
BACKBONES = {
    'r3d18': (33_030_080, 512),
    'r2plus1d': (31_300_125, 512),
    's3dg': (9_135_056, 1024),
}
BEYOND_THE_PAPER = ('r3d18_ucf101', 'r2plus1d_k400')
# Stated in their README.
OTHER_TEMPERATURES = {'baselines/gdt-audio_r3d18_k400': 0.07}
TASKS = ('equivariance', 'instance', 'speed', 'direction', 'order')
# row of Table 1, of equal ones one: its losses
ROWS = dict(
    b='equivariance instance',
    c=' '.join(TASKS),
    e='instance',
    f='equivariance',
    g='speed direction order',
    h='equivariance instance',
    i='instance speed direction order',
    j='equivariance speed direction order',
    k=' '.join(TASKS),
    l='equivariance instance direction order',
    m='equivariance instance speed order',
    n='equivariance instance speed direction',
)


def name_of(path):
    return path.relative_to(FOLDER).with_suffix('').as_posix()


def heads_of(cfg):
    return {name: head for name, head in cfg.model.heads.items() if head is not None}


@pytest.mark.parametrize('path', PRETRAINING, ids=name_of)
def test_what_all_have_in_common(path):
    cfg = Config.fromfile(path)
    batch = cfg.auto_scale_lr.base_batch_size
    assert batch % cfg.train_dataloader.batch_size == 0
    header = path.read_text().split('_base_')[0]
    assert re.search(rf'global\W+batch\W+{batch}\b', header, re.IGNORECASE)
    assert cfg.sync_bn == 'torch'  # invariant 6
    assert cfg.train_cfg.max_epochs == cfg.param_scheduler[-1]['end']
    optimizer = cfg.optim_wrapper.optimizer
    assert optimizer.type == 'AdamW' and 'betas' not in optimizer
    heads = heads_of(cfg)
    data = cfg.train_dataloader.dataset
    if 'speed' in heads:
        assert heads['speed'].speeds == data.clip_sampler.speeds
    for head in heads.values():
        assert head.get('temperature', 0.1) == OTHER_TEMPERATURES.get(name_of(path), 0.1)
    if 'equivariance' in heads:
        assert data.group_size == 2


@pytest.mark.parametrize('name', PUBLISHED)
def test_published_settings(name):
    cfg = Config.fromfile(FOLDER / f'{name}.py')
    batch, epochs, frames, size = PUBLISHED[name]
    data = cfg.train_dataloader.dataset
    assert (cfg.auto_scale_lr.base_batch_size, cfg.train_cfg.max_epochs) == (batch, epochs)
    assert (data.clip_sampler.clip_len, data.pipeline[0]['size']) == (frames, size)
    assert set(heads_of(cfg)) == set(TASKS)
    if 'demo' in name:
        return
    assert tuple(data.clip_sampler.speeds) == (1, 2, 4, 8)
    assert {head.loss_weight for head in cfg.model.heads.values()} == {1.0}
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.lr, optimizer.weight_decay) == (3e-4, 1e-4)
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    found = sum(p.numel() for p in model.backbone.parameters())
    assert (found, model.feature_dim) == BACKBONES[name.split('_')[1]]


@pytest.mark.parametrize('name', BEYOND_THE_PAPER)
def test_motion_targets_change_the_heads_the_feature_and_the_pipeline_alone(name):
    cfg, base = (Config.fromfile(FOLDER / f'{kind}_{name}.py') for kind in ('tev-motion', 'tev'))
    assert set(heads_of(cfg)) == {*TASKS, 'motion'} - {'instance'}
    pipeline = cfg.train_dataloader.dataset.pipeline
    (motion,) = (step for step in pipeline if step['type'] == 'ClipMotion')
    assert motion['parts'] == cfg.model.heads.motion.parts
    assert 'motion' in pipeline[-1].pop('meta_keys') and base.train_pipeline[-1].pop('meta_keys')
    usual = base.train_dataloader.dataset.pipeline
    usual[-1].pop('meta_keys', None)
    assert [step for step in pipeline if step is not motion] == usual
    data = cfg.train_dataloader.dataset
    data.pipeline = usual
    assert cfg.train_dataloader == base.train_dataloader
    for key in ('optim_wrapper', 'param_scheduler', 'train_cfg', 'auto_scale_lr', 'custom_hooks'):
        assert cfg[key] == base[key]
    model = MODELS.build(dict(cfg.model.backbone, base_channels=8)).eval()
    clips = torch.zeros(1, 3, data.clip_sampler.clip_len, *[pipeline[0]['size']] * 2)
    assert pool_features(model(clips)).size(1) * 8 == cfg.model.feature_dim


def test_no_config_is_forgotten():
    found = {path.stem for path in FOLDER.glob('*.py')}
    assert {*found, 'studies/demo/tev_r3d10'} == {
        *PUBLISHED,
        *(f'tev-motion_{name}' for name in BEYOND_THE_PAPER),
    }
    rows = sorted(path.stem.partition('_')[0] for path in (FOLDER / 'ablations').glob('?_*.py'))
    assert rows == list(ROWS)


@pytest.mark.parametrize('row', ROWS)
def test_rows_of_the_ablation_change_what_they_say_and_nothing_else(row):
    (path,) = (FOLDER / 'ablations').glob(f'{row}_*.py')
    cfg, base = Config.fromfile(path), Config.fromfile(FOLDER / 'tev_r3d18_ucf101.py')
    assert sorted(heads_of(cfg)) == sorted(ROWS[row].split())
    data, usual = cfg.train_dataloader.dataset, base.train_dataloader.dataset
    shared = [step.get('share_in_group', False) for step in data.pipeline[:2]]
    assert shared == [row in 'bc'] * 2
    sampler = dict(usual.clip_sampler)
    if row == 'b':  # both clips share one temporal draw
        del sampler['balance_order']
        sampler.update(type='IndependentClipSampler', num_draws=1, num_views=2)
    sampler.update(
        dict(l=dict(speeds=(1,)), m=dict(directions=(1,)), n=dict(shifted=False)).get(row, {})
    )
    assert data.clip_sampler == sampler
    for part in (cfg, base):  # all else is as in the base
        for step in part.train_dataloader.dataset.pipeline[:2]:
            step.pop('share_in_group', None)
        del part.train_dataloader.dataset['clip_sampler']
        part._cfg_dict.pop('train_pipeline', None)
        part.model.heads = {name: v for name, v in part.model.heads.items() if name in ROWS[row]}
    assert cfg._cfg_dict == base._cfg_dict


COLUMNS = [
    'config',
    'method',
    'backbone',
    'data',
    'clip',
    'batch',
    'epochs',
    'paper',
    'number',
    'ours',
]


def rows_of_the_table():
    lines = (FOLDER / 'README.md').read_text(encoding='utf-8').splitlines()
    rows = [line.strip('| ').split(' | ') for line in lines if re.match(r'\| `\S+\.py`', line)]
    return {row[0].strip('`'): dict(zip(COLUMNS, row)) for row in rows}


def test_the_table_has_all_configs_and_says_of_each_what_it_declares():
    rows = rows_of_the_table()
    assert list(rows) == [config_table.name_of(path) for path in config_table.CONFIGS]
    for path in config_table.CONFIGS:
        row = rows[config_table.name_of(path)]
        assert len(row) == len(COLUMNS)
        facts = config_table.facts_of(path)
        assert {column: row[column] for column in facts} == facts, path
        assert all(row.values())


def test_paper_s_numbers_of_the_ablation_are_equal_in_both_tables():
    rows = rows_of_the_table()
    text = (FOLDER / 'ablations' / 'README.md').read_text(encoding='utf-8')
    for path in (FOLDER / 'ablations').glob('?_*.py'):
        number = rows[f'ablations/{path.name}']['number']
        assert re.search(rf'\| `{path.name}` \|.*\| {re.escape(number)} \|', text)
