import pytest
import torch
from mmaction.registry import MODELS

from tev_mmaction.models.backbones.stage_summary import summarise
from tev_mmaction.models.recognizers import pool_features

SMALL = dict(type='VideoResNet', depth=10, base_channels=8, stem_kernel=(3, 5, 5))


def networks(summary):
    torch.manual_seed(0)
    plain = MODELS.build(SMALL).eval()
    summarised = MODELS.build(dict(SMALL, summary=summary)).eval()
    summarised.load_state_dict(plain.state_dict())  # it has no weights of its own
    return plain, summarised


def test_a_grid_keeps_time_and_coarse_positions():
    """By explicit loops, on maps that the grid divides and does not divide."""
    for height, width in ((6, 6), (5, 7)):
        maps = [torch.randn(2, 3, 4, height, width)]
        found = summarise(maps, ((1, '3x2'),))
        assert found.shape == (2, 3 * 4 * 3 * 2, 1, 1, 1)
        expected = torch.empty(2, 3, 4, 3, 2)
        for row in range(3):
            for column in range(2):
                top, bottom = row * height // 3, -(-(row + 1) * height // 3)
                left, right = column * width // 2, -(-(column + 1) * width // 2)
                cell = maps[0][..., top:bottom, left:right]
                expected[..., row, column] = cell.mean(dim=(3, 4))
        torch.testing.assert_close(found.flatten(1), expected.flatten(1))


def test_parts_are_the_pooled_maps_of_their_stages():
    plain, summarised = networks([(2, 'space'), (3, 'space-time'), (4, 'space-time')])
    maps = []
    for layer in (plain.layer2, plain.layer3, plain.layer4):
        layer.register_forward_hook(lambda module, inputs, output: maps.append(output))
    clips = torch.randn(2, 3, 16, 32, 32)
    last = plain(clips)
    found = summarised(clips)
    second = [maps[0][:, c, t].mean(dim=(1, 2)) for c in range(16) for t in range(4)]
    third = [maps[1][:, c].mean(dim=(1, 2, 3)) for c in range(32)]
    expected = torch.stack([*second, *third], dim=1)
    assert found.shape == (2, 16 * 4 + 32 + 64, 1, 1, 1)
    torch.testing.assert_close(found[:, :96, 0, 0, 0], expected)
    torch.testing.assert_close(found[:, 96:, 0, 0, 0], pool_features(last))


def test_whatever_pools_a_map_takes_a_summary():
    _, summarised = networks([(3, 'space')])
    assert pool_features(summarised(torch.randn(2, 3, 16, 32, 32))).shape == (2, 64)


def test_gradients_reach_the_stages_below():
    _, summarised = networks([(2, 'space')])
    summarised(torch.randn(1, 3, 16, 32, 32)).sum().backward()
    assert next(summarised.layer2.parameters()).grad.abs().sum() > 0
    assert next(summarised.layer4.parameters()).grad is None


@pytest.mark.parametrize(
    ('summary', 'message'),
    [
        ((), 'name stages'),
        (((5, 'space'),), 'stage 5'),
        (((2, 'time'),), "'time'"),
        (((2, '0x3'),), 'grid'),
    ],
)
def test_what_cannot_be_summarised_is_refused(summary, message):
    with pytest.raises(ValueError, match=message):
        MODELS.build(dict(SMALL, summary=summary))
