import pytest
import torch
from layers import multiply_adds, num_parameters, outputs_of_layers
from networks import close
from torch import nn

from s3d_reference import gate, s3d
from tev_mmaction.models import S3DG
from tev_mmaction.models.backbones.s3dg import SelfGating
from toy_runs import clip, trained

S3D_OF_TORCHVISION = 8_320_048, 17.979e9  # parameters, multiply-adds at 16x224x224
CLASSIFIER = 1024 * 400 + 400
SHAPE = (8, 32, 32)


def on_meta(**cfg):
    with torch.device('meta'):
        return S3DG(**cfg)


def small(**cfg):
    torch.manual_seed(0)
    return S3DG(**{'base_channels': 8, **cfg})


def gates_of(model):
    return [module for module in model.modules() if isinstance(module, SelfGating)]


# architecture


def test_parameters_and_multiply_adds_of_s3d_as_published_for_torchvision():
    parameters, operations = S3D_OF_TORCHVISION
    model = on_meta(gating=False)
    assert num_parameters(model) == parameters - CLASSIFIER
    assert multiply_adds(model, 16, 224, 224) == pytest.approx(operations, rel=1e-3)


def test_parameters_of_s3dg_as_published():
    """By github.com/TengdaHan/ActionClassification, without classifier; no gate in its stem."""
    model = on_meta()
    assert num_parameters(model) == pytest.approx(9.098e6, rel=0.01)
    stem = num_parameters(model.features[3][2])
    assert num_parameters(model) - stem == pytest.approx(9.098e6, rel=1e-4)


def test_multiply_adds_of_s3dg_as_published():
    """By Xie et al., at 64x224x224; gates hardly count, as they see means."""
    model = on_meta()
    assert multiply_adds(model, 64, 224, 224) == pytest.approx(71.38e9, rel=0.01)
    gates = multiply_adds(model, 64, 224, 224) - multiply_adds(on_meta(gating=False), 64, 224, 224)
    assert gates == sum(gate.fc.weight.numel() for gate in gates_of(model))


@pytest.mark.parametrize(
    'cfg, shape, expected',
    [
        (dict(), (32, 128, 128), (2, 1024, 4, 4, 4)),
        (dict(), (16, 112, 112), (2, 1024, 2, 3, 3)),
        (dict(base_channels=8), (64, 224, 224), (2, 128, 8, 7, 7)),
        (dict(gating=False), (8, 17, 17), (2, 1024, 1, 1, 1)),
    ],
)
def test_shape_of_the_feature_map(cfg, shape, expected):
    assert on_meta(**cfg)(torch.empty(2, 3, *shape, device='meta')).shape == expected


def test_gates_are_at_the_ends_of_all_branches_and_of_the_second_separable_convolution():
    names = [name for name, m in on_meta().named_modules() if isinstance(m, SelfGating)]
    blocks = [number for number in range(5, 16) if number not in (7, 13)]
    ends = ('branch0.3', 'branch1.2', 'branch2.2', 'branch3.2')
    assert names == ['features.3.2', *(f'features.{n}.{end}' for n in blocks for end in ends)]
    assert not gates_of(on_meta(gating=False))


def test_the_rest_bears_the_names_of_s3d():
    gated, plain = on_meta().state_dict(), on_meta(gating=False).state_dict()
    rest = {name: t.shape for name, t in gated.items() if '.fc.' not in name}
    assert rest == {name: t.shape for name, t in plain.items()}


# values


@pytest.mark.parametrize('gating', [False, True])
def test_every_layer_by_hand(gating):
    model = trained(small(gating=gating)).double()
    for module in gates_of(model):
        nn.init.normal_(module.fc.weight, std=0.5)
        nn.init.normal_(module.fc.bias)
    x = clip(9, 40, 48).double()
    expected = s3d(model.state_dict(), x, gating)
    found = outputs_of_layers(model, x)
    assert len(expected) == 16
    for number, layer in enumerate(expected):
        close(found[f'features.{number}'], layer, 1e-10)
    assert torch.equal(model(x), found['features']) and found['features'].std() > 0.01


