"""Each of the other methods learns its own task: its loss falls below that of guessing."""

from math import log

import numpy as np
import pytest

from learning import learn

# config: steps, and of each head the loss of guessing by the shares of its classes
METHODS = dict(
    rotation=(30, dict(rotation=log(4))),
)


@pytest.mark.parametrize('name', METHODS)
def test_the_loss_falls_below_that_of_guessing(name):
    steps, guessing = METHODS[name]
    logs = learn(name, steps)
    for head, loss in guessing.items():
        last = np.mean([each[f'loss_{head}'] for each in logs[-8:]])
        assert last < 0.8 * loss, (head, last, loss)
