"""Fine-tuning configs: every one builds, and what it declares reaches the objects (invariant 8).

All are built by this file itself, run as a script in one process that has imported nothing of ours:
the first config has to bring the plugin.
"""

import json
import re
import sys
from collections import namedtuple
from functools import cache
from pathlib import Path

import pytest
import torch

from helpers import ROOT, frame_of, write_clip
from processes import run

FOLDER = ROOT / 'configs' / 'finetune'
PATHS = sorted(FOLDER.glob('*.py'))
NUM_FRAMES = 140  # of the test's clip: no config has to loop it

Setting = namedtuple('Setting', 'classes epochs interval size pretraining lists frames width')


def settings():
    """Name of a config without its kind, and its setting: METHOD's, the paper's or ours."""
    for backbone, size, frames, width, splits in (
        ('r3d18', 128, 16, 512, (1, 2, 3)),
        ('r2plus1d', 112, 16, 512, (1, 2, 3)),
        ('s3dg', 128, 32, 1024, (1,)),
    ):
        source = f'tev_{backbone}_k400'
        for name, classes, epochs in (('ucf101', 101, 100), ('hmdb51', 51, 200)):
            for split in splits:
                lists = f'data/{name}/{name}_{{}}_split_{split}_videos.txt'
                yield (
                    f'{backbone}_{name}-split{split}',
                    Setting(classes, epochs, 4, size, source, lists, frames, width),
                )
    for backbone in ('r3d18', 'r2plus1d'):
        source = f'tev_{backbone}_diving48'
        for labels, prefix in (('v1', 'diving48_v1'), ('v2', 'diving48')):
            for interval in (1, 2):
                lists = f'data/diving48/{prefix}_{{}}_list_videos.txt'
                yield (
                    f'{backbone}_diving48-{labels}-{interval}x',
                    Setting(48, 100, interval, 112, source, lists, 16, 512),
                )
    for name, classes, lists, backbones in (
        ('sthv2', 174, 'data/sthv2/sthv2_{}_list_videos.txt', ('r3d18', 'r2plus1d')),
        ('jester', 27, 'data/jester/jester_{}_list_videos.txt', ('r2plus1d',)),
        ('gym99', 99, 'data/gym/annotations/gym99_{}.txt', ('r2plus1d',)),
    ):
        for backbone in backbones:
            source = f'tev_{backbone}_k400'
            yield f'{backbone}_{name}', Setting(classes, 50, 2, 112, source, lists, 16, 512)


SETTINGS = dict(settings())
EXPECTED = {
    f'{kind}_{name}'
    for name in SETTINGS
    for kind in ('tev', 'frozen')
    if kind != 'frozen' or re.search('ucf101-split1|hmdb51-split1|diving48-v2', name)
}


# ---- run in the clean process


def frame_numbers(inputs):
    """Which frames the views (N, 3, T, H, W) show."""
    return [
        [frame_of(view[:, t, :8, :8].permute(1, 2, 0).numpy()) for t in range(view.shape[1])]
        for view in inputs
    ]


def data_facts(cfg, folder):
    from mmaction.registry import DATASETS

    facts = {}
    for part in ('train', 'val', 'test'):
        loader = cfg[f'{part}_dataloader']
        data = loader.dataset
        facts[f'{part}_list'] = f'{data.data_root}/{data.ann_file}'
        facts[f'{part}_batch'] = loader.batch_size
        facts[f'{part}_shuffle'] = loader.sampler.shuffle
        data.update(data_root=folder, ann_file='list.txt', data_prefix=dict(video=''))
        inputs = DATASETS.build(data)[0]['inputs']
        facts[f'{part}_shape'] = list(inputs.shape)
        facts[f'{part}_frames'] = frame_numbers(inputs)
    return facts


