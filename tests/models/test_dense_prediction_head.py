import pytest
import torch
from head_cases import assert_same_gradients, close
from mmaction.registry import MODELS
from networks import GROUP_NORM, Constant, clips, gradients
from networks import build as build_recognizer
from pairs import samples_of

CHANNELS, CLIPS, PREDICTED = 3, 4, 2


def build(**changes):
    torch.manual_seed(0)
    cfg = dict(
        type='DensePredictionHead',
        in_channels=CHANNELS,
        num_clips=CLIPS,
        num_predicted=PREDICTED,
    )
    return MODELS.build({**cfg, **changes}).double()


def maps_of(num_videos=2):
    generator = torch.Generator().manual_seed(0)
    shape = (num_videos, CLIPS, CHANNELS, 2, 2, 3)  # two steps of 2 x 3 cells
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


def gated(unit, x, h):
    """A gated recurrent unit, as Cho et al. write it down."""
    given = unit.weight_ih @ x + unit.bias_ih
    kept = unit.weight_hh @ h + unit.bias_hh
    reset, update = (
        torch.sigmoid(given[i : i + CHANNELS] + kept[i : i + CHANNELS]) for i in (0, CHANNELS)
    )
    new = torch.tanh(given[2 * CHANNELS :] + reset * kept[2 * CHANNELS :])
    return (1 - update) * new + update * h


def loop_of(head, maps):
    """Predictions and what they predict, cell by cell."""
    pairs = []
    for video in maps:
        for y in range(2):
            for x in range(3):
                cells = [sum(clip[:, t, y, x] for t in range(2)) / 2 for clip in video]
                state = torch.zeros(CHANNELS, dtype=torch.float64)
                for cell in cells[: CLIPS - PREDICTED]:
                    state = gated(head.aggregate, cell, state)
                for step in range(PREDICTED):
                    predicted = head.predict(state)
                    if head.memory is not None:
                        shares = predicted.exp() / predicted.exp().sum()
                        memories = head.memory.weight.T
                        predicted = sum(p * memory for p, memory in zip(shares, memories))
                    pairs.append((predicted, cells[CLIPS - PREDICTED + step]))
                    state = gated(head.aggregate, predicted.clamp(min=0), state)
    return pairs


@pytest.mark.parametrize('memory_size', [0, 5])
def test_every_cell_is_told_from_all_others(memory_size):
    head, maps = build(memory_size=memory_size), maps_of()
    values = head.loss([maps], {})
    pairs = loop_of(head, maps)
    terms, hits = [], 0
    for number, (predicted, _) in enumerate(pairs):
        scores = [(predicted * cell).sum() for _, cell in pairs]
        terms.append(-torch.log(scores[number].exp() / sum(s.exp() for s in scores)))
        hits += max(scores) == scores[number]
    expected = sum(terms) / len(terms)
    close(values['loss'], expected)
    assert_same_gradients(head, maps, values['loss'], expected)
    count = 2 * 6 * PREDICTED
    assert values['negatives'] == count - 1
    assert values['acc'].item() == pytest.approx(hits / count)
    assert values['chance'].item() == pytest.approx(1 / count)


@pytest.mark.parametrize('num_predicted', [0, 4])
def test_something_is_predicted_from_something(num_predicted):
    with pytest.raises(ValueError, match=f'num_predicted={num_predicted} of num_clips=4'):
        build(num_predicted=num_predicted)


HEADS = dict(
    maps=dict(type='DensePredictionHead', num_clips=2, num_predicted=1),
    instance=dict(type='InstanceHead', norm_cfg=None),
)


def test_a_recognizer_gives_maps_and_pooled_features_also_in_chunks():
    inputs, found = clips(shape=(3, 4, 16, 64)).double(), []
    for chunk_size in (None, 2):
        model = build_recognizer(heads=HEADS, backbone=GROUP_NORM, chunk_size=chunk_size).double()
        logs = model(inputs, samples_of(['before'] * 4), mode='loss')
        model.parse_losses(logs)[0].backward()
        found.append((logs, gradients(model)))
    close(found[1], found[0], 1e-9)
    (maps,) = model.extract_maps(inputs)
    assert maps.shape == (4, 2, 32, 1, 1, 2)
    close(maps[1, 1], model.backbone(inputs[1, 1][None])[0], 1e-9)
    close(maps.mean(dim=(3, 4, 5)), model(inputs, mode='tensor'), 1e-9)


def test_a_backbone_without_maps_is_refused():
    model = build_recognizer(heads=HEADS, backbone=dict(type=Constant, output=torch.ones(8, 32)))
    with pytest.raises(ValueError, match=r'needs feature maps with time and space.*\[\(8, 32\)\]'):
        model(clips(), samples_of(['before'] * 4), mode='loss')
