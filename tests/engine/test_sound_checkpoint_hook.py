"""Checkpoints are whole and finite or not there, and none is lost for another."""

import errno
import math
import shutil

import pytest
import torch
from mmaction.registry import HOOKS, METRICS
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook

from toy_runs import messages, runner_of


@METRICS.register_module()
class Told(BaseMetric):
    """Gives the figures that it is told, one dict a validation."""

    figures = []

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        return self.figures.pop(0)


def saving(work_dir, figures=(), max_epochs=None, hook=(), resume=None, **checkpoint):
    """A runner whose validations give figures."""
    Told.figures = list(figures)
    hooks = dict(
        checkpoint=dict(type='SoundCheckpointHook', **{'interval': 1, **checkpoint}),
        loaded_weights=dict(type='LoadedWeightsHook'),
    )
    return runner_of(
        work_dir,
        hook=hook,
        max_epochs=max_epochs or len(figures) or 3,
        default_hooks=hooks,
        val_evaluator=dict(type='Told'),
        resume=resume is not None,
        load_from=resume and str(resume),
    )


def names(folder):
    return sorted(path.name for path in folder.glob('*.pth'))


def nothing(number):
    return [{'acc/top1': 0.5}] * number


def test_the_best_by_our_metrics_needs_no_rule(tmp_path):
    figures = [{'retrieval/R@1': value} for value in (0.2, 0.6, math.nan, 0.4)]
    for number, key in enumerate(('retrieval/R@1', 'auto')):
        folder = tmp_path / str(number)
        saving(folder, figures, max_keep_ckpts=1, save_best=key).train()
        assert names(folder) == ['best_retrieval_R@1_epoch_2.pth', 'epoch_4.pth']


@pytest.mark.parametrize(
    'key, message',
    [
        (
            'retrieval/R@2',
            "save_best='retrieval/R@2' is not a figure .* there are retrieval/R@1, x",
        ),
        ('auto', "'auto' takes x, of which it is not known"),
    ],
)
def test_best_by_what_is_not_known(tmp_path, key, message):
    figures = [{'x': 1.0} if key == 'auto' else {'retrieval/R@1': 1.0, 'x': 1.0}]
    runner = saving(tmp_path, figures, save_best=key)
    with pytest.raises(ValueError, match=f'(?s){message}'):
        runner.train()
    assert names(tmp_path) == ['epoch_1.pth']


def test_so_many_are_kept(tmp_path):
    saving(tmp_path, nothing(5), max_keep_ckpts=2).train()
    assert names(tmp_path) == ['epoch_4.pth', 'epoch_5.pth']
    saving(tmp_path, nothing(3), 7, max_keep_ckpts=2, resume=tmp_path / 'epoch_5.pth').train()
    assert names(tmp_path) == ['epoch_6.pth', 'epoch_7.pth']
    assert not [path for path in tmp_path.iterdir() if path.name.startswith('.')]


@pytest.fixture
def full_disk(monkeypatch):
    """After so many saves, the disk is full in the middle of the next one."""
    left = [math.inf]
    fsync = __import__('os').fsync

    def fails(descriptor):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, 'No space left on device')
        fsync(descriptor)

    monkeypatch.setattr('tev_mmaction.files.os.fsync', fails)
    return left


def test_a_full_disk_costs_no_checkpoint(tmp_path, full_disk):
    full_disk[0] = 2
    with pytest.raises(OSError, match='epoch 3 could not be written .No space') as error:
        saving(tmp_path, nothing(5), max_keep_ckpts=1).train()
    assert f'last sound checkpoint is {tmp_path}/epoch_2.pth' in str(error.value)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] != []
    assert names(tmp_path) == ['epoch_2.pth']
    assert not list(tmp_path.glob('.*'))
    torch.load(tmp_path / 'epoch_2.pth', weights_only=True)
    full_disk[0] = math.inf
    saving(tmp_path, nothing(2), 4, max_keep_ckpts=1, resume=tmp_path / 'epoch_2.pth').train()
    assert names(tmp_path) == ['epoch_4.pth']


def test_a_full_disk_costs_no_best_checkpoint(tmp_path, full_disk):
    full_disk[0] = 4  # epoch_1, best of 1, epoch_1 again, epoch_2
    figures = [{'acc/top1': 0.5}, {'acc/top1': 0.6}]
    with pytest.raises(OSError, match='could not be written'):
        saving(tmp_path, figures, save_best='acc/top1').train()
    assert names(tmp_path) == ['best_acc_top1_epoch_1.pth', 'epoch_1.pth', 'epoch_2.pth']


@HOOKS.register_module()
class Diverges(Hook):
    """Makes a weight NaN in the second epoch."""

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.epoch >= 1:
            runner.model.cls_head.fc_cls.bias.data[0] = math.nan


def test_weights_that_are_no_numbers_displace_none(tmp_path):
    figures = [{'acc/top1': value} for value in (0.5, 0.6, 0.7)]
    hook = dict(type='Diverges')
    runner = saving(tmp_path, figures, hook=hook, max_keep_ckpts=1, save_best='acc/top1')
    runner.train()
    assert names(tmp_path) == ['best_acc_top1_epoch_1.pth', 'epoch_1.pth']
    assert (tmp_path / 'last_checkpoint').read_text().endswith('epoch_1.pth')
    assert messages(runner, 'epoch 2: 1 tensors of the model are not finite', 'WARNING')


def test_a_copied_run_leaves_the_original_alone(tmp_path):
    first, copied = tmp_path / 'first', tmp_path / 'copied'
    saving(first, nothing(1), max_keep_ckpts=1, save_best='acc/top1').train()
    shutil.copytree(first, copied)
    before = names(first)
    figures, last = [{'acc/top1': 0.9}], copied / 'epoch_1.pth'
    saving(copied, figures, 2, max_keep_ckpts=1, save_best='acc/top1', resume=last).train()
    assert names(first) == before == ['best_acc_top1_epoch_1.pth', 'epoch_1.pth']
    assert names(copied) == ['best_acc_top1_epoch_2.pth', 'epoch_2.pth']
