import pytest
import torch
import torch.nn.functional as F
from layers import multiply_adds, num_parameters
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import nn

from tev_mmaction.models import VideoResNet

R2PLUS1D = dict(factorised=True, stem_pool=False, shortcut='B')
TORCHVISION_R3D = dict(stem_kernel=(3, 7, 7), stem_pool=False, shortcut='B')
TORCHVISION_MC3 = dict(TORCHVISION_R3D, spatial_stages=(2, 3, 4))
SMALL = dict(depth=10, base_channels=4, stem_kernel=(3, 3, 3))
FC = 512 * 400 + 400  # the classifier of the published counts


def on_meta(**cfg):
    """Shapes without numbers: no memory, no time."""
    with torch.device('meta'):
        return VideoResNet(**cfg)


def small(**cfg):
    torch.manual_seed(0)
    return VideoResNet(**{**SMALL, **cfg})


@pytest.mark.parametrize(
    'cfg, published',
    [(R2PLUS1D, 31_505_325), (TORCHVISION_R3D, 33_371_472), (TORCHVISION_MC3, 11_695_440)],
    ids=['r2plus1d', 'r3d', 'mc3'],
)
def test_parameters_as_published_for_torchvision(cfg, published):
    assert num_parameters(on_meta(**cfg)) == published - FC


@pytest.mark.parametrize(
    'cfg, published',
    [(R2PLUS1D, 40.52e9), (TORCHVISION_R3D, 40.70e9), (TORCHVISION_MC3, 43.34e9)],
    ids=['r2plus1d', 'r3d', 'mc3'],
)
def test_multiply_adds_as_published_for_torchvision(cfg, published):
    assert multiply_adds(on_meta(**cfg), 16, 112, 112) == pytest.approx(published, rel=0.01)


def test_r3d_18_of_hara_et_al():
    """Counted by hand: 7x7x7 stem, four stages of four 3x3x3 convolutions, norms, no more."""
    widths = [64, 64, 128, 256, 512]
    expected = 3 * 64 * 7**3 + 2 * 64
    for width_in, width in zip(widths, widths[1:]):
        expected += 27 * (width_in * width + 3 * width * width) + 4 * 2 * width
    assert num_parameters(on_meta()) == expected
    # 33.15 M without classifier in github.com/TengdaHan/ActionClassification (3d-ResNet18)
    assert expected == pytest.approx(33.15e6, rel=0.01)


def r2plus1d_18_shapes():
    """State dict of torchvision's ``r2plus1d_18`` without ``fc``."""
    shapes = {}

    def conv(name, *shape):
        shapes[f'{name}.weight'] = shape

    def norm(name, width):
        for part in ('weight', 'bias', 'running_mean', 'running_var'):
            shapes[f'{name}.{part}'] = (width,)
        shapes[f'{name}.num_batches_tracked'] = ()

    conv('stem.0', 45, 3, 1, 7, 7)
    norm('stem.1', 45)
    conv('stem.3', 64, 45, 3, 1, 1)
    norm('stem.4', 64)
    # width in, width out, and between the halves of the convolutions of the first, second block
    for stage, (width_in, width, first, second) in enumerate(
        [(64, 64, 144, 144), (64, 128, 230, 288), (128, 256, 460, 576), (256, 512, 921, 1152)], 1
    ):
        for block, middle in enumerate((first, second)):
            inputs = width_in if block == 0 else width
            for number in (1, 2):
                name = f'layer{stage}.{block}.conv{number}'
                conv(f'{name}.0.0', middle, inputs if number == 1 else width, 1, 3, 3)
                norm(f'{name}.0.1', middle)
                conv(f'{name}.0.3', width, middle, 3, 1, 1)
                norm(f'{name}.1', width)
        if stage > 1:
            conv(f'layer{stage}.0.downsample.0', width, width_in, 1, 1, 1)
            norm(f'layer{stage}.0.downsample.1', width)
    return shapes


def test_state_dict_of_r2plus1d_18_is_torchvisions():
    found = {name: tuple(t.shape) for name, t in on_meta(**R2PLUS1D).state_dict().items()}
    assert found == r2plus1d_18_shapes()


@pytest.mark.parametrize(
    'cfg, expected',
    [
        (dict(), (2, 512, 1, 4, 4)),
        (dict(stem_pool=False), (2, 512, 2, 7, 7)),
        (R2PLUS1D, (2, 512, 2, 7, 7)),
        (dict(depth=10, base_channels=16), (2, 128, 1, 4, 4)),
        (dict(depth=34, base_channels=8, shortcut='B'), (2, 64, 1, 4, 4)),
    ],
)
def test_shape_of_the_feature_map(cfg, expected):
    x = torch.empty(2, 3, 16, 112, 112, device='meta')
    assert on_meta(**cfg)(x).shape == expected


@pytest.mark.parametrize('depth, blocks', [(10, [1] * 4), (18, [2] * 4), (34, [3, 4, 6, 3])])
def test_depth_is_the_number_of_layers(depth, blocks):
    model = on_meta(depth=depth)
    assert [len(getattr(model, f'layer{stage}')) for stage in (1, 2, 3, 4)] == blocks
    assert sum(isinstance(m, nn.Conv3d) for m in model.modules()) + 1 == depth


