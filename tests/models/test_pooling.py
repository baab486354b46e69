import pytest
import torch
from networks import (
    close,
)

from tev_mmaction.models.recognizers import pool_features, pool_space

MAP = torch.arange(2 * 3 * 4 * 5 * 6.0).view(2, 3, 4, 5, 6)
POOLED = torch.tensor([[MAP[n, c].flatten().tolist() for c in range(3)] for n in range(2)]).mean(-1)


@pytest.mark.parametrize(
    'output, expected',
    [
        (MAP, POOLED),
        (MAP.view(2, 3, 20, 6), POOLED),
        (POOLED, POOLED),
        ((MAP,), POOLED),
        ([MAP, 2 * MAP.view(2, 3, 4, 30)], torch.cat([POOLED, 2 * POOLED], 1)),
        ((MAP, [POOLED + 1, (MAP + 2,)]), torch.cat([POOLED, POOLED + 1, POOLED + 2], 1)),
        ([MAP, POOLED + 1], POOLED + 1),
        (([MAP, POOLED + 1],), POOLED + 1),
        (([MAP, POOLED + 1], [MAP, POOLED + 2]), torch.cat([POOLED + 1, POOLED + 2], 1)),
        ([MAP, POOLED[:, :2]], torch.cat([POOLED, POOLED[:, :2]], 1)),
        ([POOLED, POOLED + 1], torch.cat([POOLED, POOLED + 1], 1)),
        ([MAP, POOLED, POOLED + 1], torch.cat([POOLED, POOLED, POOLED + 1], 1)),
    ],
    ids=[
        '5d',
        '4d',
        '2d',
        'tuple',
        'list',
        'nested',
        'class token',
        'as of MViT',
        'scales',
        'a width of its own',
        'vectors',
        'three',
    ],
)
def test_pooling(output, expected):
    close(pool_features(output), expected, 1e-6)


@pytest.mark.parametrize(
    'output, feature_shape, expected',
    [
        (MAP.flatten(2).transpose(1, 2), 'NLC', POOLED),
        (MAP.flatten(3).permute(0, 2, 3, 1), 'NHWC', POOLED),
        ((MAP.flatten(3).permute(0, 2, 3, 1),), 'NHWC', POOLED),
        (MAP.flatten(3), 'NLC', POOLED),
        (MAP.flatten(3), 'NCHW', POOLED),
        (POOLED, 'NHWC', POOLED),
    ],
)
def test_channels_last(output, feature_shape, expected):
    close(pool_features(output, feature_shape), expected, 1e-6)


@pytest.mark.parametrize('shape', [(4,), (4, 3, 8), (4, 3, 2, 2, 2, 2)])
def test_pooling_refuses_what_it_cannot_read(shape):
    with pytest.raises(ValueError, match=r'\(N, D, T, H, W\)'):
        pool_features(torch.zeros(shape))
    with pytest.raises(ValueError, match='backbone returned'):
        pool_features([MAP, torch.zeros(shape)])


def test_space_is_pooled_and_time_stays():
    space = torch.stack([MAP[:, :, t].mean(dim=(2, 3)) for t in range(4)], dim=2)
    close(pool_space(MAP), space, 1e-6)
    close(pool_space([MAP, POOLED]), space, 1e-6)  # a class token has no time
    slow = MAP[:, :, ::2] + 1
    both = torch.cat([(space[..., ::2] + 1).repeat_interleave(2, dim=2), space], dim=1)
    close(pool_space((slow, MAP)), both, 1e-6)
    for output in (POOLED, MAP.flatten(3), [MAP, MAP.flatten(3)]):
        with pytest.raises(ValueError, match='time cannot be kept'):
            pool_space(output)
