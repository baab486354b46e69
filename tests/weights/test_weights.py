"""Networks of the package: what a record says is true of its file, and names serve everywhere."""

import hashlib
import shutil

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner import CheckpointLoader
from safetensors.torch import load_file

import tev_mmaction.weights as weights
from helpers import ROOT, write_clip
from tev_mmaction.apis import VideoEmbedder
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.evaluation.protocol import EvaluationProtocol
from tev_mmaction.models.backbone_weights import find_backbone
from tev_mmaction.models.checkpoint_file import read_checkpoint
from tev_mmaction.models.fingerprint import fingerprint
from tev_mmaction.weights import find_weights, get_weights, list_weights, weights_file

NAME = 'r3d10-motion'


@pytest.mark.parametrize('name', list_weights())
def test_what_a_record_says_is_true_of_its_file(name):
    record = get_weights(name)
    assert record.name == name and weights_file(name) == record.file
    assert hashlib.sha256(record.file.read_bytes()).hexdigest() == record.sha256
    backbone = MODELS.build(record.backbone)
    backbone.load_state_dict(load_file(record.file))
    assert fingerprint(backbone) == record.fingerprint
    EvaluationProtocol(name='', split='', **record.protocol)
    assert {'data', 'config', 'command', 'commit', 'seed'} <= set(record.training)
    assert record.results and record.limits and record.licence
    page = (ROOT / 'docs/weights.md').read_text(encoding='utf-8')
    for result in record.results:
        keys = ('figure', 'value', 'flow', 'random', 'chance')
        figure, value, *beside = (result[key] for key in keys)
        assert f'| {figure} | **{value}** | ' + ' | '.join(beside) + ' | ' in page
        assert result['command'].startswith('python tools/test.py configs/')
        assert (ROOT / result['command'].split()[2]).is_file()
    assert (ROOT / record.training['config']).is_file()
    assert record.training['config'] in record.training['command']
    assert record.limits in ' '.join(page.split()) and record.training['command'] in page


def test_names(tmp_path, monkeypatch):
    assert NAME in list_weights()
    assert find_weights(NAME) is find_weights(f'tev://{NAME}') is get_weights(f'tev://{NAME}')
    assert find_weights('epoch_3.pth') is None
    with pytest.raises(ValueError, match=f"'tev://r3d10-moton'.*{NAME}.*mean '{NAME}'"):
        find_weights('tev://r3d10-moton')
    with pytest.raises(ValueError, match=f'there is no file r3d10-moton: .*{NAME}'):
        read_checkpoint('r3d10-moton')
    monkeypatch.chdir(tmp_path)
    (tmp_path / NAME).mkdir()  # a folder is no checkpoint
    assert find_weights(NAME) is not None
    (tmp_path / NAME).rmdir()
    torch.save({'backbone.x': torch.ones(1)}, NAME)  # a file of that name is meant
    assert find_weights(NAME) is None and find_weights(f'tev://{NAME}') is not None


def test_a_file_that_is_not_as_it_should_be(tmp_path, monkeypatch):
    for suffix in ('.json', '.safetensors'):
        shutil.copy(get_weights(NAME).file.with_suffix(suffix), tmp_path)
    monkeypatch.setattr(weights, '_FOLDER', tmp_path)
    file = tmp_path / f'{NAME}.safetensors'
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    for damaged, message in ((content, 'is damaged'), (content[:1000], 'is damaged')):
        file.write_bytes(damaged)
        with pytest.raises(ValueError, match=f'{message}.*install it anew'):
            read_checkpoint(NAME)
    file.unlink()
    with pytest.raises(ValueError, match='cannot be read .*install it anew'):
        read_checkpoint(NAME)


def test_it_fills_a_backbone_as_a_runner_loads_it():
    checkpoint = CheckpointLoader.load_checkpoint(f'tev://{NAME}', map_location='cpu')
    plain = {k: v for k, v in get_weights(NAME).backbone.items() if k != 'summary'}
    fit = find_backbone(checkpoint, MODELS.build(plain).state_dict())
    assert fit.complete and fit.whole and fit.where == 'state_dict'


def test_features_are_those_of_frames_spread_over_the_video(tmp_path):
    """By hand: three clips whose frames lie between each other, each as large as its crop."""
    video = write_clip(tmp_path / 'a.mp4', 96, size=(96, 72), color=lambda i: (2 * i, 90, 30))
    found = VideoEmbedder(NAME).embed(video)
    record = get_weights(NAME)
    backbone = MODELS.build(record.backbone)
    backbone.load_state_dict(load_file(record.file))
    backbone.eval()
    frames = open_video(str(video)).read(range(96))[:, :, 12:84].astype(np.float32)
    mean, std = (np.array(record.normalisation[key], np.float32) for key in ('mean', 'std'))
    views = []
    for clip in range(3):
        # MMAction2's UniformSample: a frame of each of 16 stretches, later in later clips
        length = 95 / 16
        views.append([round(length * i) + int(length * (clip + 1) / 4) for i in range(16)])
    clips = torch.from_numpy((frames[np.array(views)] - mean) / std).permute(0, 4, 1, 2, 3)
    with torch.no_grad():
        expected = backbone(clips).flatten(1).mean(dim=0).numpy()
    assert found.shape == (1, len(expected))
    np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
