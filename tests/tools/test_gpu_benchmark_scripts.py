"""The benchmarks of GPUs, as far as they go without one."""

import os
import time

import pytest
import torch

from benchmarks import clip_options, run
from helpers import ROOT


def test_gpu_training_on_a_cpu(bench, folder, tmp_path, capsys, monkeypatch):
    module = bench('gpu_training')
    monkeypatch.setattr(module.caches, 'make_cache', lambda videos, *_: videos)
    rows = run(
        module, tmp_path, capsys, *clip_options(folder, 'U-avi'), '--repeats', 1,
        '--device', 'cpu', '--configs', ROOT / 'configs/studies/demo/tev_r3d10.py',
        '--batch-size', 8, '--batches', 1, '--chunk-size', 4, '--workers', 0,
    )  # fmt: skip
    assert len(rows) == 8 and not any('GPU busy' in row.case for row in rows)
    for row in rows:
        assert row.figure.median == pytest.approx(100 * row.ours.median / row.beside.median)
    goals = {(row.case.split(', ')[2], row.case.split(', ')[4]): row.goal for row in rows}
    assert goals['chunks of all', 'loader'] == '>= 95'
    assert goals['chunks of all', 'batch at hand'] == ''


def test_gpu_use_counts_what_nvidia_smi_says_while_it_runs(bench, tmp_path, monkeypatch):
    said = tmp_path / 'said'
    os.mkfifo(said)
    script = tmp_path / 'nvidia-smi'
    script.write_text(f'#!/bin/sh\nexec cat {said}\n')
    script.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path), prepend=os.pathsep)
    with bench('gpu_use').GpuUse() as use, said.open('w', buffering=1) as pipe:

        def run(name, *lines):
            use.during(name, lambda: [say(line, name) for line in lines])()

        def say(line, name):
            before = len(use._readings[name])
            pipe.write(f'{line}\n')
            while line.isdigit() and len(use._readings[name]) == before:
                time.sleep(0.001)

        run('step', '40', '[N/A]', '60')
        run('loader', '9')
        assert (use.mean('step'), use.mean('loader'), use.mean('other')) == (50, 9, None)


def test_gpu_training_without_a_gpu_says_so(bench, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    (row,) = run(bench('gpu_training'), tmp_path, capsys)
    assert row.verdict == 'skipped: no GPU'
