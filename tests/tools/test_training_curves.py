"""Accuracies and losses of a run, beside the chance of every classification task."""

import runpy
import sys

import pytest
from mmengine.config import Config

from helpers import ROOT, build_dataset
from reporting.run_folders import row, write_run
from tev_mmaction.reporting import classifiers_of, majority_shares

TOOL = str(ROOT / 'tools' / 'analysis' / 'training_curves.py')


def printed(work_dir, monkeypatch, capsys):
    """The tool's table: a task's columns by its name."""
    monkeypatch.setattr(sys, 'argv', [TOOL, str(work_dir)])
    runpy.run_path(TOOL, run_name='__main__')
    assert (work_dir / 'curves.png').stat().st_size > 5000
    lines = capsys.readouterr().out.splitlines()
    return {line.split()[0]: line.split()[1:] for line in lines if line}


def shares(clips, config):
    """Of the heads and the sampler of a config, at 8 frames."""
    cfg = Config.fromfile(ROOT / 'configs' / config)
    sampler = dict(cfg.train_dataloader.dataset.clip_sampler, clip_len=8)
    dataset = build_dataset(clips, clip_sampler=sampler, group_size=1, decoder='pyav')
    return majority_shares(dataset, classifiers_of(cfg.model))


def test_every_head_that_classifies_has_a_chance(clips):
    # Of the 12 videos of 40 to 95 frames, 4 are too short for a speed of 8.
    playback = shares(clips, 'baselines/playback_r3d18_ucf101.py')
    assert playback['playback'] == 1 / 4
    assert playback['speed'] == pytest.approx((4 / 3 + 8 / 4) / 12, abs=0.03)
    assert shares(clips, 'baselines/vcop_r3d18_ucf101.py') == dict(
        clip_order=pytest.approx(1 / 6, abs=0.02)
    )
    assert shares(clips, 'baselines/no-more-shortcuts_r3d18_ucf101.py') == dict(
        out_of_place=1 / 2, skips=pytest.approx(1 / 3, abs=0.05)
    )  # each in one of the two clips; 4 of 8 frames are out of place
    for other in ('cvrl', 'videodim'):  # no classification
        assert not shares(clips, f'baselines/{other}_r3d18_ucf101.py')
    assert not shares(clips, 'baselines/rotation_r3d18_ucf101.py')  # labels of a transform


def test_what_the_log_says_of_chance_is_taken(clips, tmp_path, monkeypatch, capsys):
    """No video has to be there any more."""
    logged = dict(chance_speed=0.86, chance_direction=0.5, chance_order=0.61)
    write_run(tmp_path, clips / 'gone', [row(20, **logged), row(40, **logged)])
    table = printed(tmp_path, monkeypatch, capsys)
    chance = {task: table[task][-1] for task in ('speed', 'direction', 'order', 'instance')}
    assert chance == dict(speed='86.0%', direction='50.0%', order='61.0%', instance='2.0%')


def test_logs_without_it_get_that_of_drawn_clips(clips, tmp_path, monkeypatch, capsys):
    write_run(tmp_path, clips, [row(20)])
    table = printed(tmp_path, monkeypatch, capsys)
    assert float(table['direction'][-1].rstrip('%')) == pytest.approx(50, abs=3)


def test_what_guessing_gives_is_not_known_without_the_videos(clips, tmp_path, monkeypatch, capsys):
    write_run(tmp_path, clips / 'gone', [row(20)])
    assert printed(tmp_path, monkeypatch, capsys)['direction'][-1] == '?'


def fine_tuning(work_dir, clips):
    """As MMAction2's heads log it."""
    model = dict(type='Recognizer3D', backbone={}, cls_head=dict(type='I3DHead', num_classes=3))
    data = dict(type='VideoDataset', ann_file=str(clips / 'l.txt'), pipeline=[])
    rows = [dict(iter=i, loss=2.0 / i, loss_cls=1.0 / i, top1_acc=i / 100) for i in (20, 40)]
    rows.insert(1, {'step': 1, 'acc/top1': 0.25, 'acc/mean1': 0.2})
    return write_run(work_dir, clips, rows, model=model, train_dataloader=dict(dataset=data))


def test_of_a_fine_tuning(clips, tmp_path, monkeypatch, capsys):
    lines = [f'{number}.mp4 {label}' for number, label in enumerate([0, 1, 1, 2, 1])]
    (tmp_path / 'l.txt').write_text('\n'.join(lines))
    run = fine_tuning(tmp_path / 'run', tmp_path)
    table = printed(run, monkeypatch, capsys)
    assert table['cls'] == ['0.0500', '0.0250', '20.0%', '40.0%', '60.0%']  # 3 of 5 labels
    assert table['acc/top1'] == ['epoch', '1:', '25.0%,', 'epoch', '1:', '25.0%']


def test_nothing_to_draw_is_said(clips, tmp_path, monkeypatch, capsys):
    write_run(tmp_path, clips, [dict(iter=20, loss=1.0)])
    with pytest.raises(SystemExit):
        printed(tmp_path, monkeypatch, capsys)
    assert 'hold no accuracy of a training' in capsys.readouterr().err
