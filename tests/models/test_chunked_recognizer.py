"""TimeEquivariantRecognizer with ``chunk_size`` trains as without, but for batch statistics."""

import pytest
import torch
from mmaction.registry import OPTIM_WRAPPERS
from mmengine.optim import OptimWrapper
from networks import (
    FIELD,
    FRAMES,
    GROUP_NORM,
    TASKS,
    build,
    calls_of,
    clips,
    close,
    gradients,
    raw_batch,
)
from pairs import samples_of
from torch import nn

from tev_mmaction.models.heads import collect_targets
from tev_mmaction.models.recognizers import chunk_order

NAMES = ('before', 'after', 'before', 'after', 'equal', 'equal', 'before')
NUM_VIDEOS = len(NAMES)
PARTS = [slice(0, 2), slice(2, 4), slice(4, 7)]  # of seven videos, at most three at a time


class TwoConvs(nn.Module):
    """A backbone of two convolutions, with dropout if wanted."""

    def __init__(self, dropout=0.0):
        super().__init__()
        self.first = nn.Conv3d(3, 8, 3)
        self.rest = nn.Sequential(nn.Dropout(dropout), nn.ReLU(), nn.Conv3d(8, 8, 2))

    def forward(self, clips):
        return self.rest(self.first(clips))


def two_convs(**arguments):
    """With heads that have no batch-norm."""
    cfg = {name: dict(type=f'{name.capitalize()}Head', norm_cfg=None) for name in TASKS}
    cfg['speed']['speeds'] = (1, 2, 4)
    return dict(backbone=dict(type=TwoConvs, **arguments), feature_dim=8, heads=cfg)


def step(model, inputs=None, names=NAMES, **kwargs):
    """Losses of one step, gradients left in the model."""
    inputs = clips(len(names)).to(next(model.parameters())) if inputs is None else inputs
    logs = model(inputs, samples_of(names), mode='loss')
    model.parse_losses(logs)[0].backward(**kwargs)
    return {name: value.detach() for name, value in logs.items()}


@pytest.mark.parametrize('chunk_size, calls', [(3, 5), (4, 3), (1, 13), (7, 1), (20, 1)])
@pytest.mark.parametrize('changes', [dict(backbone=GROUP_NORM), FRAMES], ids=['3d', '2d'])
def test_a_step_is_the_plain_step(changes, chunk_size, calls):
    """Invariant 4, for even and uneven chunks, down to single videos."""
    plain = build(**changes).double()
    chunked = build(**changes, chunk_size=chunk_size, channels_last=chunk_size == 3).double()
    first = next(m for m in chunked.backbone.modules() if isinstance(m, (nn.Conv2d, nn.Conv3d)))
    seen = calls_of(first)
    expected, logs = step(plain), step(chunked)
    assert len(seen) == calls
    close(logs, expected, 1e-10)
    close(gradients(chunked), gradients(plain), 1e-10)
    assert all(grad.any() for grad in gradients(plain).values())


def test_chunks_are_filled_by_the_order_of_the_batch():
    model = build(backbone=GROUP_NORM, chunk_size=3).double()
    seen = []
    model.backbone.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    step(model)
    order = chunk_order(torch.arange(NUM_VIDEOS))
    assert order.tolist() != list(range(NUM_VIDEOS))
    for part, got in zip(PARTS, seen):
        assert torch.equal(got, clips(NUM_VIDEOS).double()[order[part]].flatten(0, 1))


def test_both_clips_of_a_video_share_the_statistics_of_a_chunk():
    """Invariant 6, as far as chunks allow it; the running ones are updated once."""
    model = build(chunk_size=4).double()
    inputs = clips(NUM_VIDEOS).double()
    step(model, inputs)
    order = chunk_order(torch.arange(NUM_VIDEOS))
    running = []
    for part in (slice(0, 3), slice(3, 7)):
        plain = build().double()
        plain.backbone(inputs[order[part]].flatten(0, 1))
        running.append(dict(plain.backbone.named_buffers()))
    for name, value in model.backbone.named_buffers():
        expected = sum(buffers[name] for buffers in running) / 2
        close(value, torch.as_tensor(expected, dtype=value.dtype), 1e-10)


def test_predict_takes_chunks_of_any_number_of_views_in_order():
    model = build(chunk_size=2).eval()
    data = raw_batch(num_clips=3)
    with torch.no_grad():
        expected = model.extract_feat(model.data_preprocessor(data)['inputs'])
        seen = calls_of(model.backbone)
        predicted = model.test_step(data)
        features = build().eval()(model.data_preprocessor(data)['inputs'], mode='tensor')
    assert [shape[0] for shape in seen] == [6, 6]
    for sample, chunked, plain in zip(predicted, expected, features):
        close(sample.get(FIELD), chunked, 1e-6)
        close(sample.get(FIELD), plain, 1e-5)


