"""Draws that do not depend on which worker process makes them."""

import random
from contextlib import contextmanager
from typing import Iterator

import numpy as np
import torch


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the global generators of python, numpy and torch, and give them back as they were.

    Transforms of MMAction2 draw from these generators, which mmengine seeds once a worker: which
    draws a video gets would depend on the number of workers, and repeat every epoch.

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
