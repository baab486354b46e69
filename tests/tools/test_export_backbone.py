"""Exported weights compute what the checkpoint computed, here and elsewhere."""

import json
import re
import subprocess
import sys

import pytest
import safetensors
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import find_latest_checkpoint

from helpers import ROOT, model_cfg
from processes import run
from tev_mmaction.models import VideoResNet
from tev_mmaction.models.fingerprint import fingerprint
from toy_runs import (
    SMALL,
    assert_same,
    clip,
    messages,
    pretrained,
    read,
    recognizer_cfg,
    runner_of,
    save,
    trained,
)

TOOL = ROOT / 'tools/convert/export_backbone.py'
R2PLUS1D = dict(factorised=True, stem_pool=False, shortcut='B')
R3D = dict(stem_kernel=(3, 7, 7), stem_pool=False, shortcut='B')
HARA = dict()


@pytest.fixture(scope='module')
def model():
    model = pretrained()
    model.backbone.init_weights()
    trained(model.backbone)
    return model


@pytest.fixture(scope='module')
def checkpoint(model, tmp_path_factory):
    text = Config(dict(model=model_cfg())).pretty_text
    path = tmp_path_factory.mktemp('pretrained') / 'epoch_3.pth'
    return save(path, model.state_dict(), cfg=text)


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_exported_weights_compute_the_same(export_tool, model, checkpoint, tmp_path, suffix):
    out = tmp_path / f'backbone{suffix}'
    export_tool.main([checkpoint, str(out)])
    fresh = VideoResNet(**{k: v for k, v in SMALL.items() if k != 'type'}).eval()
    x = clip(8, 32, 32)
    expected = model.backbone(x)
    assert expected.std() > 0.1 and not torch.equal(fresh(x), expected)
    fresh.load_state_dict(read(out), strict=True)
    assert torch.equal(fresh(x), expected)
    assert_same(read(out), model.backbone.state_dict())
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    (tmp_path / 'any').touch()
    assert out.stat().st_mode == (tmp_path / 'any').stat().st_mode  # others may read it, too


def test_what_is_printed(export_tool, model, checkpoint, tmp_path, capsys):
    export_tool.main([checkpoint, str(tmp_path / 'x.pth')])
    printed = capsys.readouterr().out
    parameters = sum(p.numel() for p in model.backbone.parameters())
    mark = fingerprint(model.backbone)
    assert '54 tensors (9 of them counters of batch-norm)' in printed
    assert f'{parameters:,} parameters' in printed and f'fingerprint {mark}' in printed
    assert f"load_from = '{tmp_path}/x.pth'" in printed and 'BackboneWeightsHook' in printed
    assert "type='Pretrained'" in printed and "'base_channels': 4" in printed
    export_tool.main([checkpoint, str(tmp_path / 'x.safetensors')])
    printed = capsys.readouterr().out
    assert "load_file('x.safetensors')" in printed and 'load_from' not in printed
    assert f'fingerprint {mark}' in printed


def test_metadata_of_safetensors(export_tool, model, checkpoint, tmp_path):
    out = tmp_path / 'x.safetensors'
    export_tool.main([checkpoint, str(out)])
    with safetensors.safe_open(out, 'pt') as file:
        metadata = file.metadata()
    backbone = json.loads(metadata.pop('backbone'))
    mark = fingerprint(model.backbone)
    assert metadata == dict(format='pt', fingerprint=mark, source='epoch_3.pth')
    assert fingerprint(read(out)) == mark
    assert MODELS.build(backbone).state_dict().keys() == read(out).keys()


def test_a_pth_needs_torch_alone(export_tool, checkpoint, tmp_path):
    out = tmp_path / 'x.pth'
    export_tool.main([checkpoint, str(out)])
    code = (
        'import sys, torch\n'
        f'weights = torch.load({str(out)!r}, weights_only=True)\n'
        'assert type(weights) is dict and len(weights) == 54\n'
        'assert {type(tensor) for tensor in weights.values()} == {torch.Tensor}\n'
        "assert not {'mmengine', 'mmaction', 'tev_mmaction'} & set(sys.modules)\n"
        'print(weights["stem.0.weight"].shape[0])\n'
    )
    done = subprocess.run([sys.executable, '-c', code], cwd=tmp_path, capture_output=True)
    assert done.stdout.strip() == b'4', done.stderr


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_tensors_are_contiguous_and_share_nothing(export_tool, tmp_path, suffix):
    """Checkpoints may hold views of large or common storages."""
    large = torch.arange(64.0**3).reshape(64, 64, 64)
    state = {
        'backbone.view': large[0, :2],
        'backbone.again': large[0, :2],
        'backbone.channels_last': torch.randn(2, 3, 4, 5, 6).to(
            memory_format=torch.channels_last_3d
        ),
        'head.weight': torch.ones(2),
    }
    out = tmp_path / f'x{suffix}'
    export_tool.main([save(tmp_path / 'all.pth', state), str(out)])
    weights = read(out)
    assert_same(weights, {k[9:]: v for k, v in state.items() if k.startswith('backbone.')})
    assert all(tensor.is_contiguous() for tensor in weights.values())
    assert out.stat().st_size < 10_000
    tensors, _ = export_tool.read_backbone(tmp_path / 'all.pth')
    assert len({t.untyped_storage().data_ptr() for t in tensors.values()}) == 3


def test_keys_of_a_distributed_model(export_tool, model, tmp_path):
    state = {f'module.{name}': tensor for name, tensor in model.state_dict().items()}
    export_tool.main([save(tmp_path / 'all.pth', state), str(tmp_path / 'x.pth')])
    assert_same(read(tmp_path / 'x.pth'), model.backbone.state_dict())


