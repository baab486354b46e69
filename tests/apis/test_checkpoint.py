"""Configs are read out of checkpoints, never run."""

import pytest
import torch
from mmengine.config import Config

from helpers import ROOT
from tev_mmaction.apis.checkpoint import config_of, read_backbone
from tev_mmaction.apis.recipe import recipe_of
from toy_runs import save


@pytest.mark.parametrize(
    'name',
    ['tev_r3d18_ucf101-monitored', 'retrieval/s3dg_ucf101', 'backbones/tev_slowfast-r50_k400'],
)
def test_what_is_read_is_what_was_configured(name):
    """As Runner writes it: ``Config.pretty_text``."""
    config = Config.fromfile(ROOT / f'configs/{name}.py')
    read = config_of(config.pretty_text)
    assert read['model']['backbone'] == config.model.backbone.to_dict()
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if config.get(key):
            assert Config(read[key]).to_dict() == _lists(config[key].to_dict())


def _lists(value):
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, (list, tuple)) else value


def test_what_is_no_literal_is_left_out():
    text = 'import os\nmodel = dict(type="A", backbone=dict(type="B", a=(1, [2])), x=os.getcwd())\n'
    read = config_of(text + 'x = open("secret").read()\ny = [1, f()]\n')
    assert read['model'] == dict(type='A', backbone=dict(type='B', a=(1, [2])), x=None)
    assert read['x'] is None and read['y'] == [1, None]


@pytest.mark.parametrize(
    'text',
    [
        None,
        '',
        'model = 3',
        'model = dict(type="A")',
        'model = dict(backbone=dict(type=f()))',
        'model = make(backbone=dict(type="B"))',
        'model = dict(backbone=dict(type="B", **dict(depth=3)))',
        'model = dict(backbone={"type": "B", **{"depth": 3}})',
        'this is no Python',
    ],
)
def test_no_backbone_to_be_read(text):
    assert config_of(text) is None


def test_files_without_a_backbone(tmp_path):
    head = save(tmp_path / 'head.pth', {'head.weight': torch.ones(1), 'neck.bias': torch.ones(1)})
    with pytest.raises(ValueError, match='"backbone.", the first are head.weight, neck.bias'):
        read_backbone(head)
    torch.save([torch.ones(1)], tmp_path / 'list.pth')
    with pytest.raises(ValueError, match='it holds one list instead of named weights'):
        read_backbone(tmp_path / 'list.pth', plain=True)
    (tmp_path / 'text.pth').write_text('hello, this is no checkpoint')
    (tmp_path / 'text.safetensors').write_text('hello, this is no checkpoint')
    (tmp_path / 'empty.pth').touch()
    torch.save(dict(state_dict={}, meta=print), tmp_path / 'code.pth')
    for name in ('text.pth', 'text.safetensors', 'empty.pth', 'code.pth'):
        with pytest.raises(ValueError, match=f'{name} is no checkpoint that can be read safely'):
            read_backbone(tmp_path / name)


def test_clips_of_configs():
    """What recipes take from the configs of this package and of MMAction2."""
    views = {
        'tev_s3dg_k400': dict(clip_len=32, size=128),
        'tev_r3d18_ucf101-monitored': dict(clip_len=16, size=112),
        'retrieval/r2plus1d_ucf101_tclr': dict(clip_len=16, size=112, frame_interval=2),
        'backbones/tev_x3d-m_k400': dict(clip_len=16, size=112),
    }
    for name, expected in views.items():
        config = Config.fromfile(ROOT / f'configs/{name}.py').to_dict()
        assert recipe_of(config, name).views == expected, name


def test_wrapped_datasets_and_pairs_of_sides():
    pipeline = [
        dict(type='UniformSample', clip_len=8, num_clips=1),
        dict(type='Resize', scale=(-1, 256)),
        dict(type='RandomResizedCrop'),
        dict(type='Resize', scale=(224, 224), keep_ratio=False),
        dict(type='RandomCrop', size=(60, 70)),
    ]
    loader = dict(dataset=dict(type='RepeatDataset', dataset=dict(pipeline=pipeline)))
    model = dict(type='mmaction.Recognizer3D', backbone=dict(type='mmaction.C3D', pretrained='x'))
    recipe = recipe_of(dict(model=model, train_dataloader=loader), 'here')
    assert recipe.views == dict(clip_len=8, size=224) and recipe.backbone == dict(type='C3D')
    for wrong in (dict(type='RecognizerGCN', backbone={}), dict(type='Recognizer3D'), {}):
        with pytest.raises(ValueError, match='here: model.type=.* a backbone is expected'):
            recipe_of(dict(model=wrong), 'here')


def test_nested_types_and_weights_of_others():
    backbone = dict(
        type='torchvision.resnet18',
        weights='DEFAULT',
        norm_cfg=dict(type='os.system', init_cfg=dict(type='Pretrained')),
    )
    recipe = recipe_of(dict(model=dict(type='Recognizer2D', backbone=backbone)), 'here')
    assert recipe.backbone == dict(type='torchvision.resnet18', norm_cfg=dict(type='system'))
    assert recipe.views == dict(clip_len=8, frame_interval=None, num_clips=1)
    for kind in ('timm.hf_hub:x/y', 'torchvision.models.x', 'nothing'):
        with pytest.raises(ValueError, match='not a backbone of MMAction2'):
            recipe_of(dict(model=dict(type='Recognizer2D', backbone=dict(type=kind))), 'here')


def test_a_network_of_frame_differences_is_not_given_frames():
    model = dict(type='TimeEquivariantRecognizer', backbone=dict(type='VideoResNet'))
    with pytest.raises(ValueError, match='here: its network takes differences of frames'):
        recipe_of(dict(model=dict(model, data_preprocessor=dict(residual=True))), 'here')
    flow = dict(train_dataloader=dict(dataset=dict(pipeline=[dict(type='ClipFlow')])))
    with pytest.raises(ValueError, match='here: its network takes pictures of optical flow'):
        recipe_of(dict(flow, model=model), 'here')
    flow['train_dataloader']['dataset']['pipeline'][0]['other'] = 'flow'
    recipe_of(dict(flow, model=model), 'here')
