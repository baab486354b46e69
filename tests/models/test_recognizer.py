import pytest
import torch
from networks import (
    BATCH,
    FIELD,
    FRAMES,
    GROUP_NORM,
    LOG_NAMES,
    TASKS,
    Constant,
    build,
    calls_of,
    clips,
    close,
    gradients,
    heads_but,
    loss_of,
    raw_batch,
)
from pairs import samples_of
from torch import nn

from helpers import model_cfg
from tev_mmaction.models.heads import collect_targets
from tev_mmaction.models.recognizers.time_equivariant import feature_std


def test_loss_names_every_head():
    logs = build()(clips(), samples_of(BATCH), mode='loss')
    assert set(logs) == LOG_NAMES
    assert all(value.shape == () and value.isfinite() for value in logs.values())


def test_logs_are_those_of_the_heads():
    """Each head gets the features of both clips and the labels of its pair, in order."""
    model = build(backbone=GROUP_NORM).eval()
    logs = model(clips(), samples_of(BATCH), mode='loss')
    features = model(clips(), mode='tensor')
    for task in TASKS:
        for key, value in (
            model.heads[task].loss(features, collect_targets(samples_of(BATCH))).items()
        ):
            close(logs[f'{key}_{task}'], value, 1e-6)
    close(logs['feature_std'], feature_std(features), 1e-6)


def test_total_is_the_sum_of_the_losses():
    heads = model_cfg()['heads']
    heads['speed']['loss_weight'] = 0.25
    model = build(heads=heads)
    logs = model(clips(), samples_of(BATCH), mode='loss')
    total, _ = model.parse_losses(logs)
    close(total, sum(logs[f'loss_{task}'] for task in TASKS), 1e-6)


@pytest.mark.parametrize('num_clips', [1, 2, 3])
def test_features_of_any_number_of_views(num_clips):
    model, inputs = build().eval(), clips(3, num_clips)
    features = model(inputs, mode='tensor')
    assert features.shape == (3, num_clips, 32)
    for video in range(3):
        for view in range(num_clips):
            alone = model.backbone(inputs[video, view][None]).mean(dim=(2, 3, 4))[0]
            close(features[video, view], alone, 1e-5)


def test_predict_sets_the_features_of_every_sample():
    model, data = build().eval(), raw_batch(num_clips=3)
    with torch.no_grad():
        predicted = model.test_step(data)
        inputs = model.data_preprocessor(data)['inputs']
        expected = model(inputs, mode='tensor')
    assert inputs.shape == (4, 3, 3, 4, 16, 16) and inputs.abs().max() < 3
    assert [sample.sample_idx for sample in predicted] == [0, 1, 2, 3]
    for sample, features in zip(predicted, expected):
        assert sample.get(FIELD).dtype == torch.float32
        close(sample.get(FIELD), features, 1e-6)


def test_predicted_features_are_float32_under_autocast():
    model = build(**FRAMES)
    with torch.no_grad(), torch.autocast('cpu', dtype=torch.bfloat16):
        assert model(clips(), mode='tensor').dtype == torch.bfloat16
        samples = model(clips(), samples_of(BATCH), mode='predict')
    assert all(sample.get(FIELD).dtype == torch.float32 for sample in samples)


@pytest.mark.parametrize('left_out', [('speed',), ('equivariance', 'order'), TASKS[1:]])
def test_heads_set_to_none_are_left_out(left_out):
    model = build(heads=heads_but(*left_out))
    assert set(model.heads) == set(TASKS) - set(left_out)
    logs = model(clips(), samples_of(BATCH), mode='loss')
    assert set(logs) == {name for name in LOG_NAMES if name.split('_')[1] not in left_out}


@pytest.mark.parametrize('heads', [{}, heads_but(*TASKS)])
def test_no_head_is_refused(heads):
    with pytest.raises(ValueError, match='model.heads'):
        build(heads=heads)


def test_a_head_that_is_none_of_ours_is_refused():
    cls_head = dict(type='I3DHead', num_classes=2)
    with pytest.raises(ValueError, match='model.heads.cls: I3DHead is not a head on clips'):
        build(heads=dict(cls=cls_head))


def test_heads_may_bear_any_name():
    heads = dict(
        reversed=dict(type='DirectionHead'), twin=dict(type='DirectionHead', in_channels=32)
    )
    logs = build(heads=heads)(clips(), samples_of(BATCH), mode='loss')
    assert {'loss_reversed', 'acc_reversed', 'loss_twin', 'acc_twin'} < set(logs)


@pytest.mark.parametrize('shape', [(4, 3, 4, 16, 16), (3, 4, 16, 16), (1, 4, 2, 3, 4, 16, 16)])
@pytest.mark.parametrize('mode', ['loss', 'predict', 'tensor'])
def test_inputs_of_another_format_are_refused(shape, mode):
    with pytest.raises(ValueError, match="input_format='NCTHW'.*data_preprocessor.format_shape"):
        build()(torch.randn(shape), samples_of(BATCH), mode=mode)


def test_another_feature_width_is_refused():
    with pytest.raises(ValueError, match=r'\(8, 32\).*model.feature_dim \(now 31\)'):
        build(feature_dim=31)(clips(), mode='tensor')


@pytest.mark.parametrize('num_clips', [1, 3])
def test_heads_say_how_many_clips_they_take(num_clips):
    with pytest.raises(ValueError, match=f'equivariance.*on 2 clips.*gets {num_clips}'):
        build()(clips(4, num_clips), samples_of(BATCH), mode='loss')


