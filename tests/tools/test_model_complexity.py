import runpy
import sys

import pytest

from helpers import ROOT

TOOL = str(ROOT / 'tools/analysis/model_complexity.py')


def test_published_figures(monkeypatch, capsys):
    """torchvision's of ``s3d``, 8.32 M parameters with classifier and 17.98 GMAC."""
    config = str(ROOT / 'configs/tev_s3dg_k400.py')
    options = ['--shape', '16', '224', '224', '--cfg-options', 'model.backbone.gating=False']
    monkeypatch.setattr(sys, 'argv', [TOOL, config, *options])
    runpy.run_path(TOOL, run_name='__main__')
    name, shape, parameters, _, _, operations, _ = capsys.readouterr().out.split()[-7:]
    assert (name, shape) == ('tev_s3dg_k400', '16×224×224')
    assert float(parameters) == pytest.approx(8.32 - 0.41, abs=0.01)
    assert float(operations) == pytest.approx(17.98, rel=0.01)
