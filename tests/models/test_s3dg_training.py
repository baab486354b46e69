"""S3D-G in training: gradients, precision, chunks, frozen stages."""

import pytest
import torch
from mmaction.registry import MODELS, OPTIM_WRAPPERS
from mmaction.structures import ActionDataSample
from networks import build, clips, close, gradients, loss_of
from torch import nn

from tev_mmaction.models import S3DG
from toy_runs import clip, trained

GROUP_NORM = dict(type='GN', num_groups=2)


def small(**cfg):
    torch.manual_seed(0)
    return S3DG(**{'base_channels': 8, **cfg})


def test_gradients_reach_every_parameter():
    model = small().double()
    model.init_weights()
    x = clip(8, 64, 64).double()
    model(x).square().sum().backward()
    grads = {name: p.grad for name, p in model.named_parameters()}
    assert all(grad.isfinite().all() and grad.any() for grad in grads.values())
    # of the first convolution, by a difference quotient
    weight, at, step = model.features[0][0][0].weight, (3, 1, 0, 2, 4), 1e-7
    values = []
    with torch.no_grad():
        for shift in (step, -step):
            weight[at] += shift
            values.append(model(x).square().sum())
            weight[at] -= shift
    assert grads['features.0.0.0.weight'][at].item() == pytest.approx(
        ((values[0] - values[1]) / (2 * step)).item(), rel=1e-4
    )


@pytest.mark.parametrize('layout', [torch.contiguous_format, torch.channels_last_3d], ids=str)
def test_bfloat16(layout):
    """Outputs are near those of float32; weight gradients are exact for what a layer is given."""
    model, x = trained(small()).to(memory_format=layout), clip(16, 64, 64)
    expected, seen = model(x), {}

    def record(name, conv, inputs, output):
        seen[name] = [conv, inputs[0].detach().bfloat16()]
        output.register_hook(seen[name].append)

    for name, module in model.named_modules():
        if isinstance(module, nn.Conv3d):
            module.register_forward_hook(
                lambda module, inputs, output, name=name: record(name, module, inputs, output)
            )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    wrapper = OPTIM_WRAPPERS.build(dict(type='BFloat16OptimWrapper', optimizer=optimizer))
    with wrapper.optim_context(model):
        y = model(x.contiguous(memory_format=layout))
    assert y.dtype == torch.bfloat16
    assert (y.float() - expected).norm() < 0.02 * expected.norm()
    y.float().square().mean().backward()
    assert len(seen) == 2 + 1 + 2 + 9 * 8 and 'features.0.0.0' in seen
    for name, (conv, given, grad) in seen.items():
        exact = torch.nn.grad.conv3d_weight(
            given.float(), conv.weight.shape, grad.float(), conv.stride, conv.padding
        )
        error = (conv.weight.grad - exact).norm()
        assert error <= 0.01 * exact.norm(), name


@pytest.mark.parametrize('chunk_size', [1, 3])
def test_a_step_in_chunks_is_the_plain_step(chunk_size):
    """With group norm, as chunks have batch statistics of their own."""
    changes = dict(
        backbone=dict(type='S3DG', base_channels=16, norm_cfg=GROUP_NORM), feature_dim=256
    )
    inputs = clips(shape=(3, 8, 32, 32)).double()
    found = []
    for size in (None, chunk_size):
        model = build(**changes, chunk_size=size).double()
        model.backbone.init_weights()
        loss_of(model, inputs).backward()
        found.append(gradients(model))
    close(found[1], found[0], 1e-8)
    assert found[0]['backbone.features.0.0.0.weight'].any()


def test_it_learns_in_the_recognizer_in_channels_last_order():
    cfg = dict(backbone=dict(type='S3DG', base_channels=8), feature_dim=128, channels_last=True)
    model, inputs = build(**cfg), clips(shape=(3, 8, 32, 32))
    model.init_weights()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        losses.append(loss_of(model, inputs))
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < 0.8 * losses[0]


STAGES = [(0, 1), (1, 4), (4, 7), (7, 13), (13, 16)]


@pytest.mark.parametrize('frozen_stages', [-1, 0, 2, 4])
def test_frozen_stages_learn_nothing(frozen_stages):
    model = small(frozen_stages=frozen_stages)
    for mode in (True, False, True):
        assert model.train(mode) is model
        for number, (start, end) in enumerate(STAGES):
            modules = [m for layer in model.features[start:end] for m in layer.modules()]
            assert {m.training for m in modules} == {mode and number > frozen_stages}
            learns = {p.requires_grad for m in modules for p in m.parameters()}
            assert learns == {number > frozen_stages}
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    if frozen_stages < 4:
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1.0)
        model(clip(8, 64, 64)).square().sum().backward()
        optimizer.step()
    changed = {
        int(name.split('.')[1])
        for name, tensor in model.state_dict().items()
        if not torch.equal(tensor, before[name])
    }
    first = 0 if frozen_stages < 0 else STAGES[frozen_stages][1]
    pools = {1, 4, 7, 13}
    assert changed == set(range(first, 16)) - pools


def test_norm_eval_keeps_the_statistics():
    model = small(norm_eval=True).train()
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm3d)]
    model(clip(8, 64, 64))
    assert model.training and not any(m.training for m in norms)
    assert {int(m.num_batches_tracked) for m in norms} == {0}
    assert all(p.requires_grad for p in model.parameters())


def test_it_is_a_backbone_for_a_stock_recognizer():
    model = MODELS.build(
        dict(
            type='Recognizer3D',
            backbone=dict(type='S3DG', base_channels=8),
            cls_head=dict(type='I3DHead', in_channels=128, num_classes=5, average_clips='prob'),
        )
    )
    samples = [ActionDataSample().set_gt_label(label) for label in (1, 4)]
    inputs = torch.randn(2, 1, 3, 8, 64, 64)
    model(inputs, samples, mode='loss')['loss_cls'].backward()
    assert all(p.grad is not None for p in model.parameters())
    predicted = model.eval()(inputs, samples, mode='predict')
    assert [sample.pred_score.shape for sample in predicted] == [(5,)] * 2
