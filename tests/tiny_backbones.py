"""The backbones of configs/backbones, made so small that they train in a moment."""

from copy import deepcopy
from importlib.util import find_spec
from typing import NamedTuple

import pytest

from helpers import ROOT

PATHS = sorted((ROOT / 'configs/backbones').glob('tev_*.py'))


class Tiny(NamedTuple):
    """What is smaller than in the config: keys of the backbone, its width, picture and heads."""

    changes: dict
    feature_dim: int
    size: int = 32
    heads: tuple = ()  # but these; none: all


_ONE_BLOCK = dict(base_channels=8, stage_blocks=(1, 1, 1, 1))

TINY = {
    'tev_c3d_k400': Tiny(dict(out_dim=512), 4096, 16, ('direction',)),  # widths are fixed
    'tev_i3d-r50_k400': Tiny(dict(_ONE_BLOCK, inflate=((1,), (1,), (1,), (0,))), 256),
    'tev_ircsn-r50_k400': Tiny(_ONE_BLOCK, 256),
    'tev_mvit-s_k400': Tiny(
        {
            'arch': dict(embed_dims=8, num_layers=4, num_heads=1, downscale_indices=[1, 2, 3]),
            'spatial_size': 32,
        },
        64,
    ),
    'tev_slowfast-r50_k400': Tiny(
        {
            f'{path}_pathway.{key}': value
            for path, width in (('slow', 16), ('fast', 2))
            for key, value in dict(base_channels=width, stage_blocks=(1, 1, 1, 1)).items()
        },
        512 + 64,
    ),
    'tev_slowonly-r50_k400': Tiny(_ONE_BLOCK, 256),
    'tev_swin-t_k400': Tiny(
        dict(arch=dict(embed_dims=8, depths=[2, 1, 1, 1], num_heads=[1, 1, 2, 2])),
        64,
    ),
    'tev_timesformer-b_k400': Tiny(
        dict(img_size=32, embed_dims=16, num_heads=2, num_transformer_layers=2), 16
    ),
    'tev_timm-swin-b_k400': Tiny(
        dict(embed_dim=16, depths=(2, 1, 1, 1), num_heads=(1, 1, 2, 2), img_size=64, window_size=2),
        128,
        size=64,
    ),
    'tev_torchvision-densenet161_k400': Tiny(dict(type='torchvision.densenet121'), 1024),
    'tev_tsm-r50_k400': Tiny(dict(depth=18), 512),  # widths are fixed
    'tev_tsn-r50_k400': Tiny(dict(depth=18), 512),
    'tev_uniformer-s_k400': Tiny(
        dict(depth=[1, 1, 1, 1], embed_dim=[8, 16, 32, 64], head_dim=16), 64
    ),
    **dict.fromkeys(
        ('tev_videomae-b_k400', 'tev_videomae-l_k400', 'tev_videomae-h_k400'),
        Tiny(dict(img_size=32, embed_dims=32, depth=2, num_heads=2), 32),
    ),
    'tev_x3d-m_k400': Tiny(dict(gamma_w=1 / 3, gamma_d=0.2), 144),
}


class Stock(NamedTuple):
    """What is smaller than in a config of supervised/: frames of a clip, too."""

    changes: dict
    feature_dim: int
    frames: int
    size: int


STOCK = {
    'tsn_r50_diving48-v1': Stock(dict(depth=18), 512, 1, 32),
    'c3d_diving48-v1': Stock(dict(out_dim=512), 4096, 16, 16),
}


def package_of(name):
    """Whose network it is, where it is neither MMAction2's nor ours."""
    return next((package for package in ('timm', 'torchvision') if f'_{package}-' in name), None)


def is_installed(name):
    return package_of(name) is None or find_spec(package_of(name)) is not None


def skip_where_missing(name):
    if not is_installed(name):
        pytest.skip(f'{package_of(name)} is not installed: no test needs it but this one')


def shrink(model, name):
    """Make the model of a config, ours or a stock one on the same backbone, tiny."""
    tiny = TINY[name]
    for key, value in deepcopy(tiny.changes).items():
        *path, last = key.split('.')
        part = model['backbone']
        for step in path:
            part = part[step]
        part[last] = value
    return tiny.feature_dim
