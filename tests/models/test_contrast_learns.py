"""Each of the contrastive and predictive methods learns its own task, by its config."""

from math import log

import numpy as np
import pytest

from learning import learn

# config: head, steps, and changes to fit short videos. Constant features cost the logarithm of
# 1 + negatives.
CONTRASTIVE = dict(
    moco=('instance', 16, {}),
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
    assert last_of(logs, f'loss_{head}') < 0.75 * constant


def test_byol_learns_and_does_not_collapse():
    """Constant features would cost nothing, so the accuracy counts."""
    logs = learn('byol', 40, textures=True)
    assert last_of(logs, 'loss_prediction') < 0.5 * logs[0]['loss_prediction']
    assert last_of(logs, 'acc_prediction') > 3 * last_of(logs, 'chance_prediction')
    assert last_of(logs, 'feature_std') > 0.1
