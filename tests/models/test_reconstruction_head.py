import pytest
import torch
from mmaction.registry import MODELS
from networks import build as build_recognizer
from networks import calls_of, clips, samples_of

from tev_mmaction.models.heads.reconstruction_head import motion_attention

SIZE = (3, 4, 8, 8)  # channels, frames, height, width


def build(**changes):
    """A head in float64 with fixed weights."""
    torch.manual_seed(0)
    cfg = dict(type='ReconstructionHead', in_channels=8, norm_cfg=None, **changes)
    return MODELS.build(cfg).double()


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)


def loop_attention(clip):
    """Weights of the places of a clip (C, T, H, W), by loops."""
    channels, length, height, width = clip.shape
    change = torch.zeros(height, width, dtype=clip.dtype)
    for c in range(channels):
        for t in range(length - 1):
            change += (clip[c, t + 1] - clip[c, t]).abs() / (channels * (length - 1))
    reach = height // 8
    smooth = torch.zeros_like(change)
    for y in range(height):
        for x in range(width):
            rows = range(max(y - reach, 0), min(y + reach + 1, height))
            columns = range(max(x - reach, 0), min(x + reach + 1, width))
            around = [change[v, u] for v in rows for u in columns]
            smooth[y, x] = sum(around) / len(around)
    share = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    return 0.8 + 1.2 * share


def test_the_loss_is_that_of_explicit_loops():
    head, maps, frames = build(), draw(2, 1, 8, 1, 2, 2), draw(2, 1, *SIZE, seed=1).detach()
    values = head.loss([maps], dict(frames=frames))
    output = head.decode(maps.flatten(0, 1), frames.shape[3:])
    assert output.shape == (2, *SIZE)
    terms, deviations = [], []
    for clip, rebuilt in zip(frames[:, 0], output):
        weights = loop_attention(clip)
        for y in range(8):
            for x in range(8):
                for c in range(3):
                    for t in range(4):
                        error = rebuilt[c, t, y, x] - clip[c, t, y, x]
                        terms.append(weights[y, x] * error**2)
                        deviations.append(weights[y, x] * (clip[c, t, y, x] - clip[c].mean()) ** 2)
    expected = sum(terms) / len(terms)
    torch.testing.assert_close(values['loss'], expected, rtol=1e-9, atol=1e-9)
    wanted = [maps, *head.parameters()]
    for found, reference in zip(
        torch.autograd.grad(values['loss'], wanted, retain_graph=True),
        torch.autograd.grad(expected, wanted),
    ):
        torch.testing.assert_close(found, reference, rtol=1e-9, atol=1e-9)
    unexplained = (expected / (sum(deviations) / len(deviations))).item()
    assert values['r2'].item() == pytest.approx(1 - unexplained)


def test_still_clips_have_even_weights():
    weights = motion_attention(torch.ones(1, 3, 4, 16, 16))
    assert (weights == 0.8).all()


def test_the_backbone_sees_every_second_frame_and_the_head_all():
    heads = dict(rebuilt=dict(type='ReconstructionHead', loss_weight=2.0))
    model = build_recognizer(heads=heads, frame_step=2)
    shapes, seen = calls_of(model.backbone), []
    head = model.heads['rebuilt']
    loss, inputs = head.loss, clips(2, 1, shape=(3, 8, 16, 16))
    head.loss = lambda maps, targets: seen.append(targets['frames']) or loss(maps, targets)
    logs = model(inputs, samples_of(['before', 'after']), mode='loss')
    assert set(logs) == {'loss_rebuilt', 'r2_rebuilt', 'feature_std'}
    assert shapes == [(2, 3, 4, 16, 16)] and seen[0] is inputs
    assert model(inputs, mode='tensor').shape == (2, 1, 32)
    assert shapes[1] == (2, 3, 8, 16, 16)  # not in tests
    with pytest.raises(ValueError, match='frame_step=0'):
        build_recognizer(frame_step=0)
