"""Weights of others: every tensor is taken or named, and the networks compute what theirs do."""

import pytest
import torch
from mmaction.registry import MODELS
from torch import nn

import tev_mmaction.models.imported.videomae as videomae_source
from foreign_files import (
    IMAGENET,
    CoclrS3D,
    coclr,
    dilated,
    run_videomae,
    severe,
    tclr,
    videomae,
)
from tev_mmaction.apis.checkpoint import config_of
from tev_mmaction.apis.recipe import recipe_of
from tev_mmaction.models import VideoResNet
from tev_mmaction.models.backbone_weights import find_backbone
from tev_mmaction.models.imported import import_weights, list_sources
from tev_mmaction.models.imported.importing import SOURCES, _examine
from toy_runs import clip, trained
from video_net import VideoNet

METHODS = ('moco', 'video_moco', 'selavi', 'gdt', 'avid_cma', 'rspnet', 'pretext_contrast', 'ctp')


def on_meta(name, change=lambda network: network):
    with torch.device('meta'):
        return change(VideoNet(name))


R2PLUS1D = on_meta('r2plus1d_18').state_dict()


def examined(source, content):
    """Without numbers: no memory, no time."""
    return _examine(SOURCES[source], content)


def imported(tmp_path, source, content):
    path = tmp_path / 'theirs.pth'
    torch.save(content, path)
    result = import_weights(source, path)
    path.unlink()
    return result


def network_of(result):
    backbone = MODELS.build(result.backbone)
    backbone.load_state_dict(result.weights, strict=True)
    return backbone.eval()


def test_the_sources():
    assert set(list_sources()) == {
        *(f'severe-{method}' for method in (*METHODS, 'tclr')),
        *('r3d_18', 'mc3_18', 'r2plus1d_18', 's3d', 'tclr-r3d_18', 'tclr-r2plus1d_18', 'coclr-s3d'),
        *('videomae-pretrained', 'videomae-finetuned'),
    }


@pytest.mark.parametrize(
    'prefix', ['', 'module.', 'encoder_q.', 'backbone.', 'base.', 'module.encoder_q.']
)
@pytest.mark.parametrize('name', ['r2plus1d_18', 'r3d_18', 'mc3_18'])
def test_torchvisions_names_below_any_prefix(name, prefix):
    state = {f'{prefix}{key}': value for key, value in on_meta(name).state_dict().items()}
    state['queue'] = torch.ones(2)
    for content in (state, dict(state_dict=state), dict(model=state)):
        match, _, problem = examined(name, content)
        assert not problem and match.prefix == prefix
        assert match.left_out == {f'head ({prefix}fc)': 2, 'queue (queue)': 1}


@pytest.mark.parametrize('method', METHODS)
def test_files_of_the_severe_collection(method):
    content = severe(method, R2PLUS1D)
    match, config, problem = examined(f'severe-{method}', content)
    assert not problem and config['factorised']
    theirs = (content.get('state_dict') or content.get('model') or content).values()
    taken = len(match.weights)
    assert taken == len(R2PLUS1D) - 2 and taken + sum(match.left_out.values()) == len(theirs)
    for key, tensor in match.weights.items():
        assert tensor is R2PLUS1D[key]  # each is where it belongs
    said = ' '.join(match.left_out)
    for what in (
        dict(
            moco='momentum copy (module.encoder_k), queue (module.queue_ptr), head',
            gdt='audio (audio_network), head (mlp_v), head (mlp_a)',
            rspnet='momentum copy (encoder_k), head (encoder_q.fc1), queue',
            ctp='other parts',
        )
        .get(method, '')
        .split(', ')
    ):
        assert what in said


