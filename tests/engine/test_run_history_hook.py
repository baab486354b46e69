"""run.jsonl says what a training ran on, and how long, also when it was killed."""

import json
from pathlib import Path

import pytest
import torch

from reporting.run_folders import run_start
from tev_mmaction.engine import run_history
from tev_mmaction.engine.run_history import RUN_FILE, add_progress, add_start, read_run_history
from tev_mmaction.version import __version__
from toy_runs import runner_of


def lines_of(runner):
    text = Path(runner.log_dir, RUN_FILE).read_text(encoding='utf-8')
    return [json.loads(line) for line in text.splitlines()]


def test_a_training(tmp_path):
    runner = runner_of(
        tmp_path,
        hook=dict(type='RunHistoryHook', interval=0),
        max_epochs=2,
        randomness=dict(seed=5),
    )
    runner.train()
    head, *progress = lines_of(runner)
    assert [line['iteration'] for line in progress] == [1, 2, 2]  # the last when all is done
    seconds = [line['seconds'] for line in progress]
    assert seconds == sorted(seconds) and seconds[0] >= 0
    history = read_run_history(runner.log_dir)
    assert history.seconds == seconds[-1]
    start = history.start
    assert (start.seed, start.processes, start.batch_size, start.iteration) == (5, 1, 2, 0)
    assert start.versions['torch'] == torch.__version__
    assert start.versions['tev_mmaction'] == __version__
    if not torch.cuda.is_available():
        assert start.devices == ['CPU']


def test_one_line_a_minute(tmp_path):
    runner = runner_of(tmp_path, hook=dict(type='RunHistoryHook'), max_epochs=2)
    runner.train()
    assert [line['iteration'] for line in lines_of(runner)[1:]] == [2]


def test_a_full_disk_does_not_end_the_training(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, 'No space left on device')

    runner = runner_of(tmp_path, hook=dict(type='RunHistoryHook'))
    monkeypatch.setattr('tev_mmaction.engine.hooks.run_history_hook.add_progress', full)
    said = []
    runner.logger.warning = said.append
    runner.train()
    assert runner.iter == 1 and 'could not be written down' in said[-1]


def test_a_line_without_its_end_does_not_count(tmp_path):
    add_start(tmp_path, run_start())
    add_progress(tmp_path, 20, 60.04)
    whole = read_run_history(tmp_path)
    assert whole.start == run_start() and whole.seconds == 60.0
    with open(tmp_path / RUN_FILE, 'ab') as file:
        file.write(b'{"iteration": 40, "sec')
    assert read_run_history(tmp_path) == whole
    (tmp_path / RUN_FILE).write_bytes(b'{"schema": 1, "star')  # killed at once
    assert read_run_history(tmp_path) is None


def test_no_file(tmp_path):
    assert read_run_history(tmp_path) is None


@pytest.mark.parametrize('text', ['[]\n', 'text\n', '{}\n', '{"schema": 1}\n'])
def test_another_file(tmp_path, text):
    (tmp_path / RUN_FILE).write_text(text)
    with pytest.raises(ValueError, match='run.jsonl is not the history of a training'):
        read_run_history(tmp_path)


def test_a_newer_schema(tmp_path):
    add_start(tmp_path, run_start(schema=run_history.SCHEMA + 1))
    with pytest.raises(ValueError, match='its schema is 2, this version reads 1'):
        read_run_history(tmp_path)
