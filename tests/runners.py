"""Stand-ins for mmengine's Runner."""

import logging
from types import SimpleNamespace

from mmengine.dataset import DefaultSampler
from torch.utils.data import BatchSampler


def runner_of(dataset, batch_size, drop_last=True, shuffle=True, work_dir=None):
    sampler = BatchSampler(DefaultSampler(dataset, shuffle, seed=0), batch_size, drop_last)
    return SimpleNamespace(
        iter=0,
        train_dataloader=SimpleNamespace(dataset=dataset, batch_sampler=sampler),
        logger=logging.getLogger('hooks'),
        work_dir=work_dir,
    )
