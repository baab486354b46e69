"""Checkpoints within epochs, and a loop that goes on from them."""

import pytest
import torch
from mmaction.registry import DATASETS, HOOKS
from mmengine.hooks import Hook
from test_resuming import SCHEDULE, Line  # noqa: F401  (registers the model)

from tev_mmaction.engine import TimedCheckpointHook
from tev_mmaction.engine.hooks import timed_checkpoint_hook
from tev_mmaction.engine.resuming import find_resumable
from toy_runs import ToyClips, messages, runner_of

EPOCHS, LENGTH = 4, 3  # batches of three, three and two videos
WITHIN = 'within_epoch.pth'
LOOP = dict(type='MidEpochTrainLoop', max_epochs=EPOCHS)


@DATASETS.register_module()
class EightClips(ToyClips):
    """Of noise, each its own."""

    def __len__(self):
        return 8


@HOOKS.register_module()
class StopHook(Hook):
    """Stops a run before an iteration, and keeps what it was trained on."""

    priority = 'VERY_LOW'

    def __init__(self, iteration=-1):
        self.iteration, self.seen = iteration, []

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.iteration:
            raise KeyboardInterrupt
        means = [round(clip.float().mean().item(), 3) for clip in data_batch['inputs']]
        self.seen.append((runner.epoch, batch_idx, means))


@pytest.fixture
def clock(monkeypatch):
    """A minute passes at every look."""
    minutes = iter(range(10000))
    monkeypatch.setattr(timed_checkpoint_hook, 'monotonic', lambda: 60 * next(minutes))


def training(folder, stop=-1, resume=False, minutes=1, loop=LOOP, interval=1, workers=0):
    nothing = dict.fromkeys(('val_dataloader', 'val_cfg', 'val_evaluator'))
    return runner_of(
        folder,
        dict(type='Line'),
        hook=(dict(type='StopHook', iteration=stop),),
        train_dataloader=dict(
            batch_size=LENGTH,
            num_workers=workers,
            persistent_workers=workers > 0,
            dataset=dict(type='EightClips'),
            sampler=dict(type='DefaultSampler', shuffle=True),
        ),
        train_cfg=loop,
        param_scheduler=SCHEDULE,
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
        default_hooks=dict(
            checkpoint=dict(type='SoundCheckpointHook', interval=interval),
            timed_checkpoint=dict(type='TimedCheckpointHook', minutes=minutes),
            resumed_schedule=dict(type='ResumedScheduleHook'),
        ),
        resume=resume,
        load_from=find_resumable(str(folder)) if resume else None,
        **nothing,
    )


def stopped(folder, at, **options):
    with pytest.raises(KeyboardInterrupt):
        training(folder, at, **options).train()


def seen(runner):
    return next(hook.seen for hook in runner.hooks if isinstance(hook, StopHook))


def weight(folder):
    return torch.load(folder / f'epoch_{EPOCHS}.pth', weights_only=False)['state_dict']['weight']


@pytest.mark.parametrize('at, workers', [(1, 0), (5, 2), (10, 0)])
def test_a_stopped_epoch_goes_on_where_it_was(clock, tmp_path, at, workers):
    whole = training(tmp_path / 'whole', workers=workers)
    whole.train()
    stopped(tmp_path / 'run', at, workers=workers)
    assert find_resumable(str(tmp_path / 'run')) == str(tmp_path / 'run' / WITHIN)
    resumed = training(tmp_path / 'run', resume=True, workers=workers)
    resumed.train()
    assert seen(resumed) == seen(whole)[at:] and resumed.iter == EPOCHS * LENGTH
    assert torch.equal(weight(tmp_path / 'run'), weight(tmp_path / 'whole'))
    assert messages(resumed, f'goes on after batch {at % LENGTH} of {LENGTH}')
    assert not (tmp_path / 'run' / WITHIN).exists()


def test_it_stays_until_an_epoch_is_saved(clock, tmp_path):
    """Of a run that saves every second epoch, stopped in the second and in the fourth."""
    stopped(tmp_path, 4, interval=2)
    assert not (tmp_path / 'epoch_1.pth').exists()
    assert torch.load(tmp_path / WITHIN, weights_only=False)['meta']['iter'] == 4
    stopped(tmp_path, 9, resume=True, interval=2)
    assert torch.load(tmp_path / WITHIN, weights_only=False)['meta']['iter'] == 8
    (tmp_path / WITHIN).write_bytes(b'')
    assert find_resumable(str(tmp_path)) == str(tmp_path / 'epoch_2.pth')


def test_not_before_its_time(clock, tmp_path):
    stopped(tmp_path, 2, minutes=5)
    assert not list(tmp_path.glob('*.pth'))


def test_what_could_not_be_resumed_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'EpochBasedTrainLoop' would begin an epoch anew.*MidE"):
        training(tmp_path, loop=dict(LOOP, type='EpochBasedTrainLoop')).train()
    with pytest.raises(ValueError, match='minutes=0: a positive number'):
        TimedCheckpointHook(minutes=0)
