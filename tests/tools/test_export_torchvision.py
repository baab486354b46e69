"""Exported weights are those of torchvision's networks, where it has them."""

import pytest
import torch

from s3d_reference import s3d
from tev_mmaction.models import S3DG, VideoResNet
from toy_runs import clip, read, save, trained
from video_net import VideoNet

R2PLUS1D = dict(factorised=True, stem_pool=False, shortcut='B')
R3D = dict(stem_kernel=(3, 7, 7), stem_pool=False, shortcut='B')
MC3 = dict(R3D, spatial_stages=(2, 3, 4))
HARA = dict()


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
@pytest.mark.parametrize('name, cfg', [('r2plus1d_18', R2PLUS1D), ('r3d_18', R3D), ('mc3_18', MC3)])
def test_torchvision_computes_the_same(export_tool, tmp_path, capsys, name, cfg, suffix):
    ours, theirs = trained(VideoResNet(**cfg)), VideoNet(name).eval()
    state = {f'backbone.{key}': tensor for key, tensor in ours.state_dict().items()}
    source, out = tmp_path / 'all.pth', tmp_path / f'x{suffix}'
    export_tool.main([save(source, state), str(out), '--torchvision'])
    assert f'it is {name} of torchvision' in capsys.readouterr().out
    keys = theirs.load_state_dict(read(out), strict=False)
    assert keys.missing_keys == ['fc.weight', 'fc.bias'] and not keys.unexpected_keys
    x = clip(4, 32, 32)
    expected = ours(x).mean(dim=(2, 3, 4))
    assert expected.std() > 0.1
    torch.testing.assert_close(theirs(x), expected, rtol=1e-5, atol=1e-6)
    source.unlink()  # over 100 MB
    out.unlink()


def test_torchvisions_s3d_computes_the_same(export_tool, tmp_path, capsys):
    ours = trained(S3DG(gating=False))
    state = {f'backbone.{key}': tensor for key, tensor in ours.state_dict().items()}
    out = tmp_path / 'x.pth'
    export_tool.main([save(tmp_path / 'all.pth', state), str(out), '--torchvision'])
    printed = capsys.readouterr().out
    assert 'it is s3d of torchvision' in printed and 'lacks only classifier.*' in printed
    x = clip(8, 32, 32)
    torch.testing.assert_close(s3d(read(out), x)[-1], ours(x), rtol=1e-4, atol=1e-5)


def on_meta(backbone=VideoResNet, **cfg):
    with torch.device('meta'):
        return backbone(**cfg).state_dict()


@pytest.mark.parametrize(
    'cfg, named',
    [
        (HARA, r'r3d_18 has stem.0.weight: \(64, 3, 3, 7, 7\), the checkpoint \(64, 3, 7, 7, 7\)'),
        (dict(R3D, shortcut='A'), r'r3d_18 has layer2.0.downsample.0.weight: .*no such tensor'),
        (dict(R2PLUS1D, base_channels=32), r'r2plus1d_18 has stem.0.weight: \(45, .* \(22, '),
        (dict(R3D, depth=34), 'r3d_18 has layer1.2.conv1.0.weight: no such tensor'),
        (dict(R3D, norm_cfg=dict(type='GN', num_groups=2)), r'stem.1.running_mean: \(64,\)'),
    ],
    ids=['hara', 'shortcut', 'width', 'depth', 'norm'],
)
def test_torchvision_has_no_other_architecture(export_tool, cfg, named):
    for config in (None, dict(cfg, type='VideoResNet')):
        with pytest.raises(ValueError, match=f'none that torchvision has.*{named}'):
            export_tool.torchvision_name(on_meta(**cfg), config)


@pytest.mark.parametrize(
    'cfg, named',
    [(dict(), 'features.3.2.fc.weight'), (dict(gating=False, base_channels=8), 'features.0.0.0')],
)
def test_torchvision_has_no_other_s3d(export_tool, cfg, named):
    with pytest.raises(ValueError, match=f's3d has {named}.*S3DG of .* gating=False'):
        export_tool.torchvision_name(on_meta(S3DG, **cfg), dict(cfg, type='S3DG'))


def test_the_norms_of_s3d_are_seen_in_the_config(export_tool):
    weights, cfg = on_meta(S3DG, gating=False), dict(type='S3DG', gating=False)
    for norm in (dict(type='BN3d', eps=1e-3), dict(type='BN3d', eps=1e-3, momentum=0.1)):
        assert export_tool.torchvision_name(weights, dict(cfg, norm_cfg=norm)) == 's3d'
    with pytest.raises(ValueError, match='fit s3d, but its config does not.*eps=1e-3 in s3d'):
        export_tool.torchvision_name(weights, dict(cfg, norm_cfg=dict(type='BN3d')))


@pytest.mark.parametrize('name, cfg', [('r2plus1d_18', R2PLUS1D), ('r3d_18', R3D), ('mc3_18', MC3)])
def test_what_has_no_weights_is_seen_in_the_config(export_tool, capsys, name, cfg):
    weights = on_meta(**cfg)
    training = dict(frozen_stages=2, norm_eval=True, init_cfg=dict(type='Xavier', layer='Conv3d'))
    config = dict(cfg, type='mmaction.VideoResNet', _scope_='mmaction', **training)
    assert export_tool.torchvision_name(weights, config) == name
    assert not capsys.readouterr().out
    assert export_tool.torchvision_name(weights, None) == name
    assert 'a pool after the stem would not show' in capsys.readouterr().out
    for change in (
        dict(stem_pool=True),
        dict(norm_cfg=dict(type='BN3d', eps=1e-3)),
        dict(type='ResNet3d'),
    ):
        with pytest.raises(ValueError, match=f'fit {name}, but its config does not.*stem_pool'):
            export_tool.torchvision_name(weights, {**config, **change})
