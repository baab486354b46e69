"""The hooks that tools/train.py and tools/test.py give to any config."""

import runpy
from argparse import Namespace

import pytest
from mmengine.config import Config

from helpers import ROOT
from processes import LOOPBACK, run
from tev_mmaction.engine import launch
from tev_mmaction.engine.launch import (
    ending_process_group,
    finish_config,
    forget_weights,
    interruptible,
    read_config,
)
from toy_runs import recognizer_cfg, runner_of

HOOKS = ('DrawnClassesHook', 'LabelsHook', 'ShortVideosHook', 'LoadedWeightsHook')


def finished(**default_hooks):
    known = dict(default_hooks=default_hooks) if default_hooks else {}
    cfg = Config(dict(model=recognizer_cfg(), train_cfg=None, **known))
    finish_config(cfg, Namespace(cfg_options=None, config='toy.py'))
    return cfg


def test_a_config_that_knows_nothing_of_ours_has_them(tmp_path):
    runner = runner_of(tmp_path, hook=[], default_hooks=finished().default_hooks)
    assert {type(hook).__name__ for hook in runner.hooks} >= {*HOOKS, 'SoundCheckpointHook'}


@pytest.mark.parametrize('name', ['labels', 'loaded_weights', 'drawn_classes'])
def test_none_leaves_one_out(tmp_path, name):
    """Of names that it does not know, Runner takes no None."""
    cfg = finished(**{name: None})
    runner = runner_of(tmp_path, hook=[], default_hooks=cfg.default_hooks)
    kind = ''.join(word.capitalize() for word in name.split('_')) + 'Hook'
    names = {type(hook).__name__ for hook in runner.hooks}
    assert kind in HOOKS and kind not in names and len(names & set(HOOKS)) == 3


def test_a_test_checks_what_it_loads_whatever_a_config_leaves_out(tmp_path):
    tool = runpy.run_path(str(ROOT / 'tools/test.py'))
    for checkpoint in ('a.pth', None):
        cfg = read_config(str(ROOT / 'configs/finetune/tev_r3d18_ucf101-split1.py'))
        tested = [checkpoint] if checkpoint else ['--random-init']
        left_out = ['--cfg-options', 'default_hooks.loaded_weights=None']
        args = tool['parse_args'](['toy.py', *tested, '--work-dir', str(tmp_path), *left_out])
        hooks = tool['merge_args'](cfg, args).default_hooks
        assert ('loaded_weights' in hooks) == (checkpoint is not None)


@pytest.mark.parametrize(
    'name, message',
    [
        ('tev_r3d18.py', r'tev_r3d18.py does not exist, .* such as .*/tev_r3d10.py'),
        ('', r'is a folder, .* such as .*/tev_r3d10.py'),
        ('none/a.py', r'none/a.py does not exist, .* such as configs/NAME.py'),
        ('broken.py', r'broken.py: .*gone.py does not exist, which its _base_'),
        ('notes.txt', r'notes.txt is not a config: '),
    ],
)
def test_what_is_no_config(tmp_path, name, message):
    (tmp_path / 'tev_r3d10.py').write_text('a = 1')
    (tmp_path / 'broken.py').write_text("_base_ = ['gone.py']")
    (tmp_path / 'notes.txt').write_text('a = 1')
    with pytest.raises(ValueError, match=message):
        read_config(str(tmp_path / name))
    assert read_config(str(tmp_path / 'tev_r3d10.py')).a == 1


def test_weights_that_are_forgotten():
    hooks = [dict(type='BackboneWeightsHook'), dict(type='ThroughputHook')]
    cfg = Config(dict(model=recognizer_cfg(), load_from='a.pth', resume=True, custom_hooks=hooks))
    forget_weights(cfg)
    assert (cfg.load_from, cfg.resume, cfg.custom_hooks) == (None, False, hooks[1:])
    for key, value in dict(pretrained='a.pth', init_cfg=dict(type='Pretrained')).items():
        cfg.model.backbone[key] = value
        with pytest.raises(ValueError, match=f'model.backbone.{key} loads weights'):
            forget_weights(cfg)
        cfg.model.backbone[key] = None


@pytest.mark.parametrize('turned', [False, True], ids=['as it is', 'turned into another error'])
def test_an_interrupt_is_one_also_where_a_library_turns_it_into_an_error(
    tmp_path, monkeypatch, capsys, turned
):
    """As mmengine does while it formats a config for a checkpoint, which takes its time."""

    class Ended(Exception):
        pass

    def end(status):
        assert status == 130
        raise Ended

    monkeypatch.setattr(launch.os, '_exit', end)
    with pytest.raises(Ended), interruptible(Config(dict(work_dir=str(tmp_path))), 'COMMAND'):
        try:
            raise KeyboardInterrupt
        except BaseException:
            if not turned:
                raise
            raise SyntaxError('Failed to format the config file')  # noqa: B904, as mmengine has it
    (line,) = capsys.readouterr().err.splitlines()[1:]
    assert line.startswith(f'interrupted. No checkpoint is in {tmp_path}')


def test_other_errors_are_none_of_an_interrupt(tmp_path):
    with pytest.raises(ValueError, match='else'), interruptible(Config(), 'COMMAND'):
        raise ValueError('something else')


def test_none_leaves_out_a_hook_of_a_config_too():
    """Such as one that the config inherits; Runner takes None for its own hooks."""
    cfg = finished(feature_health=None, probe=None, timer=None)
    assert cfg.default_hooks.keys() >= {'timer', 'labels'} and cfg.default_hooks.timer is None
    assert not cfg.default_hooks.keys() & {'feature_health', 'probe'}


ENDED = """
import atexit, sys, weakref, torch
from tev_mmaction.engine.launch import ending_process_group

group = torch.distributed.is_initialized
atexit.register(lambda: print('at the end:', group()))
with ending_process_group():
    torch.distributed.init_process_group('gloo', f'file://{sys.argv[1]}', rank=0, world_size=1)
    model = torch.nn.Linear(1, 1)
    model.hooks = [model]  # as a runner and its hooks: gone with the collector only
    weakref.finalize(model, lambda: print('without the model:', group()))
    del model
    exec(sys.argv[2])
"""


@pytest.mark.parametrize(
    'end, status, out, error',
    [
        ('pass', 0, 'without the model: True\nat the end: False\n', ''),
        ('raise SystemExit("what is wrong")', 1, '', 'what is wrong\n'),
        ('raise SystemExit(3)', 3, '', ''),
        ('sys.exit()', 0, '', ''),
        ('raise KeyError("a bug")', 1, '', "KeyError: 'a bug'\n"),
        ('raise KeyboardInterrupt', 130, '', 'KeyboardInterrupt\n'),
    ],
)
def test_no_group_is_left_to_the_end_of_the_interpreter(tmp_path, end, status, out, error):
    """After an error the process ends at once: others may never join what it would wait for."""
    script = tmp_path / 'script.py'
    script.write_text(ENDED)
    ended = run(script, tmp_path / 'store', end, **LOOPBACK)
    assert (ended.returncode, ended.stdout) == (status, out)
    assert ended.stderr.endswith(error) and ('Traceback' in ended.stderr) == ('Key' in error)


def test_a_run_of_one_process_has_no_group_to_end():
    with ending_process_group():
        pass
    with pytest.raises(SystemExit, match='3'), ending_process_group():
        raise SystemExit(3)