def reference_gradients(model, inputs, wrap):
    """Of every chunk by itself, given the gradient of the loss with respect to all features."""
    targets = collect_targets(samples_of(NAMES))
    order = chunk_order(targets['sample_idx'])
    state = torch.get_rng_state()
    parts = [order[part] for part in PARTS]
    with wrap():
        with torch.no_grad():
            features = torch.cat([model.extract_feat(inputs[part]) for part in parts])
        leaf = features[order.argsort()].requires_grad_()
        losses = [head.loss(leaf, targets)['loss'] for head in model.heads.values()]
    sum(losses).backward()
    torch.set_rng_state(state)
    for part in parts:
        with wrap():
            features = model.extract_feat(inputs[part])
        features.backward(leaf.grad[part])
    return gradients(model)


def test_dropout_is_that_of_the_forward():
    changes = two_convs(dropout=0.5)
    inputs, grads = clips(NUM_VIDEOS).double(), []
    for chunk_size in (3, None):
        model = build(**changes, chunk_size=chunk_size).double()
        torch.manual_seed(5)
        if chunk_size:
            step(model, inputs)
            grads.append(gradients(model))
        else:
            grads.append(reference_gradients(model, inputs, torch.enable_grad))
    close(grads[0], grads[1], 1e-10)


def test_bfloat16_gives_the_gradients_of_chunks_summed_in_float32():
    changes = dict(**two_convs(), channels_last=True)

    def autocast():
        return torch.autocast('cpu', dtype=torch.bfloat16)

    model, inputs = build(**changes, chunk_size=3), clips(NUM_VIDEOS)
    dtypes = []
    model.backbone.first.register_forward_hook(lambda *args: dtypes.append(args[-1].dtype))
    with autocast():
        logs = model(inputs, samples_of(NAMES), mode='loss')
    model.parse_losses(logs)[0].backward()  # outside, as mmengine does
    assert dtypes == [torch.bfloat16] * 5
    expected = reference_gradients(build(**changes), inputs, autocast)
    for name, grad in gradients(model).items():
        assert grad.dtype == torch.float32
        error = (grad - expected[name]).abs().max() / expected[name].abs().max()
        assert error <= 1e-5, name


@pytest.mark.parametrize('wrapper', ['OptimWrapper', 'BFloat16OptimWrapper'])
def test_it_trains_with_accumulated_gradients(wrapper):
    """Two micro-batches of different clips, one update; as without chunks in full precision."""
    models = []
    for chunk_size in (None, 3):
        model = build(**two_convs(), chunk_size=chunk_size)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        optim = OPTIM_WRAPPERS.build(dict(type=wrapper, optimizer=optimizer, accumulative_counts=2))
        assert isinstance(optim, OptimWrapper)
        optim.initialize_count_status(model, 0, 2)
        for seed in (0, 1):
            logs = model.train_step(raw_batch(seed=seed), optim)
            assert all(value.isfinite() for value in logs.values())
        models.append(model)
    tolerance = 1e-5 if wrapper == 'OptimWrapper' else 3e-2
    close(models[1].state_dict(), models[0].state_dict(), tolerance)
    start = build(**two_convs()).state_dict()
    assert sum(not torch.equal(value, start[k]) for k, value in models[1].state_dict().items()) > 20


def test_backward_twice_adds_up():
    once, twice = (build(backbone=GROUP_NORM, chunk_size=3).double() for _ in range(2))
    step(once)
    step(twice, retain_graph=True)
    gradient = gradients(twice)
    close(gradient, gradients(once), 1e-12)
    logs = twice(clips(NUM_VIDEOS).double(), samples_of(NAMES), mode='loss')
    loss = twice.parse_losses(logs)[0]
    loss.backward(retain_graph=True)
    loss.backward()
    close(gradients(twice), {name: 3 * grad for name, grad in gradient.items()}, 1e-12)


def test_a_frozen_backbone_is_not_computed_twice():
    model = build(backbone=GROUP_NORM, chunk_size=3)
    model.backbone.requires_grad_(False)
    seen = calls_of(model.backbone.stem[0])
    step(model)
    assert len(seen) == 3 and model.heads.speed.classifier[0].weight.grad.any()


def test_a_wrong_chunk_size_is_refused():
    with pytest.raises(ValueError, match='model.chunk_size=0'):
        build(chunk_size=0)


def test_a_batch_of_another_format_is_refused_before_it_is_split():
    with pytest.raises(ValueError, match="input_format='NCTHW'"):
        build(chunk_size=2)(torch.randn(7, 3, 4, 16, 16), samples_of(NAMES), mode='loss')
