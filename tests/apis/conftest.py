"""Fixtures of the tests of what a Python user calls."""

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from helpers import dataset_cfg, model_cfg, write_clip
from toy_runs import save, trained


@pytest.fixture(scope='module')
def pretrained(tmp_path_factory):
    """A TimeEquivariantRecognizer, and its checkpoint as Runner writes it."""
    init_default_scope('mmaction')
    torch.manual_seed(0)
    model = MODELS.build(model_cfg())
    trained(model.backbone)
    cfg = Config(dict(model=model_cfg(), train_dataloader=dict(dataset=dataset_cfg('gone'))))
    path = tmp_path_factory.mktemp('pretrained') / 'epoch_3.pth'
    save(path, model.state_dict(), cfg=cfg.pretty_text)
    return model, path


@pytest.fixture(scope='module')
def noise(tmp_path_factory):
    """Three videos in which every pixel is different, upright, lying, and shorter than a clip."""
    folder, rng = tmp_path_factory.mktemp('noise'), np.random.default_rng(0)
    paths = []
    for number, (frames, size) in enumerate([(61, (64, 40)), (50, (40, 64)), (20, (64, 48))]):
        shape = (frames, *size[::-1], 3)
        pictures = rng.integers(0, 256, shape, dtype=np.uint8)
        paths.append(folder / f'{number}.mp4')
        write_clip(paths[-1], frames, size, crf='30', color=lambda index, p=pictures: p[index])
    return paths
