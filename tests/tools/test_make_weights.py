"""Training the networks of the package again: what is there is kept, what is made is compared."""

import runpy
import shlex
import shutil
from pathlib import Path

import pytest
from mmengine.config import Config
from safetensors.torch import load_file, save_file

from helpers import ROOT
from tev_mmaction.weights import get_weights, list_weights

TOOL = ROOT / 'tools' / 'convert' / 'make_weights.py'


@pytest.fixture
def tool():
    return runpy.run_path(str(TOOL))


@pytest.fixture
def calls(tool, monkeypatch):
    """What the tool would run; an export gives the network of the package."""
    made = []

    def call(arguments):
        made.append(shlex.join(arguments))
        if 'export_backbone' in arguments[0]:
            shutil.copy(get_weights('r3d10-motion').file, arguments[2])

    monkeypatch.setitem(tool['make'].__globals__, 'call', call)
    return made


@pytest.fixture
def root(tool, monkeypatch, tmp_path):
    """A folder in the place of the repository."""
    monkeypatch.setitem(tool['make'].__globals__, 'ROOT', tmp_path)
    return tmp_path


def test_all_is_made_from_nothing(tool, calls, root, capsys):
    record = get_weights('r3d10-motion')
    tool['make'](record, root / 'out')
    steps = [step['command'] for step in record.training['steps']]
    assert [f'python {call}' for call in calls[:-1]] == steps
    assert calls[-1].startswith('tools/convert/export_backbone.py work_dirs/tev-motion-5x_r3d10/')
    assert 'bit for bit' in capsys.readouterr().out


def test_what_is_there_is_not_made_again(tool, calls, root):
    record = get_weights('r3d10-motion')
    *data, training = record.training['steps']
    for step in data:
        (root / step['makes']).parent.mkdir(parents=True, exist_ok=True)
        (root / step['makes']).touch()
    checkpoint = root / training['makes']
    checkpoint.parent.mkdir(parents=True)
    (checkpoint.parent / 'last_checkpoint').touch()
    tool['make'](record, root / 'out')
    first, second = (call.split() for call in calls)
    assert first[0] == 'tools/train.py' and '--resume' in first
    assert second[0] == 'tools/convert/export_backbone.py'
    checkpoint.touch()
    calls.clear()
    tool['make'](record, root / 'out')
    assert [call.split()[0] for call in calls] == ['tools/convert/export_backbone.py']


def test_other_weights_are_told_by_how_much(tool, tmp_path):
    shipped = load_file(get_weights('r3d10-motion').file)
    other = {**shipped, 'stem.0.weight': shipped['stem.0.weight'] + 0.25}
    save_file(other, tmp_path / 'other.safetensors')
    assert 'differ by up to 0.25' in tool['compared'](
        load_file(tmp_path / 'other.safetensors'), shipped
    )


@pytest.mark.parametrize('name', list_weights())
def test_records_say_all_steps(name):
    training = get_weights(name).training
    for step in training['steps']:
        python, script, *arguments = shlex.split(step['command'])
        assert python == 'python' and (ROOT / script).is_file()
        if script == 'tools/train.py':
            cfg = Config.fromfile(ROOT / arguments[0])
            last = f'epoch_{cfg.train_cfg.max_epochs}.pth'
            assert step['makes'] == f'work_dirs/{Path(arguments[0]).stem}/{last}'
    assert training['steps'][-1]['command'] == training['command']
