"""Training the networks of the package again: what is there is kept, what is made is compared."""

import dataclasses
import runpy
import shlex
import shutil

import pytest
import torch
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


def record_of(tmp_path):
    """A record whose data are in a folder of its own."""
    record = get_weights('r3d10-motion')
    made = [dict(makes=str(tmp_path / n), command=f'python make {n}') for n in 'ab']
    return dataclasses.replace(record, training={**record.training, 'data_commands': made})


def test_all_is_made_from_nothing(tool, calls, tmp_path, capsys):
    record = record_of(tmp_path)
    tool['make'](record, tmp_path)
    assert calls[:2] == ['make a', 'make b']
    words = shlex.split(record.training['command'])[1:]
    assert shlex.split(calls[2]) == [
        *words[:2],
        '--work-dir',
        str(tmp_path / record.name),
        *words[2:],
    ]
    assert calls[3].startswith('tools/convert/export_backbone.py ') and len(calls) == 4
    assert 'bit for bit' in capsys.readouterr().out


def test_what_is_there_is_not_made_again(tool, calls, tmp_path):
    record, folder = record_of(tmp_path), tmp_path / 'r3d10-motion'
    (tmp_path / 'a').touch()
    folder.mkdir()
    (folder / 'last_checkpoint').touch()
    tool['make'](record, tmp_path)
    assert [call.split()[0] for call in calls] == ['make', 'tools/train.py', calls[2].split()[0]]
    assert '--resume' in calls[1].split()
    (folder / record.training['checkpoint']).touch()
    (tmp_path / 'b').touch()
    calls.clear()
    tool['make'](record, tmp_path)
    assert [call.split()[0] for call in calls] == ['tools/convert/export_backbone.py']


def test_other_weights_are_told_by_how_much(tool, tmp_path):
    shipped = load_file(get_weights('r3d10-motion').file)
    other = {**shipped, 'stem.0.weight': shipped['stem.0.weight'] + 0.25}
    save_file(other, tmp_path / 'other.safetensors')
    assert 'differ by up to 0.25' in tool['compared'](
        load_file(tmp_path / 'other.safetensors'), shipped
    )


@pytest.mark.parametrize('name', list_weights())
def test_records_say_how_data_are_made(name):
    training = get_weights(name).training
    for each in training['data_commands']:
        python, script, *_ = shlex.split(each['command'])
        assert python == 'python' and (ROOT / script).is_file()
        assert each['makes'].startswith('data/')
    assert training['checkpoint'].startswith('epoch_')
    assert torch.tensor(list(training['first_step'].values())).isfinite().all()
