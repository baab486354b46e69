import pytest
import torch
from head_cases import assert_same_gradients, close
from mmaction.registry import MODELS
from pairs import cosine

VIDEOS = torch.tensor([7, 2, 7])  # a video comes twice
TEMPERATURE = 0.2


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


def build(**cfg):
    torch.manual_seed(0)
    return MODELS.build(cfg).double()


def mean_of(clip, step=None):
    """Mean of a map (C, T, H, W) over all places, or over those of one time."""
    _, steps, height, width = clip.shape
    times = range(steps) if step is None else [step]
    places = [(t, y, x) for t in times for y in range(height) for x in range(width)]
    return sum(clip[:, t, y, x] for t, y, x in places) / len(places)


def test_time_steps_are_told_apart_by_local_clips_and_these_by_them():
    """Two local clips with two views of each, and a global clip with two time steps."""
    head = build(type='GlobalLocalHead', in_channels=3, temperature=TEMPERATURE, norm_cfg=None)
    maps, draws = draw(2, 5, 3, 2, 2, 1), [0, 0, 1, 1, 2]
    values = head.loss([maps], dict(draws=torch.tensor([draws, draws])))

    def d(u, w):
        return torch.exp(cosine(u, w) / TEMPERATURE)

    by_clip, by_step, hits = [], [], []
    for video in maps:
        steps = [head.mlp(mean_of(video[4], t)[None])[0] for t in range(2)]
        local = [head.mlp(mean_of(clip)[None])[0] for clip in video[:4]]
        for embedding, t in zip(local, draws):
            by_clip.append(-torch.log(d(embedding, steps[t]) / sum(d(embedding, g) for g in steps)))
            others = sum(d(each, steps[t]) for each, s in zip(local, draws) if s != t)
            found = d(embedding, steps[t])
            by_step.append(-torch.log(found / (found + others)))
            hits.append(d(embedding, steps[t]) == max(d(embedding, g) for g in steps))
    expected = (sum(by_clip) / 8 + sum(by_step) / 8) / 2
    close(values['loss'], expected)
    assert_same_gradients(head, maps, values['loss'], expected)
    assert values['acc'].item() == pytest.approx(sum(hits).item() / 8)
    assert values['chance'].item() == pytest.approx(0.5)


def test_another_number_of_time_steps_is_refused_with_the_remedy():
    head = build(type='GlobalLocalHead', in_channels=3)
    with pytest.raises(ValueError, match='1 time steps for 4 local clips: .*dilated_last=True'):
        head.loss([draw(2, 5, 3, 1, 2, 2)], dict(draws=torch.tensor([[0, 1, 2, 3, 4]] * 2)))


def test_cells_of_other_clips_and_layers_are_told_from_those_of_other_videos():
    head = build(type='LayersHead', in_channels=5, widths=(2, 3), clip=3.0)
    maps = [draw(3, 2, 2, 2, 2, 1), draw(3, 2, 3, 1, 2, 1, seed=1)]
    values = head.loss(maps, dict(sample_idx=VIDEOS))
    clips = [(v, p) for v in range(3) for p in range(2)]
    losses = []
    for layer, embed in zip(maps, head.embed_cells):
        cells = []
        for v, p in clips:
            _, steps, height, width = layer[v, p].shape
            for t in range(steps):
                for y in range(height):
                    for x in range(width):
                        cells.append((v, p, embed(layer[v, p][:, t, y, x][None])[0]))
        terms = []
        for v, p in clips:
            anchor = head.embed_global(mean_of(maps[-1][v, p])[None])[0]

            def score(cell, anchor=anchor):
                return torch.exp(3 * torch.tanh((anchor * cell).sum() / 3**0.5 / 3))

            against = sum(score(cell) for w, _, cell in cells if VIDEOS[w] != VIDEOS[v])
            for w, q, cell in cells:
                if VIDEOS[w] == VIDEOS[v] and (w, q) != (v, p):
                    terms.append(-torch.log(score(cell) / (score(cell) + against)))
        losses.append(sum(terms) / len(terms))
    expected = sum(losses) / 2
    close(values['loss'], expected)
    for each in maps:
        assert_same_gradients(head, each, values['loss'], expected)
    assert 0 < values['chance'] < 1


def test_wrong_widths_are_refused():
    with pytest.raises(ValueError, match=r'widths=\(2, 3\): .*model.feature_dim=6'):
        build(type='LayersHead', in_channels=6, widths=(2, 3))
    head = build(type='LayersHead', in_channels=5, widths=(2, 3))
    with pytest.raises(ValueError, match=r'the maps have \(5,\) channels'):
        head.loss([draw(2, 2, 5, 1, 1, 1)], {})
