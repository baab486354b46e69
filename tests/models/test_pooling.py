import pytest
import torch
from networks import (
    close,
)

from tev_mmaction.models.recognizers import pool_features

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
    ],
    ids=['5d', '4d', '2d', 'tuple', 'list', 'nested'],
)
def test_pooling(output, expected):
    close(pool_features(output), expected, 1e-6)


@pytest.mark.parametrize('shape', [(4,), (4, 3, 8), (4, 3, 2, 2, 2, 2)])
def test_pooling_refuses_what_it_cannot_read(shape):
    with pytest.raises(ValueError, match=r'\(N, D, T, H, W\)'):
        pool_features(torch.zeros(shape))
    with pytest.raises(ValueError, match='backbone returned'):
        pool_features([MAP, torch.zeros(shape)])