def optimizer_facts(cfg, model):
    from mmengine.optim import build_optim_wrapper
    from mmengine.registry import PARAM_SCHEDULERS

    optimizer = build_optim_wrapper(model, cfg.optim_wrapper).optimizer
    schedulers = [
        PARAM_SCHEDULERS.build(s, default_args=dict(optimizer=optimizer, epoch_length=1))
        for s in cfg.param_scheduler
    ]
    rates = []
    for _ in range(cfg.train_cfg.max_epochs):
        rates.append(optimizer.param_groups[0]['lr'])
        for scheduler in schedulers:
            scheduler.step()
    group = optimizer.param_groups[0]
    return dict(
        optimizer=type(optimizer).__name__,
        rates=[*rates, group['lr']],
        **{k: group.get(k) for k in ('initial_lr', 'weight_decay', 'betas', 'momentum')},
    )


@cache
def pretrained(name):
    """Config of a pre-training, and names and shapes of its backbone's weights."""
    from mmaction.registry import MODELS
    from mmengine.config import Config

    cfg = Config.fromfile(ROOT / 'configs' / f'{name}.py')
    with torch.device('meta'):
        return cfg, shapes_of(MODELS.build(cfg.model.backbone))


def shapes_of(module):
    return {name: weight.shape for name, weight in module.state_dict().items()}


def model_facts(cfg, pretraining, shapes):
    from mmaction.registry import MODELS
    from torch.nn.modules.batchnorm import _BatchNorm

    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    model.train()
    head = model.cls_head
    settings = {k: v for k, v in cfg.model.backbone.items() if k != 'frozen_stages'}
    facts = dict(
        types=[type(m).__module__.split('.')[0] + '.' + type(m).__name__ for m in (model, head)],
        same_backbone=settings == pretraining.model.backbone.to_dict()
        and shapes_of(model.backbone) == shapes,
        same_preprocessing=cfg.model.data_preprocessor
        == dict(pretraining.model.data_preprocessor, type='ActionDataPreprocessor'),
        features=[head.fc_cls.in_features, pretraining.model.feature_dim],
        classes=head.fc_cls.out_features,
        pool=str(head.avg_pool),
        dropout=head.dropout.p if head.dropout else 0,
        average_clips=head.average_clips,
        views_at_once=model.test_cfg.max_testing_views,
        trained=[name for name, p in model.named_parameters() if p.requires_grad],
        parameters=sum(1 for _ in model.parameters()),
        norm_modes=sorted({m.training for m in model.modules() if isinstance(m, _BatchNorm)}),
    )
    return model, facts


def facts_of(path, folder):
    from mmengine.config import Config
    from mmengine.registry import init_default_scope

    cfg = Config.fromfile(path)
    init_default_scope(cfg.default_scope)
    from mmaction.registry import HOOKS, METRICS

    pretraining, shapes = pretrained(SETTINGS[path.stem.split('_', 1)[1]].pretraining)
    hooks = [type(HOOKS.build(hook)).__name__ for hook in cfg.get('custom_hooks', [])]
    model, facts = model_facts(cfg, pretraining, shapes)
    return dict(
        **facts,
        **optimizer_facts(cfg, model),
        **data_facts(cfg, folder),
        hooks=hooks,
        metrics=[
            type(METRICS.build(cfg[f'{part}_evaluator'])).__name__ for part in ('val', 'test')
        ],
        imports=cfg.custom_imports.imports,
        load_from=cfg.load_from,
        pretraining_epochs=pretraining.train_cfg.max_epochs,
        epochs=cfg.train_cfg.max_epochs,
        val_interval=cfg.train_cfg.val_interval,
        save_best=cfg.default_hooks.checkpoint.save_best,
        base_batch=cfg.auto_scale_lr.base_batch_size,
        sync_bn=cfg.sync_bn,
    )


# ---- run by pytest


@pytest.fixture(scope='module')
def facts(tmp_path_factory):
    folder = tmp_path_factory.mktemp('labelled')
    write_clip(folder / 'clip.mp4', NUM_FRAMES)
    (folder / 'list.txt').write_text('clip.mp4 2\n')
    done = run(__file__, folder, cwd='/')
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_no_combination_is_missing_or_extra():
    assert {path.stem for path in PATHS} == EXPECTED


