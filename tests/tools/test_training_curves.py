"""Chance of the classification tasks, as the curves are drawn beside it."""

import runpy

import pytest
from mmengine.config import Config

from helpers import ROOT, build_dataset

TOOL = runpy.run_path(str(ROOT / 'tools' / 'analysis' / 'training_curves.py'))


def shares(clips, config):
    """Of the heads and the sampler of a config, at 8 frames."""
    cfg = Config.fromfile(ROOT / 'configs' / config)
    sampler = dict(cfg.train_dataloader.dataset.clip_sampler, clip_len=8)
    dataset = build_dataset(clips, clip_sampler=sampler, group_size=1, decoder='pyav')
    return TOOL['majority_shares'](dataset, TOOL['classifiers_of'](cfg.model))


def test_every_head_that_classifies_has_a_chance(clips):
    # Of the 12 videos of 40 to 95 frames, 4 are too short for a speed of 8.
    playback = shares(clips, 'baselines/playback_r3d18_ucf101.py')
    assert playback['playback'] == 1 / 4
    assert playback['speed'] == pytest.approx((4 / 3 + 8 / 4) / 12, abs=0.03)
    assert shares(clips, 'baselines/vcop_r3d18_ucf101.py') == dict(
        clip_order=pytest.approx(1 / 6, abs=0.02)
    )
    assert not shares(clips, 'baselines/cvrl_r3d18_ucf101.py')
