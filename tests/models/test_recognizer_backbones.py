"""Backbones that return something else than a map, or are run in another way."""

from copy import deepcopy

import pytest
import torch
from mmaction.registry import MODELS
from networks import BATCH, FRAMES, build, clips, close, loss_of
from pairs import samples_of
from torch import nn

from helpers import model_cfg

MVIT = dict(
    type='MViT',
    arch=dict(embed_dims=8, num_layers=4, num_heads=1, downscale_indices=[1, 2, 3]),
    spatial_size=32,
    temporal_size=4,
)
TSM = dict(type='ResNetTSM', depth=18, num_segments=4, pretrained2d=False)
CLIPS = clips(shape=(3, 4, 32, 32))


def stock(backbone, head):
    head = dict(in_channels=64, num_classes=2, **head)
    return MODELS.build(dict(type='Recognizer3D', backbone=backbone, cls_head=head)).eval()


@pytest.mark.parametrize('class_token', [True, False])
def test_mvit_as_its_head_pools_it(class_token):
    backbone = dict(MVIT, output_cls_token=class_token)
    model = build(backbone=backbone, feature_dim=64).eval()
    theirs = stock(backbone, dict(type='MViTHead', with_cls_token=class_token))
    theirs.backbone.load_state_dict(model.backbone.state_dict())
    expected = theirs.cls_head.pre_logits(theirs.backbone(CLIPS.flatten(0, 1)))
    close(model(CLIPS, mode='tensor').flatten(0, 1), expected, 1e-6)


class Image(nn.Module):
    """As a network of torchvision or timm: an output of its own, and features by another name."""

    def __init__(self, permutation, squeeze=False):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 4, stride=4)
        self.permutation, self.squeeze = permutation, squeeze

    def features(self, frames):
        output = self.conv(frames).permute(self.permutation)
        return output.flatten(1, 2) if self.squeeze else output

    forward_features = features

    def forward(self, frames):
        return self.conv(frames).amax((2, 3))


@pytest.mark.parametrize('source', ['torchvision', 'timm'])
@pytest.mark.parametrize(
    'permutation, squeeze, feature_shape',
    [((0, 1, 2, 3), False, None), ((0, 2, 3, 1), False, 'NHWC'), ((0, 2, 3, 1), True, None)],
    ids=['NCHW', 'NHWC', 'NLC'],
)
def test_image_networks_as_recognizer2d_runs_them(source, permutation, squeeze, feature_shape):
    model = build(**FRAMES)
    theirs = MODELS.build(dict(type='Recognizer2D', backbone=dict(FRAMES['backbone'])))
    for recognizer in (model, theirs):
        recognizer.backbone_from, recognizer.feature_shape = source, feature_shape
        recognizer.backbone = Image(permutation, squeeze)
    theirs.backbone.load_state_dict(model.backbone.state_dict())
    frames = CLIPS.flatten(0, 1).transpose(1, 2).contiguous()
    expected, _ = theirs.extract_feat(frames)
    expected = expected.flatten(1).unflatten(0, (8, 4)).mean(1)
    close(model(CLIPS, mode='tensor').flatten(0, 1), expected, 1e-6)


def test_an_image_network_without_features_gives_its_output():
    model = build(**FRAMES)
    model.backbone_from, model.feature_shape = 'torchvision', None
    expected = model.backbone(CLIPS.flatten(0, 1).transpose(1, 2).flatten(0, 1))
    expected = expected.mean((2, 3)).unflatten(0, (4, 2, 4)).mean(2)
    close(model(CLIPS, mode='tensor'), expected, 1e-6)


def test_the_mean_over_frames_has_no_direction_but_a_shift_has():
    for backbone, differs in ((dict(type='ResNet', depth=18), False), (TSM, True)):
        model = build(backbone=backbone, feature_dim=512, frames_as_batch=True).eval()
        forwards, backwards = (model(c, mode='tensor') for c in (CLIPS, CLIPS.flip(3)))
        assert torch.allclose(forwards, backwards, atol=1e-5) != differs


@pytest.mark.parametrize('segments', [2, 8])
def test_a_shift_across_clips_is_refused(segments):
    model = build(backbone=dict(TSM, num_segments=segments), feature_dim=512, frames_as_batch=True)
    with pytest.raises(ValueError, match=f'num_segments={segments}, but clips have 4 frames'):
        model(CLIPS, mode='tensor')


def test_a_shift_stays_within_its_clip():
    model = build(backbone=TSM, feature_dim=512, frames_as_batch=True).eval()
    together = model(CLIPS, mode='tensor')
    for video in range(4):
        for clip in range(2):
            alone = model(CLIPS[video : video + 1, clip : clip + 1], mode='tensor')
            close(together[video, clip], alone[0, 0], 1e-4)


def test_temporal_pooling_between_frames():
    backbone = dict(TSM, temporal_pool=True)
    model = build(backbone=backbone, feature_dim=512, frames_as_batch=True).eval()
    assert model(CLIPS, mode='tensor').shape == (4, 2, 512)


class ByFrames(nn.Module):
    """A network of clips that begins with a 2-D convolution, as TimeSformer."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, stride=4)
        self.conv = nn.Conv3d(8, 32, 3)

    def forward(self, inputs):
        maps = self.patches(inputs.transpose(1, 2).flatten(0, 1))
        return self.conv(maps.unflatten(0, (len(inputs), -1)).transpose(1, 2))


def test_channels_last_is_for_convolutions_of_its_own_rank():
    model = build(backbone=dict(type=ByFrames), channels_last=True)
    last = torch.channels_last_3d
    assert model.backbone.conv.weight.is_contiguous(memory_format=last)
    assert model.backbone.patches.weight.is_contiguous()
    plain = build(backbone=dict(type=ByFrames))
    close(model(CLIPS, mode='tensor'), plain(CLIPS, mode='tensor'), 1e-5)
    loss_of(model, CLIPS).backward()
    assert all(p.grad is not None for p in model.backbone.parameters())


def test_a_config_builds_any_number_of_models():
    slow = dict(type='resnet3d', depth=50, lateral=True, base_channels=8, stage_blocks=(1,) * 4)
    backbone = dict(
        type='ResNet3dSlowFast',
        resample_rate=2,
        speed_ratio=2,
        slow_pathway=dict(slow),
        fast_pathway=dict(slow, lateral=False, base_channels=1),
    )
    cfg = model_cfg(backbone=backbone, feature_dim=256 + 32)
    before = deepcopy(cfg)
    model = MODELS.build(cfg)
    assert cfg == before, 'MMAction2 writes into the config of the slow pathway'
    logs = model(CLIPS, samples_of(BATCH), mode='loss')
    assert all(value.isfinite() for value in logs.values())