def test_from_pretraining_to_fine_tuning_and_out_again(export_tool, model, checkpoint, tmp_path):
    out, again = tmp_path / 'x.pth', tmp_path / 'again.safetensors'
    export_tool.main([checkpoint, str(out)])
    runner = runner_of(tmp_path / 'run', load_from=str(out))
    runner.test()
    assert_same(runner.model.backbone.state_dict(), model.backbone.state_dict())
    mark = fingerprint(model.backbone)
    assert messages(runner, f'45 of 45 tensors loaded from {out}, fingerprint {mark}')

    runner = runner_of(tmp_path / 'run', load_from=str(out))
    runner.train()
    export_tool.main([find_latest_checkpoint(str(tmp_path / 'run')), str(again)])
    assert_same(read(again), runner.model.backbone.state_dict())
    assert fingerprint(read(again)) == fingerprint(runner.model.backbone) != mark
    with safetensors.safe_open(again, 'pt') as file:  # the config that Runner put into its file
        assert json.loads(file.metadata()['backbone']) == json.loads(json.dumps(SMALL))


def test_as_init_cfg(export_tool, model, checkpoint, tmp_path):
    """What the tool says of VideoResNet."""
    out = tmp_path / 'x.pth'
    export_tool.main([checkpoint, str(out)])
    init_cfg = dict(type='Pretrained', checkpoint=str(out))
    runner = runner_of(tmp_path, recognizer_cfg(dict(SMALL, init_cfg=init_cfg)), hook=[])
    runner.model.init_weights()
    assert_same(runner.model.backbone.state_dict(), model.backbone.state_dict())


# configs


def test_the_config_of_the_backbone_is_read_not_run(export_tool, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = Config.fromfile(ROOT / 'configs/tev_r2plus1d_k400.py').pretty_text
    config = export_tool.config_of_backbone(text)
    assert config['type'] == 'VideoResNet'
    assert MODELS.build(dict(config, base_channels=8)).stem[0].out_channels == 5

    text = "model = dict(head=dict(a=float('inf')), backbone={'type': 'A', 'b': (-1, [2.5, None])})"
    assert export_tool.config_of_backbone(text) == dict(type='A', b=(-1, [2.5, None]))
    for evil in (
        "model = dict(backbone=dict(a=open('evil', 'w')))",
        "model = dict(backbone=dict(open('evil', 'w')))",
        "open('evil', 'w')\nmodel = dict()",
        "open('evil', 'w').name = 1",
        'model = (',
        'model = None',
        '',
        None,
        7,
    ):
        assert export_tool.config_of_backbone(evil) is None
    assert not list(tmp_path.iterdir())


# what is refused


@pytest.mark.parametrize(
    'source, out, named',
    [
        ('all.pth', 'x.pt', r'x.pt: the file is to end in .pth or .safetensors'),
        ('all.pth', 'x', r'is to end in .pth'),
        ('none.pth', 'x.pth', r'there is no file \S*none.pth'),
        ('all.pth', 'none/x.pth', r'there is no folder \S*none to write x.pth'),
        ('all.pth', 'all.pth', r'all.pth is the checkpoint itself'),
        ('plain.pth', 'x.pth', r'no key starts with "backbone.", the first are encoder.0.weight'),
        ('all.pth --torchvision', 'x.pth', r'none that torchvision has.* stem.0.weight'),
    ],
)
def test_wrong_arguments_are_refused(export_tool, model, tmp_path, capsys, source, out, named):
    save(tmp_path / 'all.pth', model.state_dict())
    save(tmp_path / 'plain.pth', {'encoder.0.weight': torch.ones(2)})
    before = (tmp_path / 'all.pth').read_bytes()
    source, *options = source.split()
    with pytest.raises(SystemExit) as stop:
        export_tool.main([str(tmp_path / source), str(tmp_path / out), *options])
    assert stop.value.code == 2
    error = capsys.readouterr().err.replace('\n', ' ')
    assert re.search(named, error), error
    assert {path.name for path in tmp_path.iterdir()} == {'all.pth', 'plain.pth'}
    assert (tmp_path / 'all.pth').read_bytes() == before


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
@pytest.mark.parametrize('damage', ['value', 'name', 'full disk'])
def test_a_file_appears_only_when_it_is_right(
    export_tool, checkpoint, tmp_path, monkeypatch, capsys, suffix, damage
):
    out = tmp_path / f'x{suffix}'
    out.write_bytes(b'the file of another day')
    owner, name = (torch, 'save') if suffix == '.pth' else (export_tool, 'to_bytes')
    save_whole = getattr(owner, name)

    def save_damaged(weights, *others):
        weights = {name: tensor.clone() for name, tensor in weights.items()}
        if damage == 'value':
            weights['layer4.0.conv2.1.bias'][-1] += 1e-3
        elif damage == 'name':
            weights['x'] = weights.pop('stem.0.weight')
        result = save_whole(weights, *others)
        if damage == 'full disk':
            raise OSError('no space left')
        return result

    monkeypatch.setattr(owner, name, save_damaged)
    with pytest.raises(SystemExit):
        export_tool.main([checkpoint, str(out)])
    assert re.search('reads back differently|no space', capsys.readouterr().err)
    assert list(tmp_path.iterdir()) == [out]
    assert out.read_bytes() == b'the file of another day'


def test_on_the_command_line(model, checkpoint, tmp_path):
    done = run(TOOL, checkpoint, tmp_path / 'x.pth', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f'fingerprint {fingerprint(model.backbone)}' in done.stdout
    assert_same(read(tmp_path / 'x.pth'), model.backbone.state_dict())
