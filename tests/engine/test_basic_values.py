"""Slips in values that every run has are said with the key, before anything is built."""

import pytest
from mmengine.config import Config

from helpers import ROOT
from tev_mmaction.engine.basic_values import check_basic_values

CONFIGS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob('configs/*.py'))
CONFIGS += [
    'configs/finetune/tev_r3d18_ucf101-split1.py',
    'configs/studies/motion/evaluate_r3d10.py',
]


@pytest.fixture
def cfg():
    return Config.fromfile(ROOT / 'configs/studies/demo/tev_r3d10.py')


@pytest.mark.parametrize(
    'key, value, needed',
    [
        ('train_dataloader.batch_size', 0, 'an integer of at least 1 is needed'),
        ('train_dataloader.batch_size', 'abc', 'an integer of at least 1 is needed'),
        ('train_dataloader.batch_size', 2.5, 'an integer of at least 1 is needed'),
        ('train_dataloader.batch_size', True, 'an integer of at least 1 is needed'),
        ('train_dataloader.num_workers', -1, 'an integer of at least 0 is needed'),
        ('test_dataloader.num_workers', '2x', 'an integer of at least 0 is needed'),
        ('train_dataloader.persistent_workers', 'no', 'True or False is needed'),
        ('train_cfg.max_epochs', 0, 'an integer of at least 1 is needed'),
        ('train_cfg.val_interval', 0, 'an integer of at least 1 is needed'),
        ('default_hooks.logger.interval', 0, 'an integer of at least 1 is needed'),
        ('default_hooks.checkpoint.interval', 0, 'an integer of at least 1, or -1 for never'),
        ('default_hooks.checkpoint.max_keep_ckpts', 0, 'an integer of at least 1, or -1 for all'),
        ('optim_wrapper.optimizer.lr', -0.1, 'a number of at least 0 is needed'),
        ('optim_wrapper.optimizer.lr', '1e-3x', 'a number of at least 0 is needed'),
        ('optim_wrapper.optimizer.lr', float('nan'), 'a number of at least 0 is needed'),
        ('randomness.seed', -1, 'an integer of at least 0 is needed'),
        ('param_scheduler.1.end', 'ten', 'an integer of at least 1 is needed'),
    ],
)
def test_values_that_cannot_be(cfg, key, value, needed):
    cfg.merge_from_dict({key: value})
    with pytest.raises(ValueError) as error:
        check_basic_values(cfg)
    message = str(error.value)
    assert message.startswith(f'{key}={value!r}: {needed}')
    again = message.rpartition('for example ')[2].partition('=')
    assert again[0] == key
    cfg.merge_from_dict({key: eval(again[2])})
    check_basic_values(cfg)


@pytest.mark.parametrize('name', CONFIGS)
def test_values_of_our_configs_are_accepted(name):
    check_basic_values(Config.fromfile(ROOT / name))


def test_what_is_left_to_its_default(cfg):
    cfg.merge_from_dict({'randomness.seed': None, 'default_hooks.checkpoint': None})
    check_basic_values(cfg)