@pytest.mark.parametrize('path', PATHS, ids=lambda path: path.stem)
def test_config(facts, path):
    kind, name = path.stem.split('_', 1)
    setting, is_, text = SETTINGS[name], facts[path.stem], path.read_text()
    assert is_['imports'] == ['tev_mmaction'] and is_['sync_bn'] == 'torch'

    # model: MMAction2's, on the backbone that was pre-trained
    assert is_['types'] == ['mmaction.Recognizer3D', 'mmaction.I3DHead']
    assert (
        is_['same_backbone']
        and is_['same_preprocessing']
        and is_['features'] == [setting.width] * 2
    )
    assert is_['classes'] == setting.classes
    assert is_['pool'] == 'AdaptiveAvgPool3d(output_size=(1, 1, 1))'
    assert is_['average_clips'] == 'prob' and is_['views_at_once'] <= 10
    if kind == 'frozen':
        assert is_['trained'] == ['cls_head.fc_cls.weight', 'cls_head.fc_cls.bias']
        assert is_['norm_modes'] == [False] and is_['dropout'] == 0
    else:
        assert len(is_['trained']) == is_['parameters']
        assert is_['norm_modes'] == [True] and is_['dropout'] == 0.5
    epochs = is_['pretraining_epochs']
    assert is_['load_from'] == f'work_dirs/{setting.pretraining}/epoch_{epochs}.pth'
    assert is_['hooks'] == ['BackboneWeightsHook']

    # optimisation
    if kind == 'frozen':
        assert (is_['optimizer'], is_['momentum'], is_['weight_decay']) == ('SGD', 0.9, 0)
    else:
        assert (is_['optimizer'], is_['initial_lr']) == ('AdamW', 1e-4)
        assert is_['weight_decay'] == 1e-4 and is_['betas'] == [0.9, 0.999]
    rates, epochs = is_['rates'], setting.epochs
    assert is_['epochs'] == epochs and epochs % is_['val_interval'] == 0
    assert rates[0] < 0.02 * max(rates) and max(rates) == pytest.approx(is_['initial_lr'])
    assert rates[:5] == sorted(rates[:5]) and rates[5:] == sorted(rates[5:], reverse=True)
    assert rates[5] == max(rates), 'warm-up ends with the fifth epoch'
    assert rates[epochs // 2] > 0.4 * max(rates) and rates[epochs] < 2e-3 * max(rates)
    assert is_['train_batch'] == is_['base_batch'] == 32
    assert re.search(r'global\W+batch 32 = 1 GPU x 32\b', text), 'the header names the batch'
    assert re.search(rf'\b{epochs} epochs\b', text), 'and the epochs'

    # data
    size, interval = setting.size, setting.interval
    for part, views in (('train', 1), ('val', 1), ('test', 30)):
        list_of = 'train' if part == 'train' else 'val'
        assert is_[f'{part}_list'] == setting.lists.format(list_of)
        assert is_[f'{part}_shape'] == [views, 3, setting.frames, size, size]
        for frames in is_[f'{part}_frames']:
            assert [b - a for a, b in zip(frames, frames[1:])] == [interval] * (setting.frames - 1)
        assert is_[f'{part}_shuffle'] == (part == 'train')
    starts = [frames[0] for frames in is_['test_frames']]
    last = NUM_FRAMES - ((setting.frames - 1) * interval + 1)
    assert len(starts) == 30 and sorted(set(starts)) == sorted(starts)[::3], '10 clips, 3 crops'
    assert (min(starts), max(starts)) == (0, last) and is_['val_frames'][0][0] == last // 2
    assert is_['val_batch'] == is_['test_batch'] == 1, 'views at once ask for it'
    assert is_['metrics'] == ['AccMetric', 'AccMetric'] and is_['save_best'] == 'acc/top1'


def test_every_config_is_in_the_readme():
    rows = re.findall(r'^\| `(\w+_\S+)` ', (FOLDER / 'README.md').read_text(), re.MULTILINE)
    names = {name for row in rows for name in numbered(row)}
    assert names == SETTINGS.keys()


def numbered(row):
    """``a{1,2}`` to ``a1`` and ``a2``."""
    start, braces, end = row.partition('{')
    return [start + number for number in end.rstrip('}').split(',')] if braces else [row]


if __name__ == '__main__':
    torch.set_num_threads(1)
    print(json.dumps({path.stem: facts_of(path, Path(sys.argv[1])) for path in PATHS}))