def test_gate_by_loops():
    torch.manual_seed(0)
    module, x = SelfGating(5).double(), torch.randn(2, 5, 3, 4, 2, dtype=torch.float64)
    weights = {f'gate.{name}': tensor for name, tensor in module.state_dict().items()}
    close(module(x), gate(weights, 'gate', x), 1e-12)
    assert not weights
    moved = x.flip(2).transpose(3, 4).reshape(2, 5, 2, 4, 3)  # the gate sees means alone
    close(module(x).sum(dim=(2, 3, 4)), module(moved).sum(dim=(2, 3, 4)), 1e-12)


def test_with_all_gates_open_it_is_s3d():
    gated, plain = trained(small()), trained(small(gating=False))
    keys = gated.load_state_dict(plain.state_dict(), strict=False)
    assert all('.fc.' in name for name in keys.missing_keys) and not keys.unexpected_keys
    for module in gates_of(gated):
        nn.init.zeros_(module.fc.weight)
        nn.init.constant_(module.fc.bias, 30)
    x = clip(*SHAPE)
    close(gated(x), plain(x), 1e-5)


def test_channels_last_computes_the_same_and_stays():
    model, x, last = trained(small()), clip(9, 48, 40), torch.channels_last_3d
    plain = model(x)
    model.to(memory_format=last)
    close(model(x.contiguous(memory_format=last)), plain, 1e-5)
    # In float32, PyTorch's own CPU convolutions of 1x1 kernels fall back to the plain layout.
    x = x.bfloat16().contiguous(memory_format=last)
    maps = [y for y in outputs_of_layers(model.bfloat16(), x).values() if y.ndim == 5]
    assert len(maps) > 300 and all(y.is_contiguous(memory_format=last) for y in maps)


def test_norms_are_those_of_the_author_and_of_torchvision():
    norms = [m for m in on_meta().modules() if isinstance(m, nn.BatchNorm3d)]
    assert {(m.eps, m.momentum) for m in norms} == {(1e-3, 1e-3)}
    assert len(norms) == sum(isinstance(m, nn.Conv3d) for m in on_meta().modules())
    other = on_meta(norm_cfg=dict(type='BN3d', momentum=0.1)).modules()
    assert {m.momentum for m in other if isinstance(m, nn.BatchNorm3d)} == {0.1}


def test_initialisation():
    """The author's: truncated normal, but the identity for convolutions over time."""
    model = small(base_channels=16)
    for parameter in model.parameters():
        nn.init.constant_(parameter, 7)
    model.init_weights()
    temporal, others = [], []
    for module in model.modules():
        if isinstance(module, nn.Conv3d):
            over_time = module.kernel_size in ((3, 1, 1), (7, 1, 1))
            (temporal if over_time else others).append(module)
        elif isinstance(module, nn.BatchNorm3d):
            assert (module.weight == 1).all() and (module.bias == 0).all()
    assert len(temporal) == 2 + 2 * 9 and len(others) == 3 + 6 * 9
    for conv in temporal:
        x = torch.rand(2, conv.in_channels, 9, 1, 1)
        assert torch.equal(conv(x), x[:, :, :: conv.stride[0]])
    weights = torch.cat([conv.weight.flatten() for conv in others])
    assert weights.abs().max().item() == pytest.approx(0.02, rel=1e-3)
    # 0.8796: of a normal distribution cut off at two standard deviations
    assert weights.std().item() == pytest.approx(0.01 * 0.8796, rel=0.01)
    assert weights.mean().abs() < 1e-4
    weights = torch.cat([module.fc.weight.flatten() for module in gates_of(model)])
    assert weights.std().item() == pytest.approx(0.01, rel=0.02)
    assert all((module.fc.bias == 0).all() for module in gates_of(model))
    x = torch.rand(2, 48, 1, 2, 2)
    close(gates_of(model)[0](x) / x, torch.full_like(x, 0.5), 0.05)  # half open


@pytest.mark.parametrize(
    'cfg, named',
    [
        (dict(base_channels=12), 'base_channels=12: use a multiple of 8'),
        (dict(base_channels=0), 'base_channels=0'),
        (dict(frozen_stages=5), 'frozen_stages=5: .* up to 4'),
    ],
)
def test_wrong_arguments_are_refused(cfg, named):
    with pytest.raises(ValueError, match=named):
        S3DG(**cfg)


@pytest.mark.parametrize('shape', [(7, 32, 32), (8, 16, 32), (8, 32, 16)])
def test_smaller_clips_are_refused(shape):
    with pytest.raises(ValueError, match=f'{shape[0]} frames of .*at least 8 frames of 17x17'):
        small()(torch.zeros(1, 3, *shape))