def test_batch_norm_of_ctp_and_colours_of_tclr():
    assert SOURCES['severe-ctp'].backbone['norm_cfg'] == dict(type='BN3d', eps=1e-3)
    for name in ('severe-tclr', 'tclr-r3d_18', 'tclr-r2plus1d_18'):
        recipe = SOURCES[name].normalisation
        assert recipe == dict(mean=[0.0] * 3, std=[255.0] * 3, to_rgb=True)  # swaps red and blue
    for name in ('coclr-s3d', 'videomae-pretrained', 'severe-gdt'):
        normalisation = SOURCES[name].normalisation
        assert (normalisation['mean'], normalisation['std']) == IMAGENET
    for values, published in (
        ('mean', (0.43216, 0.394666, 0.37645)),
        ('std', (0.22803, 0.22145, 0.216989)),
    ):
        found = SOURCES['s3d'].normalisation[values]
        assert found == pytest.approx([255 * value for value in published])


def test_tclr_keeps_the_length_of_its_last_stage(tmp_path):
    """That of R(2+1)D is in the test of the tool."""
    torch.manual_seed(0)
    theirs = trained(dilated(VideoNet('r3d_18')))
    result = imported(tmp_path, 'tclr-r3d_18', tclr(theirs))
    assert result.left_out == {'head (module.1)': 2}
    ours, x = network_of(result), clip(8, 32, 32)
    assert ours(x).shape[2] == 2  # 1 with a stride
    expected = theirs(x)
    assert expected.std() > 0.01
    torch.testing.assert_close(ours(x).mean((2, 3, 4)), expected, rtol=1e-5, atol=1e-5)


def test_coclr_computes_the_same(tmp_path):
    torch.manual_seed(0)
    theirs = trained(CoclrS3D())
    result = imported(tmp_path, 'coclr-s3d', coclr(theirs))
    per_copy = len(theirs.state_dict())
    assert result.left_out == {
        'second names of tensors that were taken': per_copy // 2,
        'momentum copy (encoder_k)': per_copy + 1,
        'network of the other stream (sampler)': per_copy + 1,
        'head (encoder_q.2)': 1,
        'queue (queue)': 1,
        'queue (queue_second)': 1,
    }
    x = clip(8, 32, 32)
    expected = theirs(x)
    assert expected.std() > 0.01
    torch.testing.assert_close(network_of(result)(x), expected, rtol=1e-5, atol=1e-5)
    check_the_checkpoint(result)
    changed = coclr(theirs)
    changed['state_dict']['encoder_q.0.block1.0.conv1.weight'] = torch.zeros(64, 3, 1, 7, 7)
    with pytest.raises(ValueError, match='1 are there twice, with different values'):
        imported(tmp_path, 'coclr-s3d', changed)


@pytest.mark.parametrize('pretrained', [True, False])
def test_videomae_computes_the_same(tmp_path, monkeypatch, pretrained):
    monkeypatch.setitem(videomae_source._SIZES, 16, (2, 2, 16, 4))
    content = videomae(16, 2, 16, 64, pretrained)
    source = 'videomae-pretrained' if pretrained else 'videomae-finetuned'
    result = imported(tmp_path, source, content)
    assert result.computed == ['pos_embed']
    assert sum(result.left_out.values()) == (3 if pretrained else 1)
    x = torch.randn(1, 3, 16, 224, 224, generator=torch.Generator().manual_seed(0))
    found = network_of(result)(x)
    found = found.mean((2, 3, 4)) if pretrained else found
    state = content['model' if pretrained else 'module']
    state = {key.removeprefix('encoder.'): value for key, value in state.items()}
    expected = run_videomae(state, x, 2, pretrained)
    assert expected.std() > 0.01
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    'size',
    [
        (384, 12, 16, 1536),
        (768, 12, 16, 3072),
        (1024, 24, 16, 4096),
        (1280, 32, 16, 5120),
        (1408, 40, 14, 6144),
    ],
)
def test_the_sizes_of_videomae(size):
    """S, B, L, H, and giant of V2; their shapes alone."""
    with torch.device('meta'), pytest.MonkeyPatch.context() as patch:
        patch.setattr('torch.randn', lambda shape, generator: torch.empty(shape))
        encoder, network = videomae(*size, True), videomae(*size, False)
    assert not examined('videomae-pretrained', encoder)[2]
    assert not examined('videomae-finetuned', network)[2]


