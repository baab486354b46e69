"""Losses of heads are computed in float32 whatever precision the features have."""

import pytest
import torch
from mmaction.registry import MODELS

WIDTH, VIDEOS = 16, 4
DRAWS = (0, 0, 1, 1, 2, 2, 3, 3, 4)
# head: clips of a video, and whether it takes maps
HEADS = {
    'BYOLHead': (dict(), 2, False),
    'SwAVHead': (dict(), 2, False),
    'StatisticsHead': (dict(), 2, False),
    'MaskedClipHead': (dict(), 4, False),
    'DensePredictionHead': (dict(memory_size=8), 8, True),
    'GlobalLocalHead': (dict(), len(DRAWS), True),
    'RelativeSpeedHead': (dict(), 4, False),
    'ReconstructionHead': (dict(), 1, True),
    'LayersHead': (dict(widths=(WIDTH,)), 2, True),
}


@pytest.mark.parametrize('kind', HEADS)
def test_the_loss_is_float32_and_close_to_that_of_full_precision(kind):
    cfg, num_clips, takes_maps = HEADS[kind]
    torch.manual_seed(0)
    head = MODELS.build(dict(cfg, type=kind, in_channels=WIDTH))
    shape = (VIDEOS, num_clips, WIDTH) + ((4, 2, 2) if takes_maps else ())
    features = torch.rand(shape).bfloat16()
    targets = dict(
        sample_idx=torch.arange(VIDEOS),
        draws=torch.tensor([DRAWS] * VIDEOS),
        statistics=torch.randint(1, 17, (VIDEOS, 2, 27)),
        speeds=torch.tensor([(1, 1, 2, 2)] * VIDEOS),
        frames=torch.randn(VIDEOS, 1, 3, 8, 4, 4),
        averaged=torch.randn(VIDEOS, 2, WIDTH).bfloat16(),
    )
    exact = head.loss([features.float()] if takes_maps else features.float(), targets)['loss']
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = head.loss([features] if takes_maps else features, targets)['loss']
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, exact, rtol=0.01, atol=0.01)
    loss.backward()
    assert all(p.grad.isfinite().all() for p in head.parameters())
