"""tools/convert/export_onnx.py as users call it; what it writes is tested in apis."""

import re
import runpy

import pytest
import torch
from mmengine.config import Config

from helpers import ROOT, model_cfg
from toy_runs import SMALL, pretrained, save

TOOL = str(ROOT / 'tools/convert/export_onnx.py')
OPTIONS = ('--format', 'pt2', '--clip-len', '4', '--size', '16', '--num-clips', '2')


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    text = Config(dict(model=model_cfg(backbone=SMALL))).pretty_text
    path = tmp_path_factory.mktemp('pretrained') / 'epoch_3.pth'
    return save(path, pretrained(backbone=SMALL).state_dict(), cfg=text)


@pytest.fixture(scope='module')
def main():
    return runpy.run_path(TOOL)['main']


def test_a_program_of_pytorch(main, checkpoint, tmp_path, capsys):
    main([checkpoint, str(tmp_path / 'n.pt2'), *OPTIONS])
    said, warned = capsys.readouterr()
    assert re.search(r'^wrote \S+n.pt2: pt2, 0.\d MB, fingerprint [0-9a-f]{12}$', said, re.M)
    assert 'clips (batch, 3, 4, 16, 16) -> features (batch, 32); they differ' in said
    assert 'num_clips: 2\n' in said and 'crops: three\n' in said and not warned
    network = torch.export.load(tmp_path / 'n.pt2').module()
    assert network(torch.zeros(3, 3, 4, 16, 16)).shape == (3, 32)


@pytest.mark.parametrize(
    'out, options, named',
    [
        ('n.pt', (), r'n.pt: a file of --format onnx is to end in .onnx'),
        ('n.onnx', OPTIONS, r'n.onnx: a file of --format pt2 is to end in .pt2'),
        ('n.pt2', (*OPTIONS, '--frame-interval', '0'), r'--frame-interval 0: at least 1'),
    ],
)
def test_wrong_arguments_are_refused(main, checkpoint, tmp_path, capsys, out, options, named):
    with pytest.raises(SystemExit) as stop:
        main([checkpoint, str(tmp_path / out), *options])
    assert stop.value.code == 2 and not list(tmp_path.iterdir())
    assert re.search(named, capsys.readouterr().err.replace('\n', ' '))
