"""Random draws that do not depend on the worker process."""

import random
from contextlib import contextmanager
from typing import Iterator

import numpy as np
import torch


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the global generators of python, numpy and torch, and restore their states afterwards.

    Transforms of MMAction2 use these generators, which mmengine seeds once per worker. Without this
    function, draws would depend on the number of workers, and repeat in every epoch.

    Args:
        seed (int): Within [0, 2^32).
    """
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
