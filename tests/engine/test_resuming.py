"""The last whole checkpoint of the own folder is resumed, or it is said why none."""

import math
import os
import shutil

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.model import BaseModel

from tev_mmaction.engine.resuming import check_resumable, find_resumable, saved_checkpoints
from toy_runs import runner_of

HOOKS = dict(checkpoint=dict(type='SoundCheckpointHook', interval=1))


@pytest.fixture(scope='module')
def original(tmp_path_factory):
    """A run of four epochs."""
    folder = tmp_path_factory.mktemp('original') / 'run'
    runner_of(folder, hook=(), max_epochs=4, default_hooks=HOOKS).train()
    return folder


@pytest.fixture
def run(original, tmp_path):
    """A copy; what its ``last_checkpoint`` says is a path of the original."""
    folder = tmp_path / 'copied'
    shutil.copytree(original, folder)
    return folder


def found(folder, **options):
    passed = []
    return find_resumable(str(folder), warn=passed.append, **options), passed


def test_a_copied_run_is_resumed_from_its_own_folder(original, run):
    assert (run / 'last_checkpoint').read_text() == str(original / 'epoch_4.pth')
    assert found(run) == (str(run / 'epoch_4.pth'), [])


def test_file_times_do_not_count(run):
    for number in range(1, 5):
        os.utime(run / f'epoch_{number}.pth', (1000 - number, 1000 - number))
    assert found(run)[0] == str(run / 'epoch_4.pth')


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b'')


def zeros(path):
    path.write_bytes(bytes(path.stat().st_size))


def not_finite(path):
    checkpoint = torch.load(path, weights_only=True)
    checkpoint['state_dict']['backbone.stem.0.weight'][0] = math.nan
    torch.save(checkpoint, path)


def weights_alone(path):
    torch.save(torch.load(path, weights_only=True)['state_dict'], path)


@pytest.mark.parametrize('damage', [half, empty, zeros, not_finite, weights_alone, os.remove])
def test_a_damaged_one_is_passed_over(run, damage):
    damage(run / 'epoch_4.pth')
    path, passed = found(run)
    assert path == str(run / 'epoch_3.pth')
    assert len(passed) == (damage is not os.remove)
    assert all('epoch_4.pth' in line for line in passed)


@pytest.mark.parametrize('content', ['', '\n', '/no/where/epoch_4.pth', 'epoch_9.pth', '\0\0'])
def test_whatever_last_checkpoint_says(run, content):
    (run / 'last_checkpoint').write_text(content)
    assert found(run)[0] == str(run / 'epoch_4.pth')
    (run / 'last_checkpoint').unlink()
    assert found(run)[0] == str(run / 'epoch_4.pth')


def test_a_run_that_was_started_anew_in_the_same_folder(run):
    """Older checkpoints of higher numbers are of another run."""
    (run / 'last_checkpoint').write_text(str(run / 'epoch_2.pth'))
    order = [path[-5:-4] for path in saved_checkpoints(str(run))]
    assert order == ['2', '1', '4', '3']


def test_none_yet_or_none_whole(run, tmp_path):
    assert found(tmp_path / 'nothing') == (None, [])
    for path in run.glob('*.pth'):
        empty(path)
    with pytest.raises(ValueError, match='none of the 4 checkpoints in .* can be resumed'):
        found(run)


def test_an_out_dir(original, tmp_path):
    shutil.copytree(original, tmp_path / 'out/run')
    (tmp_path / 'run').mkdir()
    shutil.move(tmp_path / 'out/run/last_checkpoint', tmp_path / 'run')
    path, _ = found(tmp_path / 'run', out_dir=str(tmp_path / 'out'))
    assert path == str(tmp_path / 'out/run/epoch_4.pth')


def test_weights_alone_are_no_checkpoint_to_resume(run):
    weights_alone(run / 'epoch_4.pth')
    with pytest.raises(ValueError, match='lacks meta and .*load_from=.*without resume'):
        check_resumable(str(run / 'epoch_4.pth'))


# Schedules


