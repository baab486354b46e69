"""Each of the contrastive and predictive methods learns its own task, by its config."""

from math import log

import numpy as np
import pytest

from learning import learn

# config: head, steps, and changes to fit short videos. Constant features cost the logarithm of
# 1 + negatives.
CONTRASTIVE = dict(
    moco=('instance', 16, {}),
    cbt=('masked', 30, dict(sampler=dict(speed=1, interval=8))),
    memdpc=('prediction', 40, dict(lr=0.03, sampler=dict(clip_len=5, interval=2, speed=1))),
    pcl=('instance', 40, dict(sampler=dict(clip_len=9, interval=4))),
    dpc=('prediction', 30, dict(sampler=dict(clip_len=5, interval=2, speed=1))),
)


def last_of(logs, name):
    """Mean of a figure over the last steps."""
    return np.mean([each[name] for each in logs[-8:]])


@pytest.mark.parametrize('name', CONTRASTIVE)
def test_the_loss_falls_below_that_of_constant_features(name):
    head, steps, changes = CONTRASTIVE[name]
    logs = learn(name, steps, textures=True, **changes)
    constant = log(1 + last_of(logs, f'negatives_{head}'))
    assert last_of(logs, f'loss_{head}') < 0.9 * constant


def test_byol_learns_and_does_not_collapse():
    """Constant features would cost nothing, so the accuracy counts."""
    logs = learn('byol', 40, textures=True)
    assert last_of(logs, 'loss_prediction') < 0.5 * logs[0]['loss_prediction']
    assert last_of(logs, 'acc_prediction') > 3 * last_of(logs, 'chance_prediction')
    assert last_of(logs, 'feature_std') > 0.1


def test_tclr_learns_the_time_steps_of_the_global_clip():
    """Constant features cost the logarithm of 1 + negatives: 3 time steps, and 6 local clips."""
    logs = learn('tclr', 15, ramp=3)
    assert last_of(logs, 'loss_global_local') < 0.75 * (log(4) + log(7)) / 2


def test_videodim_learns():
    """Of 2 x 8 clips, those of 7 other videos are negatives; all maps of TinyNet have 64 cells."""
    head = dict(type='LayersHead', widths=(16,))
    logs = learn('videodim', 20, textures=True, model=dict(heads=dict(layers=head)))
    cells = 64
    assert last_of(logs, 'loss_layers') < 0.9 * log(1 + 14 * cells)


def test_swav_learns():
    """Equal scores of all prototypes cost the logarithm of their number."""
    logs = learn('swav', 20, textures=True)
    assert last_of(logs, 'loss_clusters') < 0.9 * log(1000)