@pytest.mark.parametrize('cfg', [dict(), R2PLUS1D, dict(stem_pool=False)], ids=str)
def test_forward_is_stem_pool_and_stages(cfg):
    model, x = small(**cfg).eval(), torch.randn(1, 3, 8, 32, 32)
    y = model.stem(x)
    assert y.shape[2:] == (8, 16, 16)
    if cfg.get('stem_pool', True):
        y = F.max_pool3d(y, 3, stride=2, padding=1)
    for stage in (model.layer1, model.layer2, model.layer3, model.layer4):
        for block in stage:
            y = block(y)
    assert torch.equal(model(x), y)


def modes(model):
    """Stages with all modules in training mode, and those with all of them in eval mode."""
    parts = ('stem', 'layer1', 'layer2', 'layer3', 'layer4')
    flags = {name: {m.training for m in getattr(model, name).modules()} for name in parts}
    assert all(len(flag) == 1 for flag in flags.values())
    return [flags[name] == {True} for name in parts]


def trainable(model):
    parts = ('stem', 'layer1', 'layer2', 'layer3', 'layer4')
    flags = [{p.requires_grad for p in getattr(model, name).parameters()} for name in parts]
    assert all(len(flag) == 1 for flag in flags)
    return [flag == {True} for flag in flags]


@pytest.mark.parametrize('frozen_stages', [-1, 0, 2, 4])
def test_frozen_stages_learn_nothing(frozen_stages):
    model = small(frozen_stages=frozen_stages)
    expected = [number > frozen_stages for number in range(5)]
    assert modes(model) == expected and trainable(model) == expected
    assert model.train() is model and modes(model) == expected
    assert model.eval() is model and modes(model) == [False] * 5
    assert modes(model.train()) == expected and trainable(model) == expected

    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    if any(expected):
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1.0)
        model(torch.randn(2, 3, 4, 16, 16)).square().sum().backward()
        optimizer.step()
    changed = {
        name.split('.')[0]
        for name, tensor in model.state_dict().items()
        if not torch.equal(tensor, before[name])
    }
    parts = ('stem', 'layer1', 'layer2', 'layer3', 'layer4')
    assert changed == {name for name, learns in zip(parts, expected) if learns}


@pytest.mark.parametrize('norm_eval', [True, False])
def test_norm_eval_keeps_the_statistics(norm_eval):
    model = small(norm_eval=norm_eval).eval().train()
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm3d)]
    assert model.training and {m.training for m in norms} == {not norm_eval}
    assert all(m.training for m in model.modules() if isinstance(m, nn.Conv3d))
    model(torch.randn(2, 3, 4, 16, 16))
    assert {int(m.num_batches_tracked) for m in norms} == {0 if norm_eval else 1}
    assert all(p.requires_grad for p in model.parameters())


def test_initialisation():
    model = small(base_channels=16)
    for parameter in model.parameters():
        nn.init.constant_(parameter, 7)
    model.init_weights()
    for module in model.modules():
        if isinstance(module, nn.Conv3d):
            fan_out = module.weight[:, 0].numel()
            assert module.weight.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=0.1)
        elif isinstance(module, nn.BatchNorm3d):
            assert (module.weight == 1).all() and (module.bias == 0).all()


def test_group_norm_is_initialised_too():
    model = small(norm_cfg=dict(type='GN', num_groups=2))
    norms = [m for m in model.modules() if isinstance(m, nn.GroupNorm)]
    for norm in norms:
        nn.init.constant_(norm.weight, 7)
    model.init_weights()
    assert len(norms) == 9 and all((norm.weight == 1).all() for norm in norms)


@pytest.mark.parametrize(
    'cfg, named',
    [
        (dict(depth=50), r'depth=50: use one of \(10, 18, 34\)'),
        (dict(shortcut='C'), "shortcut='C'"),
        (dict(shortcut=None), 'shortcut=None'),
        (dict(spatial_stages=(0, 1)), 'spatial_stages=.*: use stages from 1 to 4'),
        (dict(frozen_stages=5), 'frozen_stages=5: .* 0 for the stem, or up to 4'),
        (dict(frozen_stages=-2), 'frozen_stages=-2: use −1 for none'),
    ],
)
def test_wrong_arguments_are_refused(cfg, named):
    with pytest.raises(ValueError, match=named):
        VideoResNet(**cfg)


def test_it_is_a_backbone_for_a_stock_recognizer():
    """By its registered name, with MMAction2's own head, loss and prediction."""
    model = MODELS.build(
        dict(
            type='Recognizer3D',
            backbone=dict(type='VideoResNet', **SMALL),
            cls_head=dict(
                type='I3DHead', in_channels=32, num_classes=5, dropout_ratio=0, average_clips='prob'
            ),
        )
    )
    samples = [ActionDataSample().set_gt_label(label) for label in (1, 4)]
    inputs = torch.randn(2, 3, 3, 4, 16, 16)
    losses = model(inputs[:, :1], samples, mode='loss')
    assert losses['loss_cls'].isfinite()
    losses['loss_cls'].backward()
    assert all(p.grad is not None for p in model.parameters())
    with torch.no_grad():
        predicted = model.eval()(inputs, samples, mode='predict')
    for sample, views in zip(predicted, inputs):
        features = model.backbone(views).mean(dim=(2, 3, 4))
        expected = model.cls_head.fc_cls(features).softmax(dim=1).mean(dim=0)
        torch.testing.assert_close(sample.pred_score, expected)