def check_the_checkpoint(result):
    """It says how clips are made, and a recognizer is filled by it."""
    checkpoint = result.checkpoint()
    recipe = recipe_of(config_of(checkpoint['meta']['cfg']), 'here')
    assert recipe.views == dict(clip_len=32, frame_interval=1, size=128)
    assert recipe.normalisation == dict(mean=IMAGENET[0], std=IMAGENET[1])
    assert recipe.backbone == result.backbone
    assert checkpoint['meta']['imported']['source'] == 'coclr-s3d'
    assert find_backbone(checkpoint, MODELS.build(result.backbone).state_dict()).complete


# what is refused


def without(state, *names):
    return {key: value for key, value in state.items() if key not in names}


@pytest.mark.parametrize(
    'source, content, message',
    [
        ('r2plus1d_18', without(R2PLUS1D, 'stem.0.weight', 'layer4.1.conv2.1.bias'),
         r'2 tensors are missing \(stem.0.weight, layer4.1.conv2.1.bias\)'),
        ('r2plus1d_18', dict(R2PLUS1D, **{'layer5.0.weight': torch.ones(2)}),
         r'1 are unexpected \(layer5.0.weight\)'),
        ('r2plus1d_18', dict(R2PLUS1D, **{'stem.0.weight': torch.ones(2, 3)}),
         r'1 have another shape \(stem.0.weight 2×3 for 45×3×1×7×7\)'),
        ('r3d_18', R2PLUS1D,
         'stem.0.weight 45×3×1×7×7 for 64×3×3×7×7.*fits the source r2plus1d_18'),
        ('severe-rspnet', severe('gdt', R2PLUS1D), 'no key has one of its names.*severe-gdt'),
        ('tclr-r2plus1d_18', dict(state_dict=R2PLUS1D), 'no key has one.*fits the source r2plus1d'),
        ('videomae-finetuned', R2PLUS1D, 'fits the source r2plus1d_18'),
        ('s3d', {'a.b': torch.ones(2)}, 'Its names are those of no other source either'),
        ('r3d_19', R2PLUS1D, "there is no source 'r3d_19'; there are .*mean 'r3d_18'"),
    ],
    ids=range(9),
)  # fmt: skip
def test_what_does_not_fit_is_named(monkeypatch, source, content, message):
    monkeypatch.setattr('tev_mmaction.models.imported.importing.read_checkpoint', lambda _: content)
    with pytest.raises(ValueError, match=message):
        import_weights(source, 'theirs.pth')


def test_other_sizes_of_videomae():
    content = videomae(384, 11, 16, 1536, pretrained=False)
    assert '11 blocks of width 384' in examined('videomae-finetuned', content)[2]
    content = videomae(385, 1, 16, 16, pretrained=False)
    assert 'a width of 385; those of VideoMAE are 384' in examined('videomae-finetuned', content)[2]


def test_weights_that_are_not_finite(monkeypatch):
    state = CoclrS3D().state_dict()
    state['block1.0.bn1.bias'][3] = float('nan')
    content = {f'backbone.{key}': value for key, value in state.items()}
    monkeypatch.setattr('tev_mmaction.models.imported.importing.read_checkpoint', lambda _: content)
    with pytest.raises(ValueError, match='theirs.pth: 1 tensors are NaN'):
        import_weights('coclr-s3d', 'theirs.pth')


def test_dilated_last_takes_convolutions_as_shortcuts():
    with pytest.raises(ValueError, match="dilated_last=True with shortcut='A': use shortcut='B'"):
        VideoResNet(dilated_last=True)
    small = VideoResNet(depth=10, base_channels=4, shortcut='B', dilated_last=True)
    changed = [m for m in small.modules() if isinstance(m, nn.Conv3d) and m.dilation[0] == 2]
    assert changed == [small.layer4[0].conv1[0]]