@pytest.mark.parametrize('mode', ['loss', 'predict', 'tensor'])
def test_both_clips_go_through_the_backbone_in_one_forward(mode):
    """Invariant 6."""
    model = build()
    shapes, norm_shapes = calls_of(model.backbone), calls_of(model.backbone.stem[1])
    model(clips(), samples_of(BATCH), mode=mode)
    assert shapes == [(8, 3, 4, 16, 16)]
    assert [shape[0] for shape in norm_shapes] == [8]


def test_frames_go_through_a_2d_backbone_in_one_forward():
    model = build(**FRAMES)
    shapes = calls_of(model.backbone)
    model(clips(), mode='tensor')
    assert shapes == [(4 * 2 * 4, 3, 16, 16)]


def test_frames_as_batch_averages_the_features_of_frames():
    model = build(**FRAMES)
    inputs = clips(2, 3)
    features = model(inputs, mode='tensor')
    for video in range(2):
        for view in range(3):
            frames = inputs[video, view].unbind(1)  # (C, H, W) each
            alone = [model.backbone(frame[None]).mean(dim=(2, 3))[0] for frame in frames]
            close(features[video, view], sum(alone) / len(alone), 1e-6)


def test_features_over_time():
    """Of single frames, and of a map of clips; their means are the features."""
    for changes, steps in ((FRAMES, 4), ({}, 1)):
        model, inputs = build(**changes).eval(), clips(num_videos=2, num_clips=3)
        over_time = model.extract_over_time(inputs)
        assert over_time.shape == (2, 3, steps, model.feature_dim)
        close(over_time.mean(dim=2), model.extract_feat(inputs), 1e-6)
    frame = clips(num_videos=2, num_clips=3)[1, 2, :, 3]
    model = build(**FRAMES).eval()
    alone = model.backbone(frame[None])[0].mean(dim=(1, 2))
    close(model.extract_over_time(clips(num_videos=2, num_clips=3))[1, 2, 3], alone, 1e-6)


def test_a_stock_2d_backbone_trains():
    backbone = dict(type='ResNet', depth=18, pretrained=None)
    model = build(backbone=backbone, feature_dim=512, frames_as_batch=True)
    loss_of(model, clips(shape=(3, 2, 32, 32))).backward()
    assert model.backbone.conv1.conv.weight.grad.any()


@pytest.mark.parametrize(
    'backbone, width',
    [
        (dict(type='ResNet3dSlowOnly', depth=18, pretrained=None, base_channels=8), 64),
        (dict(type='X3D', gamma_w=0.25, gamma_d=0.5), 64),
        (
            dict(
                type='ResNet3dSlowFast',
                pretrained=None,
                resample_rate=2,
                speed_ratio=2,
                channel_ratio=4,
                slow_pathway=dict(
                    type='resnet3d', depth=18, pretrained=None, lateral=True, base_channels=8
                ),
                fast_pathway=dict(
                    type='resnet3d', depth=18, pretrained=None, lateral=False, base_channels=2
                ),
            ),
            80,
        ),
    ],
    ids=lambda value: value['type'] if isinstance(value, dict) else '',
)
def test_stock_backbones_train(backbone, width):
    model = build(backbone=backbone, feature_dim=width)
    loss = loss_of(model, clips(shape=(3, 4, 32, 32)))
    loss.backward()
    assert loss.isfinite() and next(model.backbone.parameters()).grad.any()


@pytest.mark.parametrize(
    'changes',
    [dict(), FRAMES],
    ids=['3d', '2d'],
)
def test_channels_last_computes_the_same(changes):
    models = [build(channels_last=flag, **changes) for flag in (False, True)]
    layouts = []
    for model in models:
        first = next(m for m in model.backbone.modules() if isinstance(m, (nn.Conv2d, nn.Conv3d)))
        layout = torch.channels_last if changes else torch.channels_last_3d
        first.register_forward_pre_hook(
            lambda module, inputs, layout=layout: layouts.append(
                [t.is_contiguous(memory_format=layout) for t in (module.weight, *inputs)]
            )
        )
    close(*(model(clips(), mode='tensor') for model in models), 1e-5)
    for model in models:
        loss_of(model.double(), clips().double()).backward()
    close(gradients(models[1]), gradients(models[0]), 1e-5)
    assert layouts == [[False, False], [True, True]] * 2


def test_pathways_are_concatenated():
    output = (torch.ones(8, 2, 2, 3, 3), torch.full((8, 3, 4, 3, 3), 2.0))
    model = build(backbone=dict(type=Constant, output=output), feature_dim=5)
    assert model(clips(), mode='tensor').tolist() == [[[1, 1, 2, 2, 2]] * 2] * 4


def test_feature_std_tells_collapse():
    directions = torch.rand(50, 1) @ torch.randn(1, 16)
    assert feature_std(directions.view(25, 2, 16)).item() == pytest.approx(0, abs=1e-5)
    spread = torch.randn(2000, 2, 64, generator=torch.Generator().manual_seed(0))
    assert feature_std(spread).item() == pytest.approx(1, abs=0.01)
    assert feature_std(100 * spread).item() == pytest.approx(feature_std(spread).item())
    axes = torch.cat([torch.eye(4), -torch.eye(4)])
    assert feature_std(axes).item() == pytest.approx(1)
    assert not feature_std(spread.requires_grad_()).requires_grad
