"""Keys that nothing reads are refused with the nearest name; names of files stay text."""

import argparse

import pytest
from mmengine.config import Config

from helpers import ROOT
from tev_mmaction.engine.cfg_options import add_cfg_options, apply_cfg_options

PRE, TUNE, RETRIEVE = (
    ROOT / f'configs/{name}.py'
    for name in (
        'studies/demo/tev_r3d10',
        'finetune/tev_r3d18_ucf101-split1',
        'retrieval/r3d18_ucf101',
    )
)


def applied(config, **options):
    cfg = Config.fromfile(config)
    apply_cfg_options(cfg, options)
    return cfg


@pytest.mark.parametrize(
    'config, key, nearest',
    [
        (PRE, 'train_dataloder.batch_size', 'train_dataloader'),
        (PRE, 'train_dataloader.batchsize', 'train_dataloader.batch_size'),
        (PRE, 'train_dataloader.dataset.data_rot', 'train_dataloader.dataset.data_root'),
        (PRE, 'train_dataloader.dataset.pipeline.0.sise', 'pipeline.0.size'),
        (PRE, 'optim_wrapper.optimizer.lrr', 'optim_wrapper.optimizer.lr'),
        (PRE, 'model.backbone.depht', 'model.backbone.depth'),
        (PRE, 'model.heads.speeed.loss_weight', 'model.heads.speed'),
        (PRE, 'default_hooks.checkpiont.interval', 'default_hooks.checkpoint'),
        (PRE, 'default_hooks.checkpoint.intervall', 'default_hooks.checkpoint.interval'),
        (PRE, 'train_cfg.max_epoch', 'train_cfg.max_epochs'),
        (PRE, 'custom_hooks.1.maxshare', 'custom_hooks.1.max_share'),
        (PRE, 'randomness.sede', 'randomness.seed'),
        (TUNE, 'model.cls_head.num_class', 'model.cls_head.num_classes'),
        (RETRIEVE, 'test_evaluator.protocol.clip_length', 'test_evaluator.protocol.clip_len'),
    ],
)
def test_a_slip_is_refused_with_the_nearest_name(config, key, nearest):
    with pytest.raises(ValueError, match=f'--cfg-options {key}: .* did you mean .*{nearest}\\?'):
        applied(config, **{key: '8'})


@pytest.mark.parametrize(
    'key, value',
    [
        ('optim_wrapper.accumulative_counts', 2),
        ('optim_wrapper.clip_grad.max_norm', 1),
        ('model.chunk_size', 4),
        ('model.heads.speed', None),
        ('default_hooks.checkpoint.save_best', 'retrieval/R@1'),
        ('activation_checkpointing', ['backbone.layer1']),
        ('train_dataloader.dataset.pipeline.0.size', 16),
        ('param_scheduler', []),
        ('train_dataloader.dataset.clip_sampler.speeds', (1, 2)),
    ],
)
def test_what_something_reads_is_taken(key, value):
    text = str(value).replace("'", '')
    cfg = applied(PRE, **{key: text})
    for part in key.split('.'):
        cfg = cfg[int(part)] if isinstance(cfg, list) else cfg[part]
    assert cfg == value


@pytest.mark.parametrize('name', ['2024', 'a,b', '007', '1e5', 'True', 'a b', 'x=y', "it's", '3.0'])
@pytest.mark.parametrize('key', ['data_root', 'ann_file', 'data_prefix.video', 'index_file'])
def test_names_of_files_stay_text(key, name):
    cfg = applied(PRE, **{f'train_dataloader.dataset.{key}': name})
    value = cfg.train_dataloader.dataset
    for part in key.split('.'):
        value = value[part]
    assert value == name
    assert applied(PRE, load_from=name).load_from == name


def test_positions_of_lists_and_brackets():
    with pytest.raises(ValueError, match="is a list of 4, '9' is no position in it"):
        applied(PRE, **{'train_dataloader.dataset.pipeline.9.size': '3'})
    with pytest.raises(ValueError, match='brackets do not match'):
        applied(PRE, **{'train_dataloader.dataset.clip_sampler.speeds': '(1,2'})


def test_a_type_behind_the_last_item_appends():
    kind, key = 'WandbVisBackend', 'visualizer.vis_backends.1'
    cfg = applied(PRE, **{f'{key}.init_kwargs.project': 'mine', f'{key}.type': kind})
    assert cfg.visualizer.vis_backends == [
        dict(type='LocalVisBackend'),
        dict(type=kind, init_kwargs=dict(project='mine')),
    ]
    with pytest.raises(ValueError, match=r'vis_backends.1.save_dri: .*did you mean .*save_dir\?'):
        applied(PRE, **{f'{key}.type': kind, f'{key}.save_dri': 'x'})
    for wrong in ('2.type', '1.save_dir'):
        with pytest.raises(ValueError, match=r'list of 1, .*visualizer.vis_backends.1.type=... ap'):
            applied(PRE, **{f'visualizer.vis_backends.{wrong}': kind})


def test_the_command_line(capsys):
    parser = argparse.ArgumentParser()
    add_cfg_options(parser, 'a=b')
    arguments = ['--cfg-options', 'a=1=2', 'b=', '--cfg-options', 'c=x']
    assert parser.parse_args(arguments).cfg_options == {'a': '1=2', 'b': '', 'c': 'x'}
    with pytest.raises(SystemExit):
        parser.parse_args(['--cfg-options', 'a'])
    assert "'a' is not KEY=VALUE" in capsys.readouterr().err