@MODELS.register_module()
class Line(BaseModel):
    """A weight that follows its inputs."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))

    def forward(self, inputs, data_samples=None, mode='tensor'):
        return dict(loss=(self.weight - torch.stack(inputs).float().mean() / 255) ** 2)


SCHEDULE = [
    dict(type='LinearLR', start_factor=0.1, begin=0, end=2, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=2, end=8, convert_to_iter_based=True),
]


def scheduled(folder, batch_size, max_epochs, resume=None, schedule=SCHEDULE, lr=0.1, **changes):
    loader = dict(
        batch_size=batch_size,
        num_workers=0,
        dataset=dict(type='ToyClips'),
        sampler=dict(type='DefaultSampler', shuffle=False),
    )
    nothing = dict.fromkeys(('val_dataloader', 'val_cfg', 'val_evaluator'))
    return runner_of(
        folder,
        dict(type='Line'),
        hook=(),
        max_epochs=max_epochs,
        train_dataloader=loader,
        param_scheduler=schedule,
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=lr, momentum=0.9)),
        default_hooks=dict(HOOKS, resumed_schedule=dict(type='ResumedScheduleHook')),
        resume=resume is not None,
        load_from=resume,
        **nothing,
        **changes,
    )


def rates(runner):
    return runner.message_hub.get_scalar('train/lr').data[0].tolist()


@pytest.mark.parametrize('before, after', [(1, 2), (2, 1)])
def test_the_schedule_follows_the_epochs(tmp_path, before, after):
    """Two clips: one or two iterations an epoch. The reference is a run of the batch size alone."""
    whole = scheduled(tmp_path / 'whole', after, 8)
    whole.train()
    scheduled(tmp_path / 'run', before, 4).train()
    resumed = scheduled(tmp_path / 'run', after, 8, str(tmp_path / 'run/epoch_4.pth'))
    resumed.train()
    rest = 4 * (2 // after)
    assert rates(resumed)[-rest:] == pytest.approx(rates(whole)[-rest:], rel=1e-9)
    assert resumed.iter == whole.iter
    assert 'The schedule follows the epochs' in ' '.join(r.getMessage() for r in resumed.logged)


def test_the_same_batches_are_left_alone(tmp_path):
    whole = scheduled(tmp_path / 'whole', 1, 6)
    whole.train()
    scheduled(tmp_path / 'run', 1, 3).train()
    resumed = scheduled(tmp_path / 'run', 1, 6, str(tmp_path / 'run/epoch_3.pth'))
    resumed.train()
    assert rates(resumed) == rates(whole)
    for name, value in resumed.model.state_dict().items():
        assert torch.equal(value, whole.model.state_dict()[name]), name
    assert not [r for r in resumed.logged if 'resumed with' in r.getMessage()]


@pytest.mark.parametrize('change', ['schedule', 'lr'])
def test_a_longer_schedule_or_another_rate_counts(tmp_path, change):
    longer = [SCHEDULE[0], dict(SCHEDULE[1], end=12)]
    options = dict(schedule=longer) if change == 'schedule' else dict(lr=0.05)
    whole = scheduled(tmp_path / 'whole', 1, 8, **options)
    whole.train()
    scheduled(tmp_path / 'run', 1, 4).train()
    resumed = scheduled(tmp_path / 'run', 1, 8, str(tmp_path / 'run/epoch_4.pth'), **options)
    resumed.train()
    assert rates(resumed)[-8:] == pytest.approx(rates(whole)[-8:], rel=1e-9)


def test_a_schedule_that_cannot_follow_is_refused(tmp_path):
    plateau = [dict(type='ReduceOnPlateauLR', monitor='loss', by_epoch=True)]
    scheduled(tmp_path / 'run', 1, 2).train()
    resumed = scheduled(tmp_path / 'run', 2, 4, str(tmp_path / 'run/epoch_2.pth'), schedule=plateau)
    with pytest.raises(ValueError, match='4 iterations of the checkpoint are 2 epochs.*batch_size'):
        resumed.train()


def test_every_runtime_has_what_keeps_work_safe():
    from helpers import ROOT

    names = ('default_runtime', 'finetune_runtime', 'evaluation_runtime')
    for name in names:
        hooks = Config.fromfile(ROOT / f'configs/_base_/{name}.py').default_hooks
        kinds = {hook['type'] for hook in hooks.values()}
        assert {'SoundCheckpointHook', 'LoadedWeightsHook', 'NonFiniteHook'} <= kinds
        assert 'ResumedScheduleHook' in kinds
